//! `GET /docs`: interactive documentation of the API; `GET /api/openapi.json`: what it is made from.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use sansfond_boot::Boot;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The description of the whole API, made from the code of all packages and tested for freshness.
pub const OPENAPI: &str = include_str!("../../../../docs/openapi.json");

/// The routes. They know nobody and touch nothing.
///
/// # Errors
/// Never; the same as its neighbours.
pub fn router(boot: &Boot) -> anyhow::Result<Router> {
    let ui: Router =
        SwaggerUi::new("/docs").config(Config::from("/api/openapi.json").persist_authorization(false)).into();
    let routes = OpenApiRouter::from(ui)
        .route("/api/openapi.json", get(openapi_json))
        .route("/docs/index.html", get(async || Redirect::permanent("/docs/")));
    Ok(boot.bare(routes))
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "service",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub(super) async fn openapi_json() -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, OPENAPI).into_response()
}
