//! `GET /api/jobs/{id}`: returns a job. With `If-None-Match`, a job that has not changed is answered with `304`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::JobId;
use sansfond_domain::ports::Jobs;
use sansfond_web::{Caller, Code, Path, Problem, RateLimit, RequestLanguage, not_modified_or, now};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::views::{JobView, JobViews, version};

#[derive(Clone)]
struct Ports {
    jobs: Arc<dyn Jobs>,
    views: JobViews,
}

/// Unlike other routes it also signs a link to the uploaded file, which the editor needs.
pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem"], ACCOUNTS),
        Grant::Objects(&["GetObject"], &["uploads", "videos", "results"]),
    ],
    settings: &[Setting::Retention],
    ..Function::route::<__path_handle>("get_job", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let views = JobViews { links: boot.bucket()?, retention: boot.settings().retention };
    let ports = Ports { jobs: boot.table()?, views };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::ORDINARY)
}

/// Returns a job.
///
/// To poll efficiently, send the `ETag` of the last response as `If-None-Match`.
#[utoipa::path(get, path = "/api/jobs/{id}", tag = "jobs", security(("session" = []), ("api_key" = [])),
    params(("id" = String, Path, description = "The ID of the job.")),
    responses((status = 200, body = JobView, description = "The job."),
        (status = 304, description = "The job has not changed.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    RequestLanguage(request_language): RequestLanguage,
    Path(id): Path<JobId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = now();
    let job = ports.jobs.job(&caller.account, &id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    let view = ports.views.view_with_source(&job, request_language, now).await?;
    Ok(not_modified_or(&headers, &version(&job, request_language, now), || view))
}
