//! `POST /api/auth/confirm`: confirms an email address with the code that was sent to it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{Boot, Function, Setting, Throttle, run_route};
use sansfond_domain::Email;
use sansfond_domain::ports::{RateCounters, SignUp};
use sansfond_web::{Json, Problem, RateLimit, check_rate};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(Clone)]
struct Ports {
    sign_up: Arc<dyn SignUp>,
    counters: Arc<dyn RateCounters>,
}

/// An email address and the confirmation code that was sent to it.
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
}

pub const FUNCTION: Function = Function {
    settings: &[Setting::PoolClientSecret],
    throttle: Some(Throttle::SIGN_IN),
    ..Function::route::<__path_handle>("confirm", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let ports = Ports { sign_up: boot.pool()?, counters: boot.table()? };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::SENSITIVE)
}

/// Confirms the email address of a new account.
#[utoipa::path(post, path = "/api/auth/confirm", tag = "account", request_body = ConfirmRequest,
    responses((status = 204, description = "The email address has been confirmed. The user can now sign in.")))]
async fn handle(
    State(ports): State<Ports>,
    Json(given): Json<ConfirmRequest>,
) -> Result<StatusCode, Problem> {
    check_rate(&*ports.counters, RateLimit::ATTEMPTS, &given.email.digest()).await?;
    ports.sign_up.confirm(given.email.as_str(), given.code.trim()).await?;
    Ok(StatusCode::NO_CONTENT)
}
