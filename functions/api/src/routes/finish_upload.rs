//! `POST /api/jobs/{id}/upload`: completes the multipart upload of a video. Its job then starts.

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::JobId;
use sansfond_web::{Caller, Path, Problem, RateLimit, RequestLanguage};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::video_uploads::VideoUploads;
use crate::views::JobView;

/// S3 joins the parts during the request, which can take longer than API Gateway waits; the client can then
/// repeat the request.
pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem"], ACCOUNTS),
        Grant::Objects(&["GetObject", "PutObject", "ListMultipartUploadParts"], &["videos"]),
    ],
    settings: &[Setting::Retention],
    properties: &[("Timeout", "29")],
    ..Function::route::<__path_handle>("finish_upload", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let uploads = VideoUploads::new(boot)?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(uploads),
        RateLimit::ORDINARY,
    )
}

/// Completes a multipart upload.
///
/// If parts are missing, the response is the problem `incomplete_upload`, whose member `missing` lists their
/// numbers. Completing an upload again is not an error.
#[utoipa::path(post, path = "/api/jobs/{id}/upload", tag = "jobs", security(("session" = []), ("api_key" = [])),
    params(("id" = String, Path, description = "The ID of the job.")),
    responses((status = 200, body = JobView, description = "The job.")))]
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
