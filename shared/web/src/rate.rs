//! Rate limits, counted in fixed windows.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use sansfond_domain::Plan;
use sansfond_domain::ports::RateCounters;
use sansfond_texts::{Message, request};

use crate::{Code, OriginCheck, Problem, now};

/// A maximum number of requests in a time window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The name in the headers and in the table.
    pub name: &'static str,
    /// The maximum number of requests.
    pub requests: u32,
    /// The length of the window.
    pub window: Duration,
}

impl RateLimit {
    /// For routes that do little work.
    pub const ORDINARY: Self = Self { name: "ordinary", requests: 240, window: Duration::from_secs(60) };
    /// For routes with passwords and codes.
    pub const SENSITIVE: Self =
        Self { name: "sensitive", requests: 60, window: Duration::from_secs(15 * 60) };
    /// For attempts at the password or code of one email address.
    pub const ATTEMPTS: Self = Self { name: "attempts", requests: 10, window: Duration::from_secs(15 * 60) };
    /// For images that the site fetches or previews.
    pub const COSTLY: Self = Self { name: "costly", requests: 60, window: Duration::from_secs(60) };
    /// For exports of an account.
    pub const EXPORT: Self = Self { name: "export", requests: 5, window: Duration::from_secs(60 * 60) };
    /// For anonymous downloads from links.
    pub const FETCH: Self = Self { name: "fetch", requests: 20, window: Duration::from_secs(10 * 60) };
    /// For requests that send an email.
    pub const MAIL: Self = Self { name: "mail", requests: 5, window: Duration::from_secs(60 * 60) };
}

impl RateLimit {
    /// A plan's limit for requests that create or retry a job.
    #[must_use]
    pub const fn of_plan(plan: &Plan) -> Self {
        Self { name: "jobs", requests: plan.job_requests_per_minute, window: Duration::from_secs(60) }
    }
}

/// The limit for an authenticated caller.
#[derive(Debug, Clone, Copy)]
pub enum AccountLimit {
    /// The same for every account.
    Fixed(RateLimit),
    /// The limit of the account's plan, [`RateLimit::of_plan`]. The route receives the plan as [`PlanInForce`].
    OfPlan,
}

/// The checks of a route before its own work.
#[derive(Debug, Clone, Copy)]
pub struct RoutePolicy {
    /// The limit for an authenticated caller.
    pub authenticated: AccountLimit,
    /// The limit for an address with anonymous requests.
    pub anonymous: RateLimit,
    /// Which requests must prove that they come from our site.
    pub origin_check: OriginCheck,
    /// Whether all requests are counted by their address, whoever sends them.
    pub by_address: bool,
    /// The detail of the problem when the limit is exceeded, in addition to the time of the next attempt.
    pub too_often: Option<fn() -> Message>,
}

impl RoutePolicy {
    /// The policy of the routes that sign in and up. They are counted by their address: otherwise an attacker with
    /// accounts of their own would have an additional limit with each of them.
    pub const SIGN_IN: Self = Self {
        authenticated: AccountLimit::Fixed(RateLimit::SENSITIVE),
        anonymous: RateLimit::SENSITIVE,
        origin_check: OriginCheck::WithCookies,
        by_address: true,
        too_often: None,
    };

    /// The policy of the routes that create or retry jobs.
    pub const JOBS: Self = Self {
        authenticated: AccountLimit::OfPlan,
        anonymous: RateLimit::ORDINARY,
        origin_check: OriginCheck::WithCookies,
        by_address: false,
        too_often: None,
    };
}

impl From<RateLimit> for RoutePolicy {
    /// The default policy.
    fn from(limit: RateLimit) -> Self {
        Self {
            authenticated: AccountLimit::Fixed(limit),
            anonymous: limit,
            origin_check: OriginCheck::WithCookies,
            by_address: false,
            too_often: None,
        }
    }
}

/// The plan of the caller's account, for the routes with [`RoutePolicy::JOBS`].
#[derive(Debug, Clone)]
pub struct PlanInForce(pub Plan);

impl<S: Sync> FromRequestParts<S> for PlanInForce {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only requests of a caller have a plan.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::new(Code::Unauthenticated))
    }
}

/// The state of a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimitState {
    limit: RateLimit,
    used: u32,
    reset_s: u64,
}

impl RateLimitState {
    pub(crate) const fn is_exceeded(self) -> bool {
        self.used > self.limit.requests
    }

    pub(crate) fn problem(self) -> Problem {
        Problem::new(Code::RateLimited).retry_after(self.reset_s).with("limit", self.limit.requests)
    }

    /// Sets `RateLimit-Policy` and `RateLimit` (IETF draft).
    pub(crate) fn announce(self, headers: &mut HeaderMap) {
        let RateLimit { name, requests, window } = self.limit;
        let policy = format!("\"{name}\";q={requests};w={}", window.as_secs());
        let left = requests.saturating_sub(self.used);
        let standing = format!("\"{name}\";r={left};t={}", self.reset_s);
        for (header, value) in [("ratelimit-policy", policy), ("ratelimit", standing)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(header, value);
            }
        }
    }
}

pub(crate) async fn count(
    counters: &dyn RateCounters,
    limit: RateLimit,
    subject: &str,
) -> Result<RateLimitState, sansfond_domain::ports::PortError> {
    let now = now();
    let used = counters.count(&format!("{}#{subject}", limit.name), limit.window, now).await?;
    let window = limit.window.as_secs().max(1);
    let into = u64::try_from(now.seconds()).unwrap_or_default() % window;
    Ok(RateLimitState { limit, used, reset_s: window - into })
}

/// Counts a request against a limit in addition to that of the route. If the table does not respond, the request is
/// rejected, so that passwords cannot be guessed meanwhile.
///
/// # Errors
/// The problem of the response.
pub async fn check_rate(counters: &dyn RateCounters, limit: RateLimit, subject: &str) -> Result<(), Problem> {
    let standing = count(counters, limit, subject).await?;
    let minutes = standing.reset_s.div_ceil(60);
    if standing.is_exceeded() {
        Err(standing.problem().detail(request::try_again_later(minutes)))
    } else {
        Ok(())
    }
}

/// As [`check_rate`], with another text.
///
/// # Errors
/// The problem of the response.
pub async fn check_rate_or(
    counters: &dyn RateCounters,
    limit: RateLimit,
    subject: &str,
    too_often: fn() -> Message,
) -> Result<(), Problem> {
    let standing = count(counters, limit, subject).await?;
    if standing.is_exceeded() { Err(standing.problem().detail(too_often())) } else { Ok(()) }
}
