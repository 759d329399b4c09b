//! `POST /api/auth/login`: starts a session. The tokens are stored in `HttpOnly` cookies.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, Throttle, run_route};
use sansfond_domain::ports::{Accounts, IdentityError, Login, RateCounters, Sessions, Tokens};
use sansfond_domain::{Account, AccountId, Email};
use sansfond_texts::account;
use sansfond_web::{
    Code, Json, Problem, RateLimit, RequestLanguage, RoutePolicy, TokenError, Verifier, check_rate, cookies,
    now,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::get_me::Profile;

/// No account ID contains this character.
const SEPARATOR: char = ':';

#[derive(Clone)]
struct Ports {
    sessions: Arc<dyn Sessions>,
    accounts: Arc<dyn Accounts>,
    counters: Arc<dyn RateCounters>,
    verifier: Arc<Verifier>,
}

/// An email address and a password or, if a one-time code is required, an email address, `session`
/// and `code`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    /// The email address of the account.
    #[schema(value_type = String, format = "email", example = "demo@sansfond.test")]
    email: Email,
    /// The password.
    #[schema(format = "password")]
    password: Option<String>,
    /// The `session` from the response that asked for a code.
    session: Option<String>,
    /// The one-time code.
    code: Option<String>,
}

/// The outcome of a sign-in request.
#[derive(Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
enum LoginResponse {
    /// The session has started.
    SignedIn { account: Profile },
    /// A one-time code is required. Send it together with `session`.
    CodeRequired {
        /// Identifies this sign-in attempt. Send it back with the code.
        session: String,
    },
}

pub const FUNCTION: Function = Function {
    grants: &[
        Grant::UserPool(&["AdminInitiateAuth", "AdminRespondToAuthChallenge"]),
        Grant::Rows(&["GetItem", "PutItem"], ACCOUNTS),
    ],
    settings: &[Setting::PoolClientSecret],
    throttle: Some(Throttle::SIGN_IN),
    gradual: true,
    ..Function::route::<__path_handle>("login", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let table = boot.table()?;
    let verifier = Arc::new(boot.verifier()?);
    let ports = Ports { sessions: boot.pool()?, accounts: table.clone(), counters: table, verifier };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RoutePolicy::SIGN_IN)
}

/// Signs in.
///
/// Send `email` and `password`. If the status of the response is `code_required`, send `email`, `session` and the
/// one-time `code`. If the status is `signed_in`, the response also sets two `HttpOnly` cookies that hold the
/// session.
#[utoipa::path(post, path = "/api/auth/login", tag = "account", request_body = LoginRequest,
    responses((status = 200, body = LoginResponse, description = "The session has started, or a one-time code is required.")))]
async fn handle(
    State(ports): State<Ports>,
    RequestLanguage(request_language): RequestLanguage,
    Json(given): Json<LoginRequest>,
) -> Result<Response, Problem> {
    check_rate(&*ports.counters, RateLimit::ATTEMPTS, &given.email.digest()).await?;
    let email = given.email.as_str();
    let tokens = match (given.password, given.session, given.code) {
        (Some(password), None, None) => match ports.sessions.login(email, &password).await? {
            Login::Session(tokens) => tokens,
            Login::CodeWanted { account, session } => {
                let session = format!("{account}{SEPARATOR}{session}");
                return Ok(axum::Json(LoginResponse::CodeRequired { session }).into_response());
            }
        },
        (None, Some(session), Some(code)) => {
            let (account, session) = read(&session)?;
            // Counted per account, so that requests with other email addresses do not allow more attempts.
            check_rate(&*ports.counters, RateLimit::ATTEMPTS, &format!("account:{account}")).await?;
            ports.sessions.answer_code(&account, session, code.trim()).await?
        }
        _ => {
            return Err(Problem::new(Code::InvalidRequest).detail(account::sign_in_fields()));
        }
    };
    let account = first_seen(&ports, &tokens, request_language).await?;
    let mut headers = HeaderMap::new();
    cookies::set(&mut headers, &account.id, &tokens).map_err(|error| Problem::internal(&error, false))?;
    Ok((headers, axum::Json(LoginResponse::SignedIn { account: Profile::from(account) })).into_response())
}

/// Splits the `session` of [`LoginResponse::CodeRequired`] into the account, which Cognito expects as the user name,
/// and Cognito's own session.
fn read(session: &str) -> Result<(AccountId, &str), Problem> {
    let parts = session.split_once(SEPARATOR);
    let parts = parts.and_then(|(account, session)| Some((account.parse().ok()?, session)));
    parts.ok_or_else(|| IdentityError::WrongCode.into())
}

/// Returns the account. The first sign-in creates it.
async fn first_seen(
    ports: &Ports,
    tokens: &Tokens,
    request_language: sansfond_domain::Language,
) -> Result<Account, Problem> {
    let person = ports.verifier.id(&tokens.id).await.map_err(|error| match error {
        TokenError::NoKeys => Problem::new(Code::Unavailable).retry_after(5),
        TokenError::Expired | TokenError::Invalid => Problem::internal(&error, false),
    })?;
    if let Some(account) = ports.accounts.account(&person.account).await? {
        return Ok(account);
    }
    let account = Account {
        id: person.account,
        email: person.email,
        language: person.language.unwrap_or(request_language),
        created_at: now(),
    };
    ports.accounts.create(&account).await?;
    Ok(account)
}
