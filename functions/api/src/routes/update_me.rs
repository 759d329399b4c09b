//! `PATCH /api/me`: changing one's profile.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, run_route};
use sansfond_domain::Language;
use sansfond_domain::ports::Accounts;
use sansfond_web::{Code, Json, Problem, RateLimit, Session, supported_language};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::get_me::Profile;

/// What shall change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateProfileRequest {
    /// `en` or `fr`.
    #[schema(value_type = crate::schemas::LanguageSchema)]
    language: Language,
}

/// The function of this route.
pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["GetItem", "UpdateItem"], ACCOUNTS)],
    ..Function::route::<__path_handle>("update_me", || run_route(router))
};

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let accounts: Arc<dyn Accounts> = boot.table()?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(accounts),
        RateLimit::ORDINARY,
    )
}

/// Changes the language.
#[utoipa::path(patch, path = "/api/me", tag = "account", request_body = UpdateProfileRequest, security(("session" = [])),
    responses((status = 200, body = Profile)))]
async fn handle(
    State(accounts): State<Arc<dyn Accounts>>,
    session: Session,
    Json(change): Json<UpdateProfileRequest>,
) -> Result<axum::Json<Profile>, Problem> {
    accounts.set_language(&session.account, supported_language(change.language)?).await?;
    let account = accounts.account(&session.account).await?;
    Ok(axum::Json(account.ok_or_else(|| Problem::new(Code::Unauthenticated))?.into()))
}
