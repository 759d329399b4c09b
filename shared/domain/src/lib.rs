//! The domain: accounts, plans, credits, jobs and API keys, with their rules and the ports that the rules need.
//!
//! Deliberately absent: AWS, HTTP, tokio, pixels, the environment, a clock and randomness. The caller passes the
//! time and the random bytes, so that each rule can be tested as a function.

pub mod account;
pub mod api_key;
mod closed_list;
pub mod cost;
pub mod credits;
pub mod event;
pub mod id;
pub mod job;
pub mod options;
pub mod per_kind;
pub mod plan;
pub mod ports;
pub mod preview;
pub mod record;
pub mod rules;
pub mod storage_key;
pub mod time;
pub mod upload;

pub use account::{Account, Email, Language};
pub use api_key::ApiKey;
pub use cost::{Rate, Usd};
pub use credits::{Balance, CreditChange, Credits, LedgerEntry, Reservation};
pub use event::{Event, EventKind};
pub use id::{AccountId, GrantId, JobId, KeyId, PaymentId, RefundId};
pub use job::{Failure, Job, JobKind, JobState};
pub use options::{ImageOptions, Options, VideoOptions};
pub use per_kind::PerKind;
pub use plan::Plan;
pub use preview::Previews;
pub use record::{Record, RecordKey};
pub use time::{Month, Timestamp};
