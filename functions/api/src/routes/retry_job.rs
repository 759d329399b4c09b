//! `POST /api/jobs/{id}/retry`: queues a failed or cancelled job again and reserves its credits again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Queue, Setting, run_route};
use sansfond_domain::ports::{Jobs, Scope, Transactions, WorkQueue};
use sansfond_domain::rules::retry;
use sansfond_domain::{JobId, JobState, Plan};
use sansfond_web::{Caller, Code, Path, Problem, RequestLanguage, RoutePolicy, now};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::views::JobView;

#[derive(Clone)]
struct Ports {
    transactions: Arc<dyn Transactions>,
    jobs: Arc<dyn Jobs>,
    queue: Arc<dyn WorkQueue>,
    free: Arc<Plan>,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["GetItem", "PutItem"], ACCOUNTS), Grant::Send(&[Queue::Image, Queue::Video])],
    settings: &[Setting::Retention, Setting::FreePlan],
    ..Function::route::<__path_handle>("retry_job", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let table = boot.table()?;
    let ports = Ports {
        transactions: table.clone(),
        jobs: table,
        queue: boot.queue_by_kind()?,
        free: boot.free_plan(),
    };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RoutePolicy::JOBS)
}

/// Retries a failed or cancelled job.
///
/// Reserves the credits again and queues the job.
#[utoipa::path(post, path = "/api/jobs/{id}/retry", tag = "jobs", security(("session" = []), ("api_key" = [])),
    params(("id" = String, Path, description = "The ID of the job.")),
    responses((status = 202, body = JobView, description = "The queued job.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    RequestLanguage(request_language): RequestLanguage,
    Path(id): Path<JobId>,
) -> Result<(StatusCode, axum::Json<JobView>), Problem> {
    let now = now();
    let scope = Scope::of(caller.account.clone(), id.clone());
    ports.transactions.apply(&scope, &|seen| retry(seen, &ports.free, now)).await?;
    let job = ports.jobs.job(&caller.account, &id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    // Also when the job was queued before: that call may have failed before this line.
    if job.state == JobState::Queued {
        ports.queue.enqueue(&job).await?;
    }
    Ok((StatusCode::ACCEPTED, axum::Json(JobView::without_result(&job, request_language))))
}
