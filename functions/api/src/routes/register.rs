//! `POST /api/auth/register`: creates an account and sends a confirmation code to its email address.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{Boot, Function, Setting, Throttle, run_route};
use sansfond_domain::ports::{RateCounters, SignUp};
use sansfond_domain::{Email, Language};
use sansfond_web::{Json, Problem, RateLimit, RequestLanguage, RoutePolicy, check_rate, supported_language};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(Clone)]
struct Ports {
    sign_up: Arc<dyn SignUp>,
    counters: Arc<dyn RateCounters>,
}

/// An email address for a new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegisterRequest {
    /// The email address of the account.
    #[schema(value_type = String, format = "email", example = "ada@example.org")]
    email: Email,
    /// The language of messages and emails. Defaults to the language given in `Accept-Language`.
    #[schema(value_type = Option<crate::schemas::LanguageSchema>)]
    language: Option<Language>,
}

pub const FUNCTION: Function = Function {
    settings: &[Setting::PoolClientSecret],
    throttle: Some(Throttle::SIGN_IN),
    ..Function::route::<__path_handle>("register", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let ports = Ports { sign_up: boot.pool()?, counters: boot.table()? };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RoutePolicy::SIGN_IN)
}

/// Creates an account.
///
/// Sends a confirmation code to the email address. `POST /api/auth/confirm` then sets the password. The response is
/// the same whether or not the email address is already registered.
#[utoipa::path(post, path = "/api/auth/register", tag = "account", request_body = RegisterRequest,
    responses((status = 202, description = "A confirmation code is sent unless the email address is already confirmed.")))]
async fn handle(
    State(ports): State<Ports>,
    RequestLanguage(request_language): RequestLanguage,
    Json(wanted): Json<RegisterRequest>,
) -> Result<StatusCode, Problem> {
    let language = wanted.language.map_or(Ok(request_language), supported_language)?;
    check_rate(&*ports.counters, RateLimit::MAIL, &wanted.email.digest()).await?;
    ports.sign_up.register(wanted.email.as_str(), language).await?;
    Ok(StatusCode::ACCEPTED)
}
