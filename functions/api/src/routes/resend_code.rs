//! `POST /api/auth/resend-code`: another code to confirm an e-mail.

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

/// Where a code shall go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailRequest {
    #[schema(value_type = String, format = "email")]
    pub(super) email: Email,
}

/// The function of this route.
pub const FUNCTION: Function = Function {
    settings: &[Setting::PoolClientSecret],
    throttle: Some(Throttle::SIGN_IN),
    ..Function::route::<__path_handle>("resend_code", || run_route(router))
};

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let ports = Ports { sign_up: boot.pool()?, counters: boot.table()? };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::SENSITIVE)
}

/// Sends another code, if somebody with that e-mail waits for one.
#[utoipa::path(post, path = "/api/auth/resend-code", tag = "account", request_body = EmailRequest,
    responses((status = 202, description = "A code is on its way, if it is needed.")))]
async fn handle(State(ports): State<Ports>, Json(wanted): Json<EmailRequest>) -> Result<StatusCode, Problem> {
    check_rate(&*ports.counters, RateLimit::MAIL, &wanted.email.digest()).await?;
    ports.sign_up.resend(wanted.email.as_str()).await?;
    Ok(StatusCode::ACCEPTED)
}
