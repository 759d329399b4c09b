//! `POST /api/jobs/{id}/cancel`: cancels an open job and returns its credit.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Queue, Setting, run_route};
use sansfond_domain::ports::{Jobs, Scope, StopQueue, Transactions};
use sansfond_domain::rules::cancel;
use sansfond_domain::{JobId, JobKind};
use sansfond_web::{Caller, Code, Path, Problem, RateLimit, RequestLanguage, now};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::video_uploads::VideoUploads;
use crate::views::JobView;

#[derive(Clone)]
struct Ports {
    transactions: Arc<dyn Transactions>,
    jobs: Arc<dyn Jobs>,
    uploads: VideoUploads,
    stops: Arc<dyn StopQueue>,
}

pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem", "PutItem"], ACCOUNTS),
        Grant::Objects(&["AbortMultipartUpload"], &["videos"]),
        Grant::Send(&[Queue::Video]),
    ],
    settings: &[Setting::Retention],
    ..Function::route::<__path_handle>("cancel_job", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let (table, uploads) = (boot.table()?, VideoUploads::new(boot)?);
    let ports = Ports { transactions: table.clone(), jobs: table, uploads, stops: boot.video_queue()? };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::ORDINARY)
}

/// Cancels an open job.
///
/// The reserved credits are returned. A worker that is processing a video stops within seconds.
#[utoipa::path(post, path = "/api/jobs/{id}/cancel", tag = "jobs", security(("session" = []), ("api_key" = [])),
    params(("id" = String, Path, description = "The ID of the job.")),
    responses((status = 200, body = JobView, description = "The cancelled job.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    RequestLanguage(request_language): RequestLanguage,
    Path(id): Path<JobId>,
) -> Result<axum::Json<JobView>, Problem> {
    let now = now();
    let scope = Scope::of(caller.account.clone(), id.clone());
    ports.transactions.apply(&scope, &|seen| cancel(seen, now)).await?;
    let job = ports.jobs.job(&caller.account, &id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    // Also when the job was cancelled before: that call may have failed before these lines.
    if job.kind == JobKind::Video {
        ports.uploads.abort(&job).await?;
        ports.stops.stop(&job).await?;
    }
    Ok(axum::Json(JobView::without_result(&job, request_language)))
}
