//! `GET /api/jobs/{id}/upload`: what is missing of a video's upload, after a pause or a lost line.

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::JobId;
use sansfond_web::{Caller, Path, Problem, RateLimit, now};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::video_uploads::{VideoUpload, VideoUploads};

/// The function of this route. `GetObject` tells whether the whole video is there.
pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem", "PutItem"], ACCOUNTS),
        Grant::Objects(
            &["GetObject", "PutObject", "AbortMultipartUpload", "ListMultipartUploadParts"],
            &["videos"],
        ),
    ],
    settings: &[Setting::Retention],
    ..Function::route::<__path_handle>("get_upload", || run_route(router))
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

/// Which parts have come, and fresh links for the others. Only while the job is `pending`.
#[utoipa::path(get, path = "/api/jobs/{id}/upload", tag = "jobs", security(("session" = []), ("key" = [])),
    params(("id" = String, Path, description = "The job")), responses((status = 200, body = VideoUpload)))]
async fn handle(
    State(uploads): State<VideoUploads>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Result<axum::Json<VideoUpload>, Problem> {
    let job = uploads.video(&caller.account, &id).await?;
    Ok(axum::Json(uploads.go_on(job, now()).await?))
}
