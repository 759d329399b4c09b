//! `POST /api/auth/resend-code`: sends a new confirmation code.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{Boot, Function, Setting, Throttle, run_route};
use sansfond_domain::Email;
use sansfond_domain::ports::{RateCounters, SignUp};
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

/// The email address of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailRequest {
    /// The email address of the account.
    #[schema(value_type = String, format = "email")]
    pub(super) email: Email,
}

pub const FUNCTION: Function = Function {
    settings: &[Setting::PoolClientSecret],
    throttle: Some(Throttle::SIGN_IN),
    ..Function::route::<__path_handle>("resend_code", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let ports = Ports { sign_up: boot.pool()?, counters: boot.table()? };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RoutePolicy::SIGN_IN)
}

/// Sends a new confirmation code.
///
/// The response is the same whether or not an account with this email address is waiting for confirmation.
#[utoipa::path(post, path = "/api/auth/resend-code", tag = "account", request_body = EmailRequest,
    responses((status = 202, description = "A code is sent if the email address is waiting for confirmation.")))]
async fn handle(State(ports): State<Ports>, Json(wanted): Json<EmailRequest>) -> Result<StatusCode, Problem> {
    check_rate(&*ports.counters, RateLimit::MAIL, &wanted.email.digest()).await?;
    ports.sign_up.resend(wanted.email.as_str()).await?;
    Ok(StatusCode::ACCEPTED)
}
