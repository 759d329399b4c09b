//! `POST /api/auth/logout`: ending a session, here and at Cognito.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sansfond_boot::{Boot, Function, Setting, run_route};
use sansfond_domain::ports::Sessions;
use sansfond_web::{Problem, RateLimit, cookies};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The function of this route.
pub const FUNCTION: Function = Function {
    settings: &[Setting::PoolClientSecret],
    ..Function::route::<__path_handle>("logout", || run_route(router))
};

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let sessions: Arc<dyn Sessions> = boot.pool()?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(sessions),
        RateLimit::ORDINARY,
    )
}

/// Ends the session. Without one there is nothing to do, which is no error.
#[utoipa::path(post, path = "/api/auth/logout", tag = "account", security((), ("renewal" = [])),
    responses((status = 204, description = "Signed out; the refresh token is revoked.")))]
async fn handle(State(sessions): State<Arc<dyn Sessions>>, request: HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    cookies::clear(&mut headers);
    // The browser forgets the session even if Cognito does not hear of it.
    let answer = match cookies::refresh(&request) {
        Some((_, refresh)) => sessions.revoke(refresh).await.map_err(Problem::from),
        None => Ok(()),
    };
    match answer {
        Ok(()) => (StatusCode::NO_CONTENT, headers).into_response(),
        Err(problem) => (headers, problem).into_response(),
    }
}
