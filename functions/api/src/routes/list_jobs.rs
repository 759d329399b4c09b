//! `GET /api/jobs`: one's jobs, newest first.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::Boot;
use sansfond_domain::ports::Jobs;
use sansfond_web::{Caller, PageQuery, Problem, Query, RateLimit, Spoken, cursor, now, page_request};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::views::{JobView, JobViews};

#[derive(Clone)]
struct Ports {
    jobs: Arc<dyn Jobs>,
    views: JobViews,
}

/// A page of jobs.
#[derive(Serialize, ToSchema)]
struct JobList {
    jobs: Vec<JobView>,
    /// `after` of the next page; `null` on the last.
    next: Option<String>,
}

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let views = JobViews { links: boot.bucket()?, retention: boot.settings().retention };
    let ports = Ports { jobs: boot.table()?, views };
    boot.frame(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::ORDINARY)
}

/// My jobs.
#[utoipa::path(get, path = "/api/jobs", tag = "jobs", security(("session" = []), ("key" = [])),
    params(PageQuery), responses((status = 200, body = JobList)))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    Spoken(spoken): Spoken,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<JobList>, Problem> {
    let now = now();
    let page = ports.jobs.jobs(&caller.account, &page_request(query)?).await?;
    let mut jobs = Vec::new();
    for job in &page.items {
        jobs.push(ports.views.view(job, spoken, now).await?);
    }
    Ok(axum::Json(JobList { jobs, next: page.next.as_deref().map(cursor) }))
}
