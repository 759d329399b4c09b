//! `POST /api/remove-video-background`: creates a video job, for a video that the client then uploads or for one that
//! an earlier job has. Reserves credits, unless the job is a free preview. A background image is part of the
//! request itself.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Queue, Setting, run_route};
use sansfond_domain::ports::{Accounts, Transactions, WorkQueue};
use sansfond_domain::rules::{
    Accepted, MAX_QUEUED, NamedRequest, NewJob, Refusal, Source, UploadMethod, accept,
};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{AccountId, Job, JobId, JobState, Options, Plan, VideoOptions};
use sansfond_texts::request;
use sansfond_web::{
    Caller, Code, IdempotencyKey, Json, PlanInForce, Problem, RequestLanguage, RoutePolicy, now, random_bytes,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::backdrops::{Backdrop, Backdrops};
use crate::schemas::VideoTypeSchema;
use crate::video_uploads::{VideoUpload, VideoUploads};
use crate::views::JobView;

/// The maximum size of a request, given by Lambda: a background image in base64 and the other fields.
const BODY_BYTES: usize = 6_000_000;

#[derive(Clone)]
struct Ports {
    accounts: Arc<dyn Accounts>,
    transactions: Arc<dyn Transactions>,
    uploads: VideoUploads,
    backdrops: Backdrops,
    queue: Arc<dyn WorkQueue>,
    free: Arc<Plan>,
    kept_for: Duration,
}

/// A video and the options for its result: either `name`, `type` and `size_bytes` of a file to upload, or
/// `source_job`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RemoveVideoBackgroundRequest)]
struct VideoRequest {
    /// The name of the file. The name of the result is derived from it.
    #[serde(default)]
    #[schema(nullable = false, example = "clip.mp4")]
    name: Option<String>,
    /// The media type of the file.
    #[serde(default, rename = "type")]
    #[schema(value_type = Option<VideoTypeSchema>, nullable = false)]
    media_type: Option<String>,
    /// The exact size of the file, in bytes.
    #[serde(default)]
    #[schema(minimum = 1, nullable = false, example = 48211300)]
    size_bytes: Option<u64>,
    /// The ID of an earlier job. The new job uses the video of that job, so nothing has to be uploaded again. The
    /// video must have been accepted for processing and must still be stored.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false)]
    source_job: Option<JobId>,
    /// The options of the result.
    #[serde(default)]
    options: VideoOptions,
    /// The background image if `options.background` is `picture`: a JPEG, PNG or WebP file of at most 3 MB and 40
    /// megapixels, in base64, with or without a `data:…;base64,` prefix. It is scaled to at most 3,840 pixels on
    /// its longer side. If the image is damaged, the job fails with `unreadable_backdrop` and the credits are returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    backdrop: Option<String>,
}

/// A new job and the upload for its video.
#[derive(Serialize, ToSchema)]
#[schema(as = RemoveVideoBackgroundResponse)]
struct VideoAnswer {
    job: JobView,
    /// The upload; `null` if the request has `source_job`.
    upload: Option<VideoUpload>,
}

/// The video of a request and how it reaches the bucket.
struct RequestedVideo {
    declared: DeclaredUpload,
    upload_method: UploadMethod,
}

/// The signed URLs of the parts have the permissions of this function. `GetObject` is needed to find out whether a
/// video is in the bucket; the video of an earlier job is not copied. `UpdateItem` records which job needs which
/// video, in the transaction that writes the job.
pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem", "PutItem", "UpdateItem", "ConditionCheckItem"], ACCOUNTS),
        Grant::Objects(
            &["GetObject", "PutObject", "AbortMultipartUpload", "ListMultipartUploadParts"],
            &["videos"],
        ),
        Grant::Send(&[Queue::Video]),
    ],
    settings: &[Setting::Retention, Setting::FreePlan],
    ..Function::route::<__path_handle>("remove_video_background", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let (table, uploads) = (boot.table()?, VideoUploads::new(boot)?);
    let ports = Ports {
        accounts: table.clone(),
        transactions: table,
        uploads,
        backdrops: Backdrops::new(boot)?,
        queue: boot.video_queue()?,
        free: boot.free_plan(),
        kept_for: boot.settings().retention.uploads(),
    };
    let route = OpenApiRouter::new().routes(routes!(handle)).with_state(ports);
    boot.with_middleware(route.layer(DefaultBodyLimit::max(BODY_BYTES)), RoutePolicy::JOBS)
}

