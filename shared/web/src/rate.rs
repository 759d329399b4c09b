//! How often somebody may call, counted in fixed windows.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use sansfond_domain::ports::RateCounters;
use sansfond_texts::{Message, request};

use crate::{Code, OriginCheck, Problem, now};

/// So many requests in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Its name in the headers and in the table.
    pub name: &'static str,
    /// How many.
    pub requests: u32,
    /// In how long.
    pub window: Duration,
}

impl RateLimit {
    /// For routes that change or read little.
    pub const ORDINARY: Self = Self { name: "ordinary", requests: 240, window: Duration::from_secs(60) };
    /// For everything that has to do with passwords and codes, by address.
    pub const SENSITIVE: Self =
        Self { name: "sensitive", requests: 60, window: Duration::from_secs(15 * 60) };
    /// For tries at one e-mail's password or code.
    pub const ATTEMPTS: Self = Self { name: "attempts", requests: 10, window: Duration::from_secs(15 * 60) };
    /// For work that costs.
    pub const COSTLY: Self = Self { name: "costly", requests: 60, window: Duration::from_secs(60) };
    /// For exports, which carry everything of an account.
    pub const EXPORT: Self = Self { name: "export", requests: 5, window: Duration::from_secs(60 * 60) };
    /// For pictures that we fetch for a stranger.
    pub const FETCH: Self = Self { name: "fetch", requests: 20, window: Duration::from_secs(10 * 60) };
    /// For mails that go to a third person.
    pub const MAIL: Self = Self { name: "mail", requests: 5, window: Duration::from_secs(60 * 60) };
}

/// What a route asks of whoever calls it, before its own work.
#[derive(Debug, Clone, Copy)]
pub struct RoutePolicy {
    /// How often a person or a program may call.
    pub known: RateLimit,
    /// How often an address may call of which we know nothing more.
    pub strangers: RateLimit,
    /// Who has to prove that one of our pages asks.
    pub origin_check: OriginCheck,
    /// What somebody who calls too often is told beside when to come back.
    pub too_often: Option<fn() -> Message>,
}

impl From<RateLimit> for RoutePolicy {
    /// The usual ones.
    fn from(limit: RateLimit) -> Self {
        Self { known: limit, strangers: limit, origin_check: OriginCheck::WithCookies, too_often: None }
    }
}

/// What is left of a limit.
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

    /// `RateLimit-Policy` and `RateLimit`, as the IETF's draft has them.
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

/// Counts one more try of a subject, for limits beside that of the route. Here a table that does not
/// answer is a refusal: nobody guesses passwords meanwhile.
///
/// # Errors
/// The problem to answer with.
pub async fn check_rate(counters: &dyn RateCounters, limit: RateLimit, subject: &str) -> Result<(), Problem> {
    let standing = count(counters, limit, subject).await?;
    let minutes = standing.reset_s.div_ceil(60);
    if standing.is_exceeded() {
        Err(standing.problem().detail(request::try_again_later(minutes)))
    } else {
        Ok(())
    }
}

/// The same, with other words for who is refused.
///
/// # Errors
/// The problem to answer with.
pub async fn check_rate_or(
    counters: &dyn RateCounters,
    limit: RateLimit,
    subject: &str,
    too_often: fn() -> Message,
) -> Result<(), Problem> {
    let standing = count(counters, limit, subject).await?;
    if standing.is_exceeded() { Err(standing.problem().detail(too_often())) } else { Ok(()) }
}
