//! A job's life, once for pictures and videos: a worker takes it, keeps it, and ends it or hands it over.
//!
//! Rules of `domain` decide, ports carry out; both may be repeated at any point. `change` applies any rule to a
//! job, `lifecycle` is what workers do.
//!
//! Deliberately absent: pixels, queues, and who calls a worker.

mod change;
mod lifecycle;

pub use change::{JobChange, change};
pub use lifecycle::{Attempt, JobOutcome, Lifecycle, LifecycleError, TakeOutcome};

use std::time::Duration;

use sansfond_domain::Timestamp;

/// What time it is. Whoever calls a rule reads the clock here; rules have none.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

/// A length of time in milliseconds, as [`Timings`](sansfond_domain::job::Timings) has them.
#[must_use]
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
