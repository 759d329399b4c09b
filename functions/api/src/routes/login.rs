//! `POST /api/auth/login`: beginning a session. The tokens go into cookies that no script can read.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, Throttle, run_route};
use sansfond_domain::ports::{Accounts, IdentityError, Login, RateCounters, Sessions, Tokens};
use sansfond_domain::{Account, AccountId, Email};
use sansfond_web::{
    Code, Json, Problem, RateLimit, RequestLanguage, TokenError, Verifier, check_rate, cookies, now,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::get_me::Profile;

/// In no account's name.
const SEPARATOR: char = ':';

#[derive(Clone)]
struct Ports {
    sessions: Arc<dyn Sessions>,
    accounts: Arc<dyn Accounts>,
    counters: Arc<dyn RateCounters>,
    verifier: Arc<Verifier>,
}

/// E-mail and password; or e-mail, `session` and `code` when a one-time code was wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    #[schema(value_type = String, format = "email", example = "demo@sansfond.test")]
    email: Email,
    #[schema(format = "password")]
    password: Option<String>,
    /// From the answer that wanted a code.
    session: Option<String>,
    /// The one-time code.
    code: Option<String>,
}

/// What comes after a login.
#[derive(Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
enum LoginResponse {
    /// The session has begun.
    SignedIn {
        /// Who it is.
        account: Profile,
    },
    /// A one-time code is wanted; send it with this `session`.
    CodeWanted {
        /// Goes back with the code.
        session: String,
    },
}

/// The function of this route.
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

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let table = boot.table()?;
    let verifier = Arc::new(boot.verifier()?);
    let ports = Ports { sessions: boot.pool()?, accounts: table.clone(), counters: table, verifier };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::SENSITIVE)
}

/// Begins a session.
#[utoipa::path(post, path = "/api/auth/login", tag = "account", request_body = LoginRequest,
    responses((status = 200, body = LoginResponse, description = "Two cookies hold the session, or a one-time code is wanted.")))]
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
                return Ok(axum::Json(LoginResponse::CodeWanted { session }).into_response());
            }
        },
        (None, Some(session), Some(code)) => {
            let (account, session) = read(&session)?;
            // Whoever writes other e-mails to it has no more tries at somebody's code.
            check_rate(&*ports.counters, RateLimit::ATTEMPTS, &format!("account:{account}")).await?;
            ports.sessions.answer_code(&account, session, code.trim()).await?
        }
        _ => {
            return Err(Problem::new(Code::InvalidRequest).explain(
                "Send “password”, or “session” and “code”.",
                "Envoyez « password », ou « session » et « code ».",
            ));
        }
    };
    let account = first_seen(&ports, &tokens, request_language).await?;
    let mut headers = HeaderMap::new();
    cookies::set(&mut headers, &account.id, &tokens).map_err(|error| Problem::internal(&error, false))?;
    Ok((headers, axum::Json(LoginResponse::SignedIn { account: Profile::from(account) })).into_response())
}

/// What [`LoginResponse::CodeWanted`] has told: whose code it is, which Cognito wants to hear by that name, and
/// Cognito's own session.
fn read(session: &str) -> Result<(AccountId, &str), Problem> {
    let parts = session.split_once(SEPARATOR);
    let parts = parts.and_then(|(account, session)| Some((account.parse().ok()?, session)));
    parts.ok_or_else(|| IdentityError::WrongCode.into())
}

/// The account's profile; written when it is seen for the first time.
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
