//! `POST /api/me/password`: changes the password of the signed-in user. All other sessions end; this one
//! continues with new tokens.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sansfond_boot::{ACCOUNTS, ACCOUNTS_AND_KEYS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::account::is_strong_enough;
use sansfond_domain::ports::{Accounts, IdentityError, Login, Passwords, RateCounters, Sessions, Tokens};
use sansfond_web::{Code, Json, Problem, RateLimit, Session, check_rate, cookies};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::earlier_access::EarlierAccess;

#[derive(Clone)]
struct Ports {
    passwords: Arc<dyn Passwords>,
    sessions: Arc<dyn Sessions>,
    accounts: Arc<dyn Accounts>,
    counters: Arc<dyn RateCounters>,
    earlier_access: EarlierAccess,
}

/// The current password and a new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePasswordRequest {
    /// The current password.
    #[schema(format = "password")]
    current_password: String,
    /// At least 10 characters with an uppercase letter, a lowercase letter and a digit.
    #[schema(format = "password", min_length = 10)]
    new_password: String,
    /// Whether to revoke all API keys of the account as well. Defaults to `false`.
    #[serde(default)]
    revoke_api_keys: bool,
}

pub const FUNCTION: Function = Function {
    grants: &[
        Grant::UserPool(&["AdminUserGlobalSignOut", "AdminInitiateAuth"]),
        Grant::Rows(&["GetItem", "Query", "UpdateItem", "PutItem", "ConditionCheckItem"], ACCOUNTS),
        Grant::Rows(&["DeleteItem"], ACCOUNTS_AND_KEYS),
    ],
    settings: &[Setting::PoolClientSecret],
    ..Function::route::<__path_handle>("change_password", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let (pool, table) = (boot.pool()?, boot.table()?);
    let ports = Ports {
        passwords: pool.clone(),
        sessions: pool,
        accounts: table.clone(),
        counters: table,
        earlier_access: EarlierAccess::new(boot)?,
    };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::SENSITIVE)
}

/// Changes the password.
///
/// Ends all other sessions of the account, and tells its owner by email.
#[utoipa::path(post, path = "/api/me/password", tag = "account", request_body = ChangePasswordRequest, security(("session" = [])),
    responses((status = 204, description = "The password has been changed.")))]
async fn handle(
    State(ports): State<Ports>,
    session: Session,
    request: HeaderMap,
    Json(given): Json<ChangePasswordRequest>,
) -> Result<Response, Problem> {
    if !is_strong_enough(&given.new_password) {
        return Err(IdentityError::WeakPassword.into());
    }
    check_rate(&*ports.counters, RateLimit::ATTEMPTS, &format!("account:{}", session.account)).await?;
    let access = cookies::access(&request).ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    ports.passwords.change(access, &given.current_password, &given.new_password).await?;
    ports.earlier_access.end(&session.account, given.revoke_api_keys).await?;
    let mut headers = HeaderMap::new();
    match begin_again(&ports, &session, &given.new_password).await {
        Some(tokens) => cookies::set(&mut headers, &session.account, &tokens)
            .map_err(|error| Problem::internal(&error, false))?,
        None => cookies::clear(&mut headers),
    }
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// Starts a new session. `None` if the password alone is not enough: the user then signs in again.
async fn begin_again(ports: &Ports, session: &Session, password: &str) -> Option<Tokens> {
    let account = match ports.accounts.account(&session.account).await {
        Ok(account) => account?,
        Err(error) => {
            tracing::warn!(?error, "the session was not renewed after a password change");
            return None;
        }
    };
    match ports.sessions.login(&account.email, password).await {
        Ok(Login::Session(tokens)) => Some(tokens),
        Ok(Login::CodeWanted { .. }) => None,
        Err(error) => {
            tracing::warn!(?error, "the session was not renewed after a password change");
            None
        }
    }
}
