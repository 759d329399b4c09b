//! `POST /api/auth/logout`: ends a session in the browser and in Cognito.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sansfond_boot::{Boot, Function, Setting, run_route};
use sansfond_domain::ports::Sessions;
use sansfond_web::{Problem, RateLimit, cookies};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub const FUNCTION: Function = Function {
    settings: &[Setting::PoolClientSecret],
    ..Function::route::<__path_handle>("logout", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let sessions: Arc<dyn Sessions> = boot.pool()?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(sessions),
        RateLimit::ORDINARY,
    )
}

/// Signs out.
///
/// Revokes the refresh token and deletes the session cookies. Without a session, the request
/// still succeeds.
#[utoipa::path(post, path = "/api/auth/logout", tag = "account", security((), ("refresh" = [])),
    responses((status = 204, description = "The session has ended.")))]
async fn handle(State(sessions): State<Arc<dyn Sessions>>, request: HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    cookies::clear(&mut headers);
    // The browser deletes its cookies even if Cognito does not respond.
    let answer = match cookies::refresh(&request) {
        Some((_, refresh)) => sessions.revoke(refresh).await.map_err(Problem::from),
        None => Ok(()),
    };
    match answer {
        Ok(()) => (StatusCode::NO_CONTENT, headers).into_response(),
        Err(problem) => (headers, problem).into_response(),
    }
}
