//! The lifecycle of a job, for pictures and videos: a worker takes the job, extends its lease, and completes it,
//! fails it or hands it over.
//!
//! The rules of `domain` decide and the ports write; both may be repeated at any point. `change` applies a rule to
//! a job, `lifecycle` contains the steps of a worker.
//!
//! Deliberately absent: pixels, queues, and the programs that start a worker.

mod change;
mod lifecycle;

pub use change::{JobChange, change};
pub use lifecycle::{Attempt, JobOutcome, Lifecycle, LifecycleError, TakeOutcome};

use std::time::Duration;

use sansfond_domain::Timestamp;

/// The current time. Rules do not read the clock; their callers read it here.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

/// A duration in milliseconds, the unit of [`Timings`](sansfond_domain::job::Timings).
#[must_use]
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
