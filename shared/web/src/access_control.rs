//! Who is calling: a person with a session cookie, a program with an API key, or nobody that we know.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use sansfond_domain::ports::{ApiKeys, RateCounters};
use sansfond_domain::{AccountId, KeyId};
use sansfond_texts::request;

use crate::token::TokenError;
use crate::{Code, Problem, Verifier, cookies, origin};
use sansfond_domain::api_key::Secret;

/// What the frame of a route needs to know callers and to count them.
pub struct AccessControl {
    /// Sessions.
    pub verifier: Verifier,
    /// API keys.
    pub keys: Arc<dyn ApiKeys>,
    /// Requests.
    pub counters: Arc<dyn RateCounters>,
    /// Our site, as browsers write it: `https://example.com`.
    pub site_origin: String,
}

/// Whose pages may make a browser send a request that changes something, or costs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginCheck {
    /// Who brings cookies proves that one of our pages asks. Programs without cookies need not.
    WithCookies,
    /// Everybody proves it, strangers and programs too: the route is there for our pages alone.
    Always,
}

/// How somebody has shown who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthMethod {
    /// By the cookies of a session.
    Session,
    /// By an API key.
    Key(KeyId),
}

/// Somebody we know. Extracting it refuses everybody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Their account.
    pub account: AccountId,
    /// How we know.
    pub auth_method: AuthMethod,
}

/// A person with a session: for what an API key must not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Their account.
    pub account: AccountId,
}

/// What the guard has found out; lies among the request's extensions.
#[derive(Debug, Clone)]
pub(crate) enum Authentication {
    Nobody,
    CachedKeys(Caller),
    Refused(Code),
}

impl AccessControl {
    /// Who sends this request, and whether it may change anything.
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
        if !origin::is_ours(method, headers, &self.site_origin, cookies::are_there(headers)) {
            return Err(Problem::new(Code::CrossSiteRequest).detail(request::origin(&self.site_origin)));
        }
        let Some(access) = access else { return Ok(Authentication::Nobody) };
        match self.verifier.access(access).await {
            Ok(account) => {
                Ok(Authentication::CachedKeys(Caller { account, auth_method: AuthMethod::Session }))
            }
            Err(TokenError::Expired) => Ok(Authentication::Refused(Code::SessionExpired)),
            Err(TokenError::Invalid) => Ok(Authentication::Refused(Code::Unauthenticated)),
            Err(TokenError::NoKeys) => Err(Problem::new(Code::Unavailable).retry_after(5)),
        }
    }

    async fn by_key(&self, presented: &str) -> Result<Authentication, Problem> {
        let Some(secret) = Secret::parse(presented) else {
            return Ok(Authentication::Refused(Code::InvalidApiKey));
        };
        Ok(match self.keys.by_hash(&secret.hash()).await? {
            Some(key) => Authentication::CachedKeys(Caller {
                account: key.account,
                auth_method: AuthMethod::Key(key.id),
            }),
            None => Authentication::Refused(Code::InvalidApiKey),
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
    /// By whom requests are counted; `None` for somebody we do not know.
    pub(crate) fn subject(&self) -> Option<String> {
        match self {
            Self::CachedKeys(Caller { auth_method: AuthMethod::Key(key), .. }) => {
                Some(format!("apikey:{key}"))
            }
            Self::CachedKeys(Caller { account, auth_method: AuthMethod::Session }) => {
                Some(format!("account:{account}"))
            }
            Self::Nobody | Self::Refused(_) => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Authentication>() {
            Some(Authentication::CachedKeys(caller)) => Ok(caller.clone()),
            Some(Authentication::Refused(code)) => Err(Problem::new(*code)),
            Some(Authentication::Nobody) | None => Err(Problem::new(Code::Unauthenticated)),
        }
    }
}

impl<S: Sync> axum::extract::OptionalFromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        match parts.extensions.get::<Authentication>() {
            Some(Authentication::CachedKeys(caller)) => Ok(Some(caller.clone())),
            Some(Authentication::Refused(_) | Authentication::Nobody) | None => Ok(None),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        match caller.auth_method {
            AuthMethod::Session => Ok(Self { account: caller.account }),
            AuthMethod::Key(_) => Err(Problem::new(Code::SessionRequired)),
        }
    }
}
