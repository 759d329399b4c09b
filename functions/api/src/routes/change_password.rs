//! `POST /api/me/password`: a new password for who is signed in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use sansfond_boot::Boot;
use sansfond_domain::account::is_strong_enough;
use sansfond_domain::ports::{IdentityError, Passwords, RateCounters};
use sansfond_web::{Code, Json, Problem, RateLimit, Session, check_rate, cookies};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(Clone)]
struct Ports {
    passwords: Arc<dyn Passwords>,
    counters: Arc<dyn RateCounters>,
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    #[schema(format = "password")]
    old_password: String,
    #[schema(format = "password", min_length = 10)]
    new_password: String,
}

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let ports = Ports { passwords: boot.pool()?, counters: boot.table()? };
    boot.frame(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::SENSITIVE)
}

/// Changes the password.
#[utoipa::path(post, path = "/api/me/password", tag = "account", request_body = Change, security(("session" = [])),
    responses((status = 204, description = "The password is changed.")))]
async fn handle(
    State(ports): State<Ports>,
    session: Session,
    request: HeaderMap,
    Json(given): Json<Change>,
) -> Result<StatusCode, Problem> {
    if !is_strong_enough(&given.new_password) {
        return Err(IdentityError::WeakPassword.into());
    }
    check_rate(&*ports.counters, RateLimit::ATTEMPTS, &format!("account:{}", session.account)).await?;
    let access = cookies::access(&request).ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    ports.passwords.change(access, &given.old_password, &given.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}
