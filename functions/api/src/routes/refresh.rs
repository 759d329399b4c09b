//! `POST /api/auth/refresh`: renews a session.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sansfond_boot::{Boot, Function, Grant, Setting, run_route};
use sansfond_domain::ports::{IdentityError, Sessions};
use sansfond_web::{Code, Problem, RateLimit, cookies};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub const FUNCTION: Function = Function {
    grants: &[Grant::UserPool(&["AdminInitiateAuth"])],
    settings: &[Setting::PoolClientSecret],
    ..Function::route::<__path_handle>("refresh", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let sessions: Arc<dyn Sessions> = boot.pool()?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(sessions),
        RateLimit::ORDINARY,
    )
}

/// Renews the session.
///
/// Exchanges the refresh token in the cookie for a new access token.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "account", security(("refresh" = [])),
    responses((status = 204, description = "The session cookies have been renewed.")))]
async fn handle(State(sessions): State<Arc<dyn Sessions>>, request: HeaderMap) -> Result<Response, Problem> {
    let mut headers = HeaderMap::new();
    let Some((account, refresh)) = cookies::refresh(&request) else {
        return Err(Problem::new(Code::Unauthenticated));
    };
    match sessions.refresh(&account, refresh).await {
        Ok(tokens) => {
            cookies::set(&mut headers, &account, &tokens)
                .map_err(|error| Problem::internal(&error, false))?;
            Ok((StatusCode::NO_CONTENT, headers).into_response())
        }
        Err(IdentityError::SessionOver) => {
            cookies::clear(&mut headers);
            Ok((headers, Problem::new(Code::SessionExpired)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
