//! `GET /api/language`: the language in which the caller is answered.

use axum::Router;
use sansfond_boot::{Boot, Function, run_route};
use sansfond_web::{RateLimit, Spoken};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The function of this route.
pub const FUNCTION: Function = Function::route::<__path_handle>("echo_language", || run_route(router));

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<Router> {
    boot.frame(OpenApiRouter::new().routes(routes!(handle)), RateLimit::ORDINARY)
}

/// Says in which language the caller is answered.
#[utoipa::path(get, path = "/api/language", tag = "service", security((), ("session" = []), ("key" = [])),
    responses((status = 200, description = "`en` or `fr`", body = String)))]
async fn handle(Spoken(language): Spoken) -> axum::Json<&'static str> {
    axum::Json(language.code())
}
