//! Who is calling: a person with a session cookie, a program with an API key, or nobody that we know.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use sansfond_domain::ports::{ApiKeys, RateCounters};
use sansfond_domain::{AccountId, KeyId};

use crate::token::TokenError;
use crate::{Code, Problem, Verifier, cookies, origin};
use sansfond_domain::api_key::Secret;

/// What the frame of a route needs to know callers and to count them.
pub struct Guard {
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
pub enum Proof {
    /// Who brings cookies proves that one of our pages asks. Programs without cookies need not.
    WithCookies,
    /// Everybody proves it, strangers and programs too: the route is there for our pages alone.
    Always,
}

/// How somebody has shown who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
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
    pub way: Way,
}

/// A person with a session: for what an API key must not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Their account.
    pub account: AccountId,
}

/// What the guard has found out; lies among the request's extensions.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    Nobody,
    Known(Caller),
    Refused(Code),
}

impl Guard {
    /// Who sends this request, and whether it may change anything.
    pub(crate) async fn look(
        &self,
        method: &Method,
        headers: &HeaderMap,
        proof: Proof,
    ) -> Result<Found, Problem> {
        if proof == Proof::Always && !origin::is_ours(method, headers, &self.site_origin, true) {
            return Err(Problem::new(Code::CrossSite).explain(
                "This is there for the pages of our site. Programs use POST /api/remove-background with an API key.",
                "Ceci est réservé aux pages de notre site. Les programmes utilisent POST /api/remove-background avec une clé d’API.",
            ));
        }
        if let Some(key) = presented_key(headers) {
            return self.by_key(&key).await;
        }
        let access = cookies::access(headers);
        if !origin::is_ours(method, headers, &self.site_origin, cookies::are_there(headers)) {
            let site = &self.site_origin;
            return Err(Problem::new(Code::CrossSite).explain(
                format!("Send the header “Origin: {site}”, or use an API key."),
                format!("Envoyez l’en-tête « Origin: {site} », ou utilisez une clé d’API."),
            ));
        }
        let Some(access) = access else { return Ok(Found::Nobody) };
        match self.verifier.access(access).await {
            Ok(account) => Ok(Found::Known(Caller { account, way: Way::Session })),
            Err(TokenError::Expired) => Ok(Found::Refused(Code::SessionExpired)),
            Err(TokenError::Invalid) => Ok(Found::Refused(Code::Unauthenticated)),
            Err(TokenError::NoKeys) => Err(Problem::new(Code::Unavailable).retry_after(5)),
        }
    }

    async fn by_key(&self, presented: &str) -> Result<Found, Problem> {
        let Some(secret) = Secret::parse(presented) else { return Ok(Found::Refused(Code::ApiKeyInvalid)) };
        Ok(match self.keys.by_hash(&secret.hash()).await? {
            Some(key) => Found::Known(Caller { account: key.account, way: Way::Key(key.id) }),
            None => Found::Refused(Code::ApiKeyInvalid),
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

impl Found {
    /// By whom requests are counted; `None` for somebody we do not know.
    pub(crate) fn subject(&self) -> Option<String> {
        match self {
            Self::Known(Caller { way: Way::Key(key), .. }) => Some(format!("apikey:{key}")),
            Self::Known(Caller { account, way: Way::Session }) => Some(format!("account:{account}")),
            Self::Nobody | Self::Refused(_) => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Found>() {
            Some(Found::Known(caller)) => Ok(caller.clone()),
            Some(Found::Refused(code)) => Err(Problem::new(*code)),
            Some(Found::Nobody) | None => Err(Problem::new(Code::Unauthenticated)),
        }
    }
}

impl<S: Sync> axum::extract::OptionalFromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        match parts.extensions.get::<Found>() {
            Some(Found::Known(caller)) => Ok(Some(caller.clone())),
            Some(Found::Refused(_) | Found::Nobody) | None => Ok(None),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        match caller.way {
            Way::Session => Ok(Self { account: caller.account }),
            Way::Key(_) => Err(Problem::new(Code::SessionNeeded)),
        }
    }
}
