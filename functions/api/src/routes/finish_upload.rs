//! `POST /api/jobs/{id}/upload`: the end of a video's upload. Its parts become a file, and work begins.

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::JobId;
use sansfond_web::{Caller, Path, Problem, RateLimit, RequestLanguage};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::video_uploads::VideoUploads;
use crate::views::JobView;

/// The function of this route. S3 puts the parts together while it waits, which may take longer than API Gateway
/// does. It may be called again.
pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem"], ACCOUNTS),
        Grant::Objects(&["GetObject", "PutObject", "ListMultipartUploadParts"], &["videos"]),
    ],
    settings: &[Setting::Retention],
    properties: &[("Timeout", "29")],
    ..Function::route::<__path_handle>("finish_upload", || run_route(router))
};

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let uploads = VideoUploads::new(boot)?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(uploads),
        RateLimit::ORDINARY,
    )
}

/// Finishes the upload when all parts have come; else `incomplete_upload` names those that are `missing`.
/// Finishing twice is no error.
#[utoipa::path(post, path = "/api/jobs/{id}/upload", tag = "jobs", security(("session" = []), ("key" = [])),
    params(("id" = String, Path, description = "The job")), responses((status = 200, body = JobView)))]
async fn handle(
    State(uploads): State<VideoUploads>,
    caller: Caller,
    RequestLanguage(request_language): RequestLanguage,
    Path(id): Path<JobId>,
) -> Result<axum::Json<JobView>, Problem> {
    let job = uploads.video(&caller.account, &id).await?;
    uploads.finish(&job).await?;
    Ok(axum::Json(JobView::without_result(&job, request_language)))
}
