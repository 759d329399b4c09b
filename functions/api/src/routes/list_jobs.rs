//! `GET /api/jobs`: lists the jobs of the account, newest first, optionally filtered by state and kind.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::ports::{JobFilter, Jobs};
use sansfond_domain::{JobKind, JobState};
use sansfond_web::{
    Caller, PageQuery, Problem, Query, RateLimit, RequestLanguage, cursor, now, page_request,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::schemas::{KindSchema, StateSchema};
use crate::views::{JobView, JobViews};

#[derive(Clone)]
struct Ports {
    jobs: Arc<dyn Jobs>,
    views: JobViews,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// Lists only jobs in this state.
    #[param(value_type = Option<StateSchema>)]
    state: Option<JobState>,
    /// Lists only jobs of this kind.
    #[param(value_type = Option<KindSchema>)]
    kind: Option<JobKind>,
}

/// A page of jobs.
#[derive(Serialize, ToSchema)]
struct JobList {
    /// The jobs on this page, newest first. A filtered page can contain fewer jobs than `limit` even when more pages
    /// follow.
    jobs: Vec<JobView>,
    /// The cursor for the next page. Send it as `after`. `null` on the last page.
    next: Option<String>,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["Query"], ACCOUNTS), Grant::Objects(&["GetObject"], &["results"])],
    settings: &[Setting::Retention],
    ..Function::route::<__path_handle>("list_jobs", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let views = JobViews { links: boot.bucket()?, retention: boot.settings().retention };
    let ports = Ports { jobs: boot.table()?, views };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::ORDINARY)
}

/// Lists jobs, newest first.
#[utoipa::path(get, path = "/api/jobs", tag = "jobs", security(("session" = []), ("api_key" = [])),
    params(FilterQuery, PageQuery), responses((status = 200, body = JobList, description = "A page of jobs.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    RequestLanguage(request_language): RequestLanguage,
    Query(FilterQuery { state, kind }): Query<FilterQuery>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<JobList>, Problem> {
    let now = now();
    let filter = JobFilter { state, kind };
    let page = ports.jobs.jobs(&caller.account, &filter, &page_request(page)?).await?;
    let mut jobs = Vec::new();
    for job in &page.items {
        jobs.push(ports.views.view(job, request_language, now).await?);
    }
    Ok(axum::Json(JobList { jobs, next: page.next.as_deref().map(cursor) }))
}
