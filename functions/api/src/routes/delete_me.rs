//! `DELETE /api/me`: deletes the account. Profile, jobs, credits, API keys, files and sign-in are deleted in this
//! order: without the profile nothing new is accepted. After an interruption the user can repeat the request, or sign in
//! a quarter of an hour later and repeat it then.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sansfond_boot::{ACCOUNTS, ACCOUNTS_AND_KEYS, Boot, Function, Grant, run_route};
use sansfond_domain::ports::{AccountRemoval, Accounts, Files, Records};
use sansfond_domain::{Email, storage_key};
use sansfond_texts::account;
use sansfond_web::{Code, Json, Problem, RateLimit, Session, cookies, now};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(Clone)]
struct Ports {
    accounts: Arc<dyn Accounts>,
    files: Arc<dyn Files>,
    records: Arc<dyn Records>,
    removal: Arc<dyn AccountRemoval>,
}

/// The email address of the account, to confirm the deletion.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeleteAccountRequest {
    /// The email address of the account.
    #[schema(value_type = String, format = "email")]
    email: Email,
}

pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["Query", "GetItem", "PutItem"], ACCOUNTS),
        Grant::Rows(&["BatchWriteItem"], ACCOUNTS_AND_KEYS),
        Grant::List(&["uploads", "videos", "results", "exports"]),
        Grant::Objects(&["DeleteObject"], &["uploads", "videos", "results", "exports"]),
        Grant::UserPool(&["AdminDeleteUser"]),
    ],
    ..Function::route::<__path_handle>("delete_me", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let table = boot.table()?;
    let ports =
        Ports { accounts: table.clone(), files: boot.bucket()?, records: table, removal: boot.pool()? };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::SENSITIVE)
}

/// Deletes the account.
///
/// Deletes the account with its files, jobs, credits and API keys immediately. This cannot be undone.
#[utoipa::path(delete, path = "/api/me", tag = "account", request_body = DeleteAccountRequest, security(("session" = [])),
    responses((status = 204, description = "The account has been deleted.")))]
async fn handle(
    State(ports): State<Ports>,
    session: Session,
    Json(confirmation): Json<DeleteAccountRequest>,
) -> Result<Response, Problem> {
    let account = &session.account;
    let known = ports.accounts.account(account).await?;
    if known.is_some_and(|known| !known.email.eq_ignore_ascii_case(confirmation.email.as_str())) {
        return Err(Problem::new(Code::InvalidRequest).detail(account::email_differs()));
    }
    ports.records.erase(account, now()).await?;
    for folder in storage_key::of_account(account) {
        ports.files.delete_folder(&folder).await?;
    }
    ports.removal.delete_user(account).await?;
    let mut headers = HeaderMap::new();
    cookies::clear(&mut headers);
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