/// Creates a video job and the URLs for uploading its parts.
///
/// Reserves one credit; the rest is reserved when the duration of the video is known. Previews are free. Upload
/// each part with a `PUT` request, then complete the upload with `POST /api/jobs/{id}/upload`. With `source_job`,
/// there is no upload, and the job is queued immediately. Repeating a request with the same `Idempotency-Key`
/// returns the original job.
#[utoipa::path(post, path = "/api/remove-video-background", tag = "jobs", request_body = VideoRequest,
    security(("session" = []), ("api_key" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "A unique key, generated by the client, that makes it safe to repeat the request.",
        min_length = 1, max_length = 128, pattern = r##"^[!"$-~]+$"##)),
    responses((status = 201, body = VideoAnswer, description = "The new job and its upload."),
        (status = 200, body = VideoAnswer, description = "The job of an earlier request with the same `Idempotency-Key`.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    PlanInForce(plan): PlanInForce,
    RequestLanguage(request_language): RequestLanguage,
    IdempotencyKey(key): IdempotencyKey,
    Json(wanted): Json<VideoRequest>,
) -> Result<(StatusCode, axum::Json<VideoAnswer>), Problem> {
    let account = ports.accounts.account(&caller.account).await?;
    let account = account.ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    wanted.options.check()?;
    let backdrop = Backdrop::read(&wanted.options, wanted.backdrop.as_deref())?;
    let what = ports.wanted(&account.id, &wanted, &plan).await?;
    let (status, job) = ports.accepted(&account.id, &wanted, what, key).await?;
    // Stored first: no worker can take the job before the next lines upload or queue it.
    ports.backdrops.keep(&job, backdrop).await?;
    let upload = match &job.input.source {
        None => Some(ports.uploads.open(job.clone(), now()).await?),
        Some(_) => ports.begin(&job).await.map(|()| None)?,
    };
    Ok((status, axum::Json(VideoAnswer { job: JobView::without_result(&job, request_language), upload })))
}

impl Ports {
    async fn wanted(
        &self,
        account: &AccountId,
        wanted: &VideoRequest,
        plan: &Plan,
    ) -> Result<RequestedVideo, Problem> {
        let VideoRequest { name, media_type, size_bytes, source_job, .. } = wanted;
        match (name, media_type, size_bytes, source_job) {
            (Some(name), Some(media_type), Some(size_bytes), None) => {
                let declared = DeclaredUpload::check_video(name, media_type, *size_bytes, plan)?;
                Ok(RequestedVideo { declared, upload_method: UploadMethod::Multipart })
            }
            (None, None, None, Some(id)) => {
                let earlier = self.uploads.video(account, id).await?;
                if earlier.input.version.is_none() {
                    return Err(Refusal::NoUpload.into());
                }
                let source = Source::of(&earlier).ok_or(Refusal::SourceGone)?;
                // The bucket must not delete the video while the job waits for a machine.
                let stays = earlier.source_is_kept(now().plus(MAX_QUEUED), self.kept_for);
                if !stays || !self.uploads.is_kept(&earlier).await? {
                    return Err(Refusal::SourceGone.into());
                }
                let input = &earlier.input;
                let declared =
                    DeclaredUpload::check_video(&input.name, &input.media_type, input.size_bytes, plan)?;
                Ok(RequestedVideo { declared, upload_method: UploadMethod::Earlier(source) })
            }
            _ => Err(Problem::new(Code::InvalidRequest).detail(request::video_source())),
        }
    }

    /// The new job, or the job of an earlier request with the same key.
    async fn accepted(
        &self,
        account: &AccountId,
        wanted: &VideoRequest,
        what: RequestedVideo,
        key: Option<String>,
    ) -> Result<(StatusCode, Job), Problem> {
        let now = now();
        let options = Options::from(wanted.options.clone());
        let request = serde_json::to_vec(wanted).map_err(|error| Problem::internal(&error, false))?;
        let new = NewJob {
            id: JobId::mint(now, &random_bytes()?),
            account: account.clone(),
            options,
            declared: what.declared,
            upload_method: what.upload_method,
            request: key.map(|name| NamedRequest::new(name, &request)),
        };
        let applied =
            self.transactions.apply(&new.scope(), &|seen| accept(seen, &new, &self.free, now)).await?;
        match Accepted::of(applied.decision) {
            Some(Accepted::New(job)) => Ok((StatusCode::CREATED, *job)),
            Some(Accepted::Earlier(id)) => Ok((StatusCode::OK, self.uploads.video(account, &id).await?)),
            None => Err(Problem::new(Code::Internal)),
        }
    }

    /// Queues the job of a stored video. Also when an earlier request has created the job, because that request may
    /// have failed before this line; the reader of the queue ignores duplicates.
    async fn begin(&self, job: &Job) -> Result<(), Problem> {
        if job.state == JobState::Queued && job.retries == 0 {
            self.queue.enqueue(job).await?;
        }
        Ok(())
    }
}
