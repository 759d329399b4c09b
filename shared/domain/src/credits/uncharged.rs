//! The number of jobs per day that cost the account nothing.

use serde::{Deserialize, Serialize};

use crate::{JobKind, PerKind, Timestamp};

/// The jobs of one day (UTC) that ended without costing the account anything: free previews, and jobs whose credits were
/// returned. They do cost the operator something, so the plan limits them
/// ([`Plan::uncharged_per_day`](crate::Plan::uncharged_per_day)). Open jobs are not counted: their number has a limit of
/// its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnchargedJobs {
    /// The start of the day.
    day: Timestamp,
    jobs: PerKind<u32>,
}

impl UnchargedJobs {
    /// No jobs on the day that contains `now`.
    #[must_use]
    pub fn none(now: Timestamp) -> Self {
        Self { day: now.midnight(), jobs: PerKind::default() }
    }

    /// The count at a time: unchanged or, if its day is over, zero.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        if now < self.ends_at() { self } else { Self::none(now) }
    }

    /// The number of jobs.
    #[must_use]
    pub const fn count(&self, kind: JobKind) -> u32 {
        *self.jobs.get(kind)
    }

    /// The time at which the count starts again.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.day.next_midnight()
    }

    /// Adds a job that cost nothing.
    #[must_use]
    pub fn and_uncharged(mut self, kind: JobKind) -> Self {
        let jobs = self.jobs.get_mut(kind);
        *jobs = jobs.saturating_add(1);
        self
    }

    /// Adds a job that was charged. It makes up for one that was not, so that a customer who pays for thousands of jobs is
    /// not stopped by the few that fail.
    #[must_use]
    pub fn and_charged(mut self, kind: JobKind) -> Self {
        let jobs = self.jobs.get_mut(kind);
        *jobs = jobs.saturating_sub(1);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_day_ends_at_midnight() {
        let evening = Timestamp::from_millis(1_796_255_999_000);
        assert_eq!(evening.to_rfc3339(), "2026-12-02T23:59:59Z");
        let jobs = UnchargedJobs::none(evening).and_uncharged(JobKind::Video);
        assert_eq!(jobs.ends_at().to_rfc3339(), "2026-12-03T00:00:00Z");
        assert_eq!(jobs.at(evening).count(JobKind::Video), 1);
        assert_eq!(jobs.at(evening.plus(Duration::from_secs(1))).count(JobKind::Video), 0);
        assert_eq!(jobs.count(JobKind::Image), 0);
        assert_eq!(jobs.at(Timestamp::from_millis(0)), jobs, "a clock that runs backwards starts no new day");
    }

    #[test]
    fn a_charged_job_makes_up_for_another() {
        let now = Timestamp::from_millis(0);
        let jobs = UnchargedJobs::none(now).and_uncharged(JobKind::Image).and_uncharged(JobKind::Image);
        assert_eq!(jobs.and_charged(JobKind::Image).count(JobKind::Image), 1);
        assert_eq!(jobs.and_charged(JobKind::Video).count(JobKind::Image), 2, "each kind for itself");
        let none = UnchargedJobs::none(now).and_charged(JobKind::Image);
        assert_eq!(none.count(JobKind::Image), 0, "nothing is saved up");
    }
}
