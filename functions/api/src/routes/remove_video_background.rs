//! `POST /api/remove-video-background`: announcing a video, or asking for another result of one that was
//! sent before. A credit is reserved, unless only a first look is wanted. A picture that shall stand behind it
//! comes in the request itself.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Queue, Setting, run_route};
use sansfond_domain::ports::{Accounts, Balances, RateCounters, Transactions, WorkQueue};
use sansfond_domain::rules::{
    Accepted, MAX_QUEUED, NamedRequest, NewJob, Refusal, Source, UploadMethod, accept,
};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{AccountId, Job, JobId, JobState, Options, Plan, VideoOptions};
use sansfond_web::{
    Caller, Code, IdempotencyKey, Json, Problem, RateLimit, RequestLanguage, now, random_bytes,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::backdrops::{Backdrop, Backdrops};
use crate::schemas::VideoTypeSchema;
use crate::video_uploads::{VideoUpload, VideoUploads, count_preview};
use crate::views::JobView;

/// The most bytes of a request, as much as Lambda takes: a background in base64 and a few words around it.
const BODY_BYTES: usize = 6_000_000;

#[derive(Clone)]
struct Ports {
    accounts: Arc<dyn Accounts>,
    credits: Arc<dyn Balances>,
    transactions: Arc<dyn Transactions>,
    counters: Arc<dyn RateCounters>,
    uploads: VideoUploads,
    backdrops: Backdrops,
    queue: Arc<dyn WorkQueue>,
    free: Arc<Plan>,
    kept_for: Duration,
}

/// Which video, and what shall come out. Either `name`, `type` and `size_bytes` of a file that will be
/// sent, or `source_job`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VideoRequest {
    /// The file's name; the download gets a similar one.
    #[serde(default)]
    #[schema(nullable = false, example = "clip.mp4")]
    name: Option<String>,
    /// What kind of video it is.
    #[serde(default, rename = "type")]
    #[schema(value_type = Option<VideoTypeSchema>, nullable = false)]
    media_type: Option<String>,
    /// The exact length of the file.
    #[serde(default)]
    #[schema(minimum = 1, nullable = false, example = 48211300)]
    size_bytes: Option<u64>,
    /// An earlier job whose video shall be worked on again: nothing is sent twice. It must have been looked into
    /// and found to be a video that can be worked on.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false)]
    source_job: Option<JobId>,
    /// What shall come out.
    #[serde(default)]
    options: VideoOptions,
    /// The picture of the background `picture`: JPEG, PNG or WebP of at most 3 MB and 40 megapixels, in base64,
    /// with or without `data:…;base64,` before it. It is kept as JPEG, at most 3,840 pixels on its longer side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    backdrop: Option<String>,
}

/// The job, and where to send the video.
#[derive(Serialize, ToSchema)]
struct VideoAnswer {
    job: JobView,
    /// `null` with `source_job`.
    upload: Option<VideoUpload>,
}

/// What will be worked on, and how it comes.
struct RequestedVideo {
    declared: DeclaredUpload,
    upload_method: UploadMethod,
}

/// The function of this route. Parts are sent to links that this role signs, so it may put what they may put.
/// `GetObject` tells whether a video is there, one that is worked on once more too: nothing is copied, its job
/// goes to the queue. `UpdateItem` notes which job needs which video, in the transaction that writes the job. A
/// picture of 40 megapixels that shall stand behind it is decoded here: half a gigabyte if it has 16 bits a
/// channel. It has as long as API Gateway waits, and the memory with which Lambda gives a whole processor.
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
    properties: &[("Timeout", "29"), ("MemorySize", "1769")],
    ..Function::route::<__path_handle>("remove_video_background", || run_route(router))
};

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let (table, uploads) = (boot.table()?, VideoUploads::new(boot)?);
    let ports = Ports {
        accounts: table.clone(),
        credits: table.clone(),
        transactions: table.clone(),
        counters: table,
        uploads,
        backdrops: Backdrops::new(boot)?,
        queue: boot.video_queue()?,
        free: boot.free_plan(),
        kept_for: boot.settings().retention.uploads(),
    };
    let route = OpenApiRouter::new().routes(routes!(handle)).with_state(ports);
    boot.with_middleware(route.layer(DefaultBodyLimit::max(BODY_BYTES)), RateLimit::COSTLY)
}

/// Reserves a credit and opens an upload in parts. With an `Idempotency-Key` the same request twice is one
/// job. When all parts are sent, `POST /api/jobs/{id}/upload` finishes the upload. With `source_job` nothing is
/// sent and the job is queued at once.
#[utoipa::path(post, path = "/api/remove-video-background", tag = "jobs", request_body = VideoRequest,
    security(("session" = []), ("key" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The client's own name for this request",
        min_length = 1, max_length = 128, pattern = r##"^[!"$-~]+$"##)),
    responses((status = 201, body = VideoAnswer), (status = 200, body = VideoAnswer, description = "The same request was accepted before.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    RequestLanguage(request_language): RequestLanguage,
    IdempotencyKey(key): IdempotencyKey,
    Json(wanted): Json<VideoRequest>,
) -> Result<(StatusCode, axum::Json<VideoAnswer>), Problem> {
    let account = ports.accounts.account(&caller.account).await?;
    let account = account.ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    wanted.options.check()?;
    let backdrop = Backdrop::read(&wanted.options, wanted.backdrop.as_deref()).await?;
    let plan = Plan::in_force(ports.credits.balance(&account.id).await?.as_ref(), &ports.free, now());
    let what = ports.wanted(&account.id, &wanted, &plan).await?;
    let (status, job) = ports.accepted(&account.id, &wanted, what, key).await?;
    // Nobody begins before the next lines: neither video nor message has a way to come yet.
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
                // The bucket must not delete it while the job waits for a machine.
                let stays = earlier.source_is_kept(now().plus(MAX_QUEUED), self.kept_for);
                if !stays || !self.uploads.is_kept(&earlier).await? {
                    return Err(Refusal::SourceGone.into());
                }
                let input = &earlier.input;
                let declared =
                    DeclaredUpload::check_video(&input.name, &input.media_type, input.size_bytes, plan)?;
                Ok(RequestedVideo { declared, upload_method: UploadMethod::Earlier(source) })
            }
            _ => Err(Problem::new(Code::InvalidRequest).explain(
                "Send either “name”, “type” and “size_bytes”, or “source_job”.",
                "Envoyez soit « name », « type » et « size_bytes », soit « source_job ».",
            )),
        }
    }

    /// The new job, or the one of the same request.
    async fn accepted(
        &self,
        account: &AccountId,
        wanted: &VideoRequest,
        what: RequestedVideo,
        key: Option<String>,
    ) -> Result<(StatusCode, Job), Problem> {
        let now = now();
        let options = Options::from(wanted.options.clone());
        count_preview(&*self.counters, account, &options).await?;
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

    /// Has machines work on a video that is there. Also if the job was accepted by an earlier call, which may have
    /// died before this line; who reads the queue takes twice for once.
    async fn begin(&self, job: &Job) -> Result<(), Problem> {
        if job.state == JobState::Queued && job.retries == 0 {
            self.queue.enqueue(job).await?;
        }
        Ok(())
    }
}
