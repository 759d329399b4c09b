//! Authenticates requests: by the cookies of a session, by an API key, or as anonymous.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use sansfond_domain::ports::{ApiKeys, Balances, PortError, RateCounters};
use sansfond_domain::{AccountId, KeyId, Plan, Timestamp};
use sansfond_texts::request;

use crate::token::TokenError;
use crate::{Code, Problem, Verifier, cookies, now, origin};
use sansfond_domain::api_key::Secret;

/// The dependencies of authentication and rate limits.
pub struct AccessControl {
    /// Verifies the tokens of sessions.
    pub verifier: Verifier,
    /// Finds API keys.
    pub keys: Arc<dyn ApiKeys>,
    /// Counts requests.
    pub counters: Arc<dyn RateCounters>,
    /// Reads the plans of accounts, for the routes whose limit depends on them.
    pub balances: Arc<dyn Balances>,
    /// The free plan of this installation.
    pub free: Arc<Plan>,
    /// The origin of our site, as browsers send it: `https://example.com`.
    pub site_origin: String,
}

/// Which requests must prove that they come from a page of our site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginCheck {
    /// Requests with cookies. Programs without cookies need no proof.
    WithCookies,
    /// All requests, with or without cookies: the route serves only our own pages.
    Always,
}

/// How a caller has authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthMethod {
    /// With the cookies of a session.
    Session {
        /// The time at which the session's access token was issued, in whole seconds.
        issued_at: Timestamp,
    },
    /// With an API key.
    Key(KeyId),
}

/// An authenticated caller. The extractor rejects anonymous requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account of the caller.
    pub account: AccountId,
    /// How the caller has authenticated.
    pub auth_method: AuthMethod,
}

/// A caller with a session. The extractor rejects API keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The account of the caller.
    pub account: AccountId,
    /// The time at which the session's access token was issued, in whole seconds.
    pub issued_at: Timestamp,
}

/// The outcome of authentication, stored in the extensions of the request.
#[derive(Debug, Clone)]
pub(crate) enum Authentication {
    Anonymous,
    Authenticated(Caller),
    Rejected(Code),
}

impl AccessControl {
    /// Authenticates a request and checks its origin.
    pub(crate) async fn authenticate(
        &self,
        method: &Method,
        headers: &HeaderMap,
        origin_check: OriginCheck,
    ) -> Result<Authentication, Problem> {
        if origin_check == OriginCheck::Always && !origin::is_ours(method, headers, &self.site_origin, true) {
            return Err(Problem::new(Code::CrossSiteRequest).detail(request::site_only()));
        }
        if let Some(key) = presented_key(headers) {
            return self.by_key(&key).await;
        }
        let access = cookies::access(headers);
        if !origin::is_ours(method, headers, &self.site_origin, cookies::exist(headers)) {
            return Err(Problem::new(Code::CrossSiteRequest).detail(request::origin(&self.site_origin)));
        }
        let Some(access) = access else { return Ok(Authentication::Anonymous) };
        match self.verifier.access(access).await {
            Ok(Session { account, issued_at }) => Ok(Authentication::Authenticated(Caller {
                account,
                auth_method: AuthMethod::Session { issued_at },
            })),
            Err(TokenError::Expired) => Ok(Authentication::Rejected(Code::SessionExpired)),
            Err(TokenError::Invalid) => Ok(Authentication::Rejected(Code::Unauthenticated)),
            Err(TokenError::NoKeys) => Err(Problem::new(Code::Unavailable).retry_after(5)),
        }
    }

    /// The plan of an account.
    pub(crate) async fn plan(&self, account: &AccountId) -> Result<Plan, PortError> {
        Ok(Plan::in_force(self.balances.balance(account).await?.as_ref(), &self.free, now()))
    }

    async fn by_key(&self, presented: &str) -> Result<Authentication, Problem> {
        let Some(secret) = Secret::parse(presented) else {
            return Ok(Authentication::Rejected(Code::InvalidApiKey));
        };
        Ok(match self.keys.by_hash(&secret.hash()).await? {
            Some(key) => Authentication::Authenticated(Caller {
                account: key.account,
                auth_method: AuthMethod::Key(key.id),
            }),
            None => Authentication::Rejected(Code::InvalidApiKey),
        })
    }
}

/// `X-Api-Key: sf_…` or `Authorization: Bearer sf_…`.
fn presented_key(headers: &HeaderMap) -> Option<String> {
    if let Some(key) = headers.get("x-api-key") {
        return Some(key.to_str().unwrap_or_default().to_owned());
    }
    let bearer = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = bearer.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned())
}

impl Authentication {
    /// The account of the caller; `None` for anonymous requests.
    pub(crate) const fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Authenticated(Caller { account, .. }) => Some(account),
            Self::Anonymous | Self::Rejected(_) => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Authentication>() {
            Some(Authentication::Authenticated(caller)) => Ok(caller.clone()),
            Some(Authentication::Rejected(code)) => Err(Problem::new(*code)),
            Some(Authentication::Anonymous) | None => Err(Problem::new(Code::Unauthenticated)),
        }
    }
}

impl<S: Sync> axum::extract::OptionalFromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        match parts.extensions.get::<Authentication>() {
            Some(Authentication::Authenticated(caller)) => Ok(Some(caller.clone())),
            Some(Authentication::Rejected(_) | Authentication::Anonymous) | None => Ok(None),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        match caller.auth_method {
            AuthMethod::Session { issued_at } => Ok(Self { account: caller.account, issued_at }),
            AuthMethod::Key(_) => Err(Problem::new(Code::SessionRequired)),
        }
    }
}
