//! The period of an allowance.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The period of an allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The start, inclusive.
    pub starts_at: Timestamp,
    /// The end, exclusive.
    pub ends_at: Timestamp,
}

impl Period {
    /// The calendar month that contains `now`: the period of the free plan.
    #[must_use]
    pub fn month_of(now: Timestamp) -> Self {
        let month = now.month();
        Self { starts_at: month.start(), ends_at: month.end() }
    }
}
