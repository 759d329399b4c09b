//! `GET /api/me`: one's profile.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, run_route};
use sansfond_domain::ports::Accounts;
use sansfond_domain::{Account, Language};
use sansfond_web::{Caller, Code, Problem, RateLimit};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// An account as its owner sees it.
#[derive(Serialize, ToSchema)]
pub(super) struct Profile {
    id: String,
    email: String,
    #[schema(value_type = crate::schemas::LanguageSchema)]
    language: Language,
    created_at: String,
}

impl From<Account> for Profile {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.to_string(),
            email: account.email,
            language: account.language,
            created_at: account.created_at.to_rfc3339(),
        }
    }
}

/// The function of this route.
pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["GetItem"], ACCOUNTS)],
    ..Function::route::<__path_handle>("get_me", || run_route(router))
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

/// Who I am.
#[utoipa::path(get, path = "/api/me", tag = "account", security(("session" = []), ("key" = [])),
    responses((status = 200, body = Profile)))]
async fn handle(
    State(accounts): State<Arc<dyn Accounts>>,
    caller: Caller,
) -> Result<axum::Json<Profile>, Problem> {
    let account = accounts.account(&caller.account).await?;
    Ok(axum::Json(account.ok_or_else(|| Problem::new(Code::Unauthenticated))?.into()))
}
