//! `DELETE /api/jobs/{id}`: deletes a job that has ended, and its files.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, run_route};
use sansfond_domain::ports::{Files, Jobs, Sources};
use sansfond_domain::rules::Refusal;
use sansfond_domain::storage_key::Deletions;
use sansfond_domain::{JobId, JobKind};
use sansfond_web::{Caller, Code, Path, Problem, RateLimit};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::video_uploads::VideoUploads;

#[derive(Clone)]
struct Ports {
    jobs: Arc<dyn Jobs>,
    sources: Arc<dyn Sources>,
    files: Arc<dyn Files>,
    uploads: VideoUploads,
}

/// `UpdateItem` records that a job no longer needs its video.
pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem", "UpdateItem", "DeleteItem"], ACCOUNTS),
        Grant::List(&["uploads", "videos", "results"]),
        Grant::Objects(&["DeleteObject"], &["uploads", "videos", "results"]),
        Grant::Objects(&["AbortMultipartUpload"], &["videos"]),
    ],
    ..Function::route::<__path_handle>("delete_job", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let (table, uploads) = (boot.table()?, VideoUploads::new(boot)?);
    let ports = Ports { jobs: table.clone(), sources: table, files: boot.bucket()?, uploads };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::ORDINARY)
}

/// Deletes a job and its files.
///
/// An open job must be cancelled first. A video that several jobs share (`source_job`) is deleted with the last
/// of these jobs.
#[utoipa::path(delete, path = "/api/jobs/{id}", tag = "jobs", security(("session" = []), ("api_key" = [])),
    params(("id" = String, Path, description = "The ID of the job.")),
    responses((status = 204, description = "The job and its files have been deleted.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Result<StatusCode, Problem> {
    let job = ports.jobs.job(&caller.account, &id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
    if job.state.is_open() {
        return Err(Refusal::WrongState { state: job.state }.into());
    }
    // Files first: after an interruption, the request can be repeated.
    ports.uploads.abort(&job).await?;
    let source_is_needed = match job.kind {
        JobKind::Image => false,
        JobKind::Video => ports.sources.release(&job).await?,
    };
    let Deletions { folders, files } = Deletions::of(&job, source_is_needed);
    for folder in folders {
        ports.files.delete_folder(&folder).await?;
    }
    for file in files {
        ports.files.delete(&file).await?;
    }
    if ports.jobs.forget(&caller.account, &id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(Code::InvalidState))
    }
}
