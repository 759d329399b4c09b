//! `POST /api/auth/reset-password`: sets a new password with a reset code. Ends all sessions of the account and revokes
//! its API keys: whoever resets a password may have lost control of the account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{ACCOUNTS, ACCOUNTS_AND_KEYS, Boot, Function, Grant, Setting, Throttle, run_route};
use sansfond_domain::Email;
use sansfond_domain::account::is_strong_enough;
use sansfond_domain::ports::{IdentityError, Passwords, RateCounters};
use sansfond_web::{Json, Problem, RateLimit, RoutePolicy, check_rate};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::earlier_access::EarlierAccess;

#[derive(Clone)]
struct Ports {
    passwords: Arc<dyn Passwords>,
    counters: Arc<dyn RateCounters>,
    earlier_access: EarlierAccess,
}

/// A password reset code and a new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetPasswordRequest {
    /// The email address of the account.
    #[schema(value_type = String, format = "email")]
    email: Email,
    /// The password reset code.
    #[schema(example = "123456")]
    code: String,
    /// At least 10 characters with an uppercase letter, a lowercase letter and a digit.
    #[schema(format = "password", min_length = 10)]
    password: String,
}

pub const FUNCTION: Function = Function {
    grants: &[
        Grant::UserPool(&["AdminGetUser", "AdminUserGlobalSignOut"]),
        Grant::Rows(&["GetItem", "Query", "UpdateItem", "PutItem", "ConditionCheckItem"], ACCOUNTS),
        Grant::Rows(&["DeleteItem"], ACCOUNTS_AND_KEYS),
    ],
    settings: &[Setting::PoolClientSecret],
    throttle: Some(Throttle::SIGN_IN),
    ..Function::route::<__path_handle>("reset_password", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let earlier_access = EarlierAccess::new(boot)?;
    let ports = Ports { passwords: boot.pool()?, counters: boot.table()?, earlier_access };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RoutePolicy::SIGN_IN)
}

/// Sets a new password with a reset code.
///
/// Ends all sessions of the account, revokes all its API keys, and tells the owner by email.
#[utoipa::path(post, path = "/api/auth/reset-password", tag = "account", request_body = ResetPasswordRequest,
    responses((status = 204, description = "The new password has been set. The user can now sign in.")))]
async fn handle(
    State(ports): State<Ports>,
    Json(given): Json<ResetPasswordRequest>,
) -> Result<StatusCode, Problem> {
    if !is_strong_enough(&given.password) {
        return Err(IdentityError::WeakPassword.into());
    }
    check_rate(&*ports.counters, RateLimit::ATTEMPTS, &given.email.digest()).await?;
    let account = ports.passwords.reset(given.email.as_str(), given.code.trim(), &given.password).await?;
    // The code has been used: after an error, repeating the request does not help.
    ports.earlier_access.end(&account, true).await?;
    Ok(StatusCode::NO_CONTENT)
}
