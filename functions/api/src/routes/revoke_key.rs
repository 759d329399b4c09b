//! `DELETE /api/keys/{id}`: revokes an API key immediately.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{ACCOUNTS, ACCOUNTS_AND_KEYS, Boot, Function, Grant, run_route};
use sansfond_domain::KeyId;
use sansfond_domain::ports::ApiKeys;
use sansfond_web::{Code, Path, Problem, RateLimit, Session};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem", "UpdateItem"], ACCOUNTS),
        Grant::Rows(&["DeleteItem"], ACCOUNTS_AND_KEYS),
    ],
    ..Function::route::<__path_handle>("revoke_key", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let keys: Arc<dyn ApiKeys> = boot.table()?;
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(keys), RateLimit::ORDINARY)
}

/// Revokes an API key immediately.
#[utoipa::path(delete, path = "/api/keys/{id}", tag = "keys", security(("session" = [])),
    params(("id" = String, Path, description = "The ID of the API key.")),
    responses((status = 204, description = "The API key has been revoked.")))]
async fn handle(
    State(keys): State<Arc<dyn ApiKeys>>,
    session: Session,
    Path(id): Path<KeyId>,
) -> Result<StatusCode, Problem> {
    let revoked = keys.revoke(&session.account, &id).await?;
    if revoked { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::new(Code::NotFound)) }
}
