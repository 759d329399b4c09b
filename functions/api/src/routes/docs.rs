//! `GET /docs`: interactive documentation of the API; `GET /api/openapi.json`: what it is made from.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use sansfond_boot::{Boot, Function, routes, run_route};
use sansfond_web::{Code, Path, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::Config;

/// The description of the whole API, made from the code of all packages and tested for freshness.
pub const OPENAPI: &str = include_str!("../../../../docs/openapi.json");

/// The function of this route. Static pages out of the program: no permission and no setting at all.
pub const FUNCTION: Function =
    Function { knows_callers: false, routes: paths, ..Function::event("docs", || run_route(router)) };

/// This description's, and those of the pages, which are no part of what they document.
fn paths() -> Vec<String> {
    let pages = ["GET /docs".to_owned(), "GET /docs/{path+}".to_owned()];
    [routes::<__path_handle>(), pages.to_vec()].concat()
}

/// The routes. They know nobody and touch nothing.
///
/// # Errors
/// Never; the same as its neighbours.
pub fn router(boot: &Boot) -> anyhow::Result<Router> {
    let config = Arc::new(Config::from("/api/openapi.json").persist_authorization(false));
    // A page's links are relative to the folder, and a path's last slash does not survive every gateway.
    let router = OpenApiRouter::new()
        .route("/api/openapi.json", get(handle))
        .route("/docs", get(async || Redirect::temporary("/docs/index.html")))
        .route("/docs/{*path}", get(page))
        .with_state(config);
    Ok(boot.public_route(router))
}

async fn page(
    State(config): State<Arc<Config<'static>>>,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    match utoipa_swagger_ui::serve(&path, config) {
        Ok(Some(file)) => {
            let headers =
                [(CONTENT_TYPE, file.content_type), (CACHE_CONTROL, "public, max-age=300".to_owned())];
            Ok((headers, file.bytes.into_owned()).into_response())
        }
        Ok(None) => Err(Problem::new(Code::NotFound)),
        Err(error) => Err(Problem::internal(&*error, false)),
    }
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "service",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub(super) async fn handle() -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, OPENAPI).into_response()
}
