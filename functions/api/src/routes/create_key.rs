//! `POST /api/keys`: creates an API key. This is the only response that contains its secret.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{ACCOUNTS, ACCOUNTS_AND_KEYS, Boot, Function, Grant, run_route};
use sansfond_domain::KeyId;
use sansfond_domain::api_key::{ApiKey, MAX_KEYS, Secret};
use sansfond_domain::ports::{ApiKeys, KeyAdded};
use sansfond_texts::request;
use sansfond_web::{Code, Json, Problem, RateLimit, Session, now, random_bytes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::list_keys::KeyView;

/// A new API key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateApiKeyRequest)]
struct CreateKeyRequest {
    /// A label that helps you recognize the key: 1 to 60 characters.
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "my shop"
    )]
    label: String,
}

/// An API key with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedApiKey)]
struct CreatedKey {
    #[serde(flatten)]
    key: KeyView,
    /// The secret. It is shown only once; store it in a safe place.
    secret: String,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["UpdateItem"], ACCOUNTS), Grant::Rows(&["PutItem"], ACCOUNTS_AND_KEYS)],
    ..Function::route::<__path_handle>("create_key", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let keys: Arc<dyn ApiKeys> = boot.table()?;
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(keys), RateLimit::SENSITIVE)
}

/// Creates an API key.
///
/// The response contains the secret of the key. It is shown only once. The owner of the account is told by email.
#[utoipa::path(post, path = "/api/keys", tag = "keys", request_body = CreateKeyRequest, security(("session" = [])),
    responses((status = 201, body = CreatedKey, description = "The new API key.")))]
async fn handle(
    State(keys): State<Arc<dyn ApiKeys>>,
    session: Session,
    Json(wanted): Json<CreateKeyRequest>,
) -> Result<(StatusCode, axum::Json<CreatedKey>), Problem> {
    let label = wanted.label.trim();
    if !(1..=60).contains(&label.chars().count()) || label.chars().any(char::is_control) {
        return Err(Problem::new(Code::InvalidRequest).detail(request::label()));
    }
    let secret = Secret::mint(&random_bytes()?);
    let key = ApiKey {
        id: KeyId::mint(now(), &random_bytes()?),
        account: session.account,
        label: label.to_owned(),
        prefix: secret.prefix(),
        hash: secret.hash(),
        created_at: now(),
    };
    match keys.add(&key, session.issued_at).await? {
        KeyAdded::Added => {}
        KeyAdded::TooMany => return Err(Problem::new(Code::TooManyApiKeys).with("limit", MAX_KEYS)),
        KeyAdded::SessionOver => return Err(Problem::new(Code::Unauthenticated)),
    }
    let created = CreatedKey { key: key.into(), secret: secret.reveal().to_owned() };
    Ok((StatusCode::CREATED, axum::Json(created)))
}
