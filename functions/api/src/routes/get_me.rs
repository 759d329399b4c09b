//! `GET /api/me`: returns the account of the caller.

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

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct Profile {
    /// The ID of the account.
    id: String,
    /// The email address used to sign in.
    email: String,
    /// The language of messages and emails.
    #[schema(value_type = crate::schemas::LanguageSchema)]
    language: Language,
    /// Time of registration (RFC 3339).
    #[schema(format = DateTime)]
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

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["GetItem"], ACCOUNTS)],
    ..Function::route::<__path_handle>("get_me", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let accounts: Arc<dyn Accounts> = boot.table()?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(accounts),
        RateLimit::ORDINARY,
    )
}

/// Returns the account.
#[utoipa::path(get, path = "/api/me", tag = "account", security(("session" = []), ("api_key" = [])),
    responses((status = 200, body = Profile, description = "The account.")))]
async fn handle(
    State(accounts): State<Arc<dyn Accounts>>,
    caller: Caller,
) -> Result<axum::Json<Profile>, Problem> {
    let account = accounts.account(&caller.account).await?;
    Ok(axum::Json(account.ok_or_else(|| Problem::new(Code::Unauthenticated))?.into()))
}
