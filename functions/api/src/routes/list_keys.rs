//! `GET /api/keys`: lists the API keys of the account, without their secrets.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, run_route};
use sansfond_domain::ApiKey;
use sansfond_domain::ports::ApiKeys;
use sansfond_web::{Problem, RateLimit, Session};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// An API key.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(super) struct KeyView {
    /// The ID of the key.
    id: String,
    /// The label of the key.
    label: String,
    /// The first characters of the secret.
    #[schema(example = "sf_1a2b3c4")]
    prefix: String,
    /// Time of creation (RFC 3339).
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            label: key.label,
            prefix: key.prefix,
            created_at: key.created_at.to_rfc3339(),
        }
    }
}

/// The API keys of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeyList)]
struct KeyList {
    /// All keys that have not been revoked.
    keys: Vec<KeyView>,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["Query"], ACCOUNTS)],
    ..Function::route::<__path_handle>("list_keys", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let keys: Arc<dyn ApiKeys> = boot.table()?;
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(keys), RateLimit::ORDINARY)
}

/// Lists the API keys of the account.
#[utoipa::path(get, path = "/api/keys", tag = "keys", security(("session" = [])),
    responses((status = 200, body = KeyList, description = "The API keys.")))]
async fn handle(
    State(keys): State<Arc<dyn ApiKeys>>,
    session: Session,
) -> Result<axum::Json<KeyList>, Problem> {
    let keys = keys.keys(&session.account).await?.into_iter().map(KeyView::from).collect();
    Ok(axum::Json(KeyList { keys }))
}
