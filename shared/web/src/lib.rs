//! HTTP around a use case: authentication, rate limits, languages, problems and serving.
//!
//! Deliberately absent: rules, AWS, and code that only one route needs.

mod access_control;
mod address;
pub mod cookies;
mod etag;
mod extract;
mod language;
mod middleware;
mod origin;
mod page;
mod problem;
mod problem_texts;
mod random;
mod rate;
mod request_id;
pub mod serve;
mod token;

pub use access_control::{AccessControl, AuthMethod, Caller, OriginCheck, Session};
pub use address::behind_edge;
pub use etag::not_modified_or;
pub use extract::{IdempotencyKey, Json, Path, Query};
pub use jsonwebtoken::jwk::JwkSet;
pub use language::{RequestLanguage, supported_language};
pub use middleware::{public_route, with_middleware};
pub use page::{PageQuery, cursor, page_request};
pub use problem::{Code, Problem, ProblemBody};
pub use problem_texts::failure_text;
pub use random::random_bytes;
pub use rate::{AccountLimit, PlanInForce, RateLimit, RoutePolicy, check_rate, check_rate_or};
pub use sansfond_jobs::now;
pub use token::{KeySource, SignedInUser, TokenError, Verifier};

/// The version of this service: that of the workspace, and in a package the commit that it was built from, which
/// `infra/cross_build.sh` adds.
pub const VERSION: &str = match option_env!("SANSFOND_VERSION") {
    Some(with_commit) => with_commit,
    None => env!("CARGO_PKG_VERSION"),
};
