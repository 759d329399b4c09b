//! `PATCH /api/me`: updates the account.

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

/// The fields to update.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateAccountRequest)]
struct UpdateProfileRequest {
    /// The language of messages and emails.
    #[schema(value_type = crate::schemas::LanguageSchema)]
    language: Language,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["GetItem", "UpdateItem"], ACCOUNTS)],
    ..Function::route::<__path_handle>("update_me", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let accounts: Arc<dyn Accounts> = boot.table()?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(accounts),
        RateLimit::ORDINARY,
    )
}

/// Updates the account.
#[utoipa::path(patch, path = "/api/me", tag = "account", request_body = UpdateProfileRequest, security(("session" = [])),
    responses((status = 200, body = Profile, description = "The updated account.")))]
async fn handle(
    State(accounts): State<Arc<dyn Accounts>>,
    session: Session,
    Json(change): Json<UpdateProfileRequest>,
) -> Result<axum::Json<Profile>, Problem> {
    accounts.set_language(&session.account, supported_language(change.language)?).await?;
    let account = accounts.account(&session.account).await?;
    Ok(axum::Json(account.ok_or_else(|| Problem::new(Code::Unauthenticated))?.into()))
}
