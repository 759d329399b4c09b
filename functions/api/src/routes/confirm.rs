//! `POST /api/auth/confirm`: confirms an email address with the code that was sent to it, and sets the password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{Boot, Function, Grant, Setting, Throttle, run_route};
use sansfond_domain::Email;
use sansfond_domain::account::is_strong_enough;
use sansfond_domain::ports::{IdentityError, RateCounters, SignUp};
use sansfond_web::{Json, Problem, RateLimit, RoutePolicy, check_rate};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(Clone)]
struct Ports {
    sign_up: Arc<dyn SignUp>,
    counters: Arc<dyn RateCounters>,
}

/// An email address, the confirmation code that was sent to it, and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConfirmEmailRequest)]
struct ConfirmRequest {
    /// The email address of the account.
    #[schema(value_type = String, format = "email")]
    email: Email,
    /// The confirmation code.
    #[schema(example = "123456")]
    code: String,
    /// At least 10 characters with an uppercase letter, a lowercase letter and a digit.
    #[schema(format = "password", min_length = 10)]
    password: String,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::UserPool(&["AdminSetUserPassword"])],
    settings: &[Setting::PoolClientSecret],
    throttle: Some(Throttle::SIGN_IN),
    ..Function::route::<__path_handle>("confirm", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let ports = Ports { sign_up: boot.pool()?, counters: boot.table()? };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RoutePolicy::SIGN_IN)
}

/// Confirms the email address of a new account and sets its password.
#[utoipa::path(post, path = "/api/auth/confirm", tag = "account", request_body = ConfirmRequest,
    responses((status = 204, description = "The email address has been confirmed. The user can now sign in.")))]
async fn handle(
    State(ports): State<Ports>,
    Json(given): Json<ConfirmRequest>,
) -> Result<StatusCode, Problem> {
    if !is_strong_enough(&given.password) {
        return Err(IdentityError::WeakPassword.into());
    }
    check_rate(&*ports.counters, RateLimit::ATTEMPTS, &given.email.digest()).await?;
    ports.sign_up.confirm(given.email.as_str(), given.code.trim(), &given.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
