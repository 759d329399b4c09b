//! `GET /api/jobs/{id}/upload`: returns the missing parts of a multipart upload, so that a client can resume it.

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::JobId;
use sansfond_web::{Caller, Path, Problem, RateLimit, now};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::video_uploads::{VideoUpload, VideoUploads};

/// `GetObject` is needed to find out whether the upload is complete.
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

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let uploads = VideoUploads::new(boot)?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(uploads),
        RateLimit::ORDINARY,
    )
}

/// Returns the state of a multipart upload.
///
/// Lists the parts of the upload, with new signed URLs for those that are missing. Available while the job is
/// `pending`.
#[utoipa::path(get, path = "/api/jobs/{id}/upload", tag = "jobs", security(("session" = []), ("api_key" = [])),
    params(("id" = String, Path, description = "The ID of the job.")),
    responses((status = 200, body = VideoUpload, description = "The upload.")))]
async fn handle(
    State(uploads): State<VideoUploads>,
    caller: Caller,
    Path(id): Path<JobId>,
) -> Result<axum::Json<VideoUpload>, Problem> {
    let job = uploads.video(&caller.account, &id).await?;
    Ok(axum::Json(uploads.go_on(job, now()).await?))
}
