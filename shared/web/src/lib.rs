//! HTTP around a use case: who is calling, how often, in which language; problems; serving.
//!
//! Deliberately absent: rules, AWS, and anything that a single route needs alone.

mod address;
pub mod cookies;
mod etag;
mod extract;
mod frame;
mod guard;
mod language;
mod origin;
mod page;
mod problem;
mod problem_texts;
mod random;
mod rate;
pub mod serve;
mod token;

pub use address::behind_edge;
pub use etag::not_modified_or;
pub use extract::{IdempotencyKey, Json, Path, Query};
pub use frame::{bare, framed};
pub use guard::{Caller, Guard, Proof, Session, Way};
pub use jsonwebtoken::jwk::JwkSet;
pub use language::Spoken;
pub use page::{PageQuery, cursor, page_request};
pub use problem::{Code, Problem, ProblemBody};
pub use problem_texts::{Text, failure_text};
pub use random::random_bytes;
pub use rate::{RateLimit, Terms, check_rate, check_rate_or};
pub use sansfond_jobs::now;
pub use token::{KeySource, Person, TokenError, Verifier};
