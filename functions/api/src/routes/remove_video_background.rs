//! `POST /api/remove-video-background`: the door to video jobs, which do not exist yet.

use sansfond_boot::Boot;
use sansfond_web::{Caller, Code, Problem, RateLimit};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    boot.frame(OpenApiRouter::new().routes(routes!(handle)), RateLimit::ORDINARY)
}

/// Videos cannot be cut out yet; nothing is charged.
#[utoipa::path(post, path = "/api/remove-video-background", tag = "jobs", security(("session" = []), ("key" = [])),
    responses((status = 501, description = "Not yet.", body = sansfond_web::ProblemBody, content_type = "application/problem+json")))]
async fn handle(_: Caller) -> Problem {
    Problem::new(Code::NotImplemented).explain(
        "Videos come with the next version. Nothing was charged.",
        "Les vidéos viendront avec la prochaine version. Rien n’a été compté.",
    )
}
