//! `POST /api/uploads`: creates an image job, reserves a credit and signs the URL of the upload.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::ports::{Accounts, Balances, Jobs, Transactions};
use sansfond_domain::rules::{Accepted, NamedRequest, NewJob, UploadMethod, accept};
use sansfond_domain::storage_key::SourceKey;
use sansfond_domain::upload::{DeclaredUpload, UPLOAD_WINDOW};
use sansfond_domain::{ImageOptions, Job, JobId, JobState, Plan};
use sansfond_web::{
    Caller, Code, IdempotencyKey, Json, Problem, RateLimit, RequestLanguage, now, random_bytes,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::schemas::PictureTypeSchema;
use crate::views::{JobView, JobViews};

#[derive(Clone)]
struct Ports {
    accounts: Arc<dyn Accounts>,
    credits: Arc<dyn Balances>,
    transactions: Arc<dyn Transactions>,
    jobs: Arc<dyn Jobs>,
    views: JobViews,
    free: Arc<Plan>,
}

/// A file to upload and the options of its job.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateUploadRequest)]
struct UploadRequest {
    /// The name of the file. The name of the result is derived from it.
    #[schema(example = "cat.jpg")]
    name: String,
    /// The media type of the file.
    #[serde(rename = "type")]
    #[schema(value_type = PictureTypeSchema)]
    media_type: String,
    /// The exact size of the file, in bytes.
    #[schema(minimum = 1, example = 482113)]
    size_bytes: u64,
    /// The options of the result.
    #[serde(default)]
    options: ImageOptions,
}

/// A new job and the upload of its file.
#[derive(Serialize, ToSchema)]
#[schema(as = CreateUploadResponse)]
struct UploadAnswer {
    job: JobView,
    upload: UploadTarget,
}

/// The HTTP request that uploads the file. Its body has exactly the declared size.
#[derive(Serialize, ToSchema)]
#[schema(as = Upload)]
struct UploadTarget {
    /// The HTTP method. Always `PUT`.
    method: &'static str,
    /// The signed URL.
    url: String,
    /// The headers that the request must have.
    headers: UploadHeaders,
    /// Time at which the URL stops working (RFC 3339).
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Headers that are part of the signature of the URL.
#[derive(Serialize, ToSchema)]
struct UploadHeaders {
    /// The media type of the file.
    #[serde(rename = "Content-Type")]
    content_type: String,
}

/// The signed URL has the permissions of this function, which uploads nothing itself.
pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem", "PutItem", "ConditionCheckItem"], ACCOUNTS),
        Grant::Objects(&["PutObject"], &["uploads"]),
    ],
    settings: &[Setting::Retention, Setting::FreePlan],
    gradual: true,
    ..Function::route::<__path_handle>("create_upload", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let table = boot.table()?;
    let views = JobViews { links: boot.bucket()?, retention: boot.settings().retention };
    let ports = Ports {
        accounts: table.clone(),
        credits: table.clone(),
        transactions: table.clone(),
        jobs: table,
        views,
        free: boot.free_plan(),
    };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::COSTLY)
}

/// Creates an image job and the URL to upload its file to.
///
/// Reserves one credit. The job starts when the file has been uploaded. A repeated request with the same
/// `Idempotency-Key` returns the job of the first one.
#[utoipa::path(post, path = "/api/uploads", tag = "jobs", request_body = UploadRequest,
    security(("session" = []), ("api_key" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "A unique key that the client generates, to repeat the request safely.",
        min_length = 1, max_length = 128, pattern = r##"^[!"$-~]+$"##)),
    responses((status = 201, body = UploadAnswer, description = "The new job and its upload."),
        (status = 200, body = UploadAnswer, description = "The job of an earlier request with the same `Idempotency-Key`.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    RequestLanguage(request_language): RequestLanguage,
    IdempotencyKey(key): IdempotencyKey,
    Json(wanted): Json<UploadRequest>,
) -> Result<(StatusCode, axum::Json<UploadAnswer>), Problem> {
    let now = now();
    let account = ports.accounts.account(&caller.account).await?;
    let account = account.ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    let plan = Plan::in_force(ports.credits.balance(&account.id).await?.as_ref(), &ports.free, now);
    let declared = DeclaredUpload::check(&wanted.name, &wanted.media_type, wanted.size_bytes, &plan)?;
    let request = serde_json::to_vec(&wanted).map_err(|error| Problem::internal(&error, false))?;
    let new = NewJob {
        id: JobId::mint(now, &random_bytes()?),
        account: account.id.clone(),
        options: wanted.options.into(),
        declared,
        upload_method: UploadMethod::Upload,
        request: key.map(|name| NamedRequest::new(name, &request)),
    };
    let applied =
        ports.transactions.apply(&new.scope(), &|seen| accept(seen, &new, &ports.free, now)).await?;
    let (status, job) = match Accepted::of(applied.decision) {
        Some(Accepted::New(job)) => (StatusCode::CREATED, *job),
        Some(Accepted::Earlier(id)) => (StatusCode::OK, earlier(&ports, &account.id, &id).await?),
        None => return Err(Problem::new(Code::Internal)),
    };
    let key = SourceKey { account: account.id, job: job.id.clone() }.to_string();
    let Job { input, .. } = &job;
    let url = ports.views.links.upload(&key, &input.media_type, input.size_bytes, UPLOAD_WINDOW).await?;
    let headers = UploadHeaders { content_type: input.media_type.clone() };
    let upload =
        UploadTarget { method: "PUT", url, headers, expires_at: now.plus(UPLOAD_WINDOW).to_rfc3339() };
    let job = ports.views.view(&job, request_language, now).await?;
    Ok((status, axum::Json(UploadAnswer { job, upload })))
}

/// The job of an earlier request with the same key. While it is pending, its upload is signed again.
async fn earlier(ports: &Ports, account: &sansfond_domain::AccountId, id: &JobId) -> Result<Job, Problem> {
    let job = ports.jobs.job(account, id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    if job.state == JobState::Pending {
        Ok(job)
    } else {
        Err(Problem::new(Code::InvalidState).with("state", job.state.name()).with("job", id.to_string()))
    }
}
