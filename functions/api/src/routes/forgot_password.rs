//! `POST /api/auth/forgot-password`: sends a password reset code.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{Boot, Function, Setting, Throttle, run_route};
use sansfond_domain::ports::{Passwords, RateCounters};
use sansfond_web::{Json, Problem, RateLimit, RoutePolicy, check_rate};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::resend_code::EmailRequest;

#[derive(Clone)]
struct Ports {
    passwords: Arc<dyn Passwords>,
    counters: Arc<dyn RateCounters>,
}

pub const FUNCTION: Function = Function {
    settings: &[Setting::PoolClientSecret],
    throttle: Some(Throttle::SIGN_IN),
    ..Function::route::<__path_handle>("forgot_password", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let ports = Ports { passwords: boot.pool()?, counters: boot.table()? };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RoutePolicy::SIGN_IN)
}

/// Sends a password reset code.
///
/// The response is the same whether or not an account has this email address.
#[utoipa::path(post, path = "/api/auth/forgot-password", tag = "account", request_body = EmailRequest,
    responses((status = 202, description = "A code is sent if an account has this email address.")))]
async fn handle(State(ports): State<Ports>, Json(wanted): Json<EmailRequest>) -> Result<StatusCode, Problem> {
    check_rate(&*ports.counters, RateLimit::MAIL, &wanted.email.digest()).await?;
    ports.passwords.forgot(wanted.email.as_str()).await?;
    Ok(StatusCode::ACCEPTED)
}
