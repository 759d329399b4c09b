//! What has happened and shall be heard of outside: by mail, later by other ways.
//!
//! An event is part of the change that causes it ([`crate::rules::Change::events`]) and is written in the same transaction, so
//! that neither is there without the other. Deliberately absent: who hears of it, and how.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Job, JobId, JobState, Timestamp};

/// How long an event is kept after it has happened. It is delivered within seconds, and again for a day if that fails.
pub const EVENT_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Whose.
    pub account: AccountId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
}

/// What has happened. It names things and repeats nothing of them: what a customer wrote stays in one place, and is gone when
/// it is deleted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// A job has ended, and its owner wants to be notified.
    JobEnded {
        /// Which one.
        job: JobId,
        /// Which try of its owner; each ends once.
        retry: u32,
        /// How.
        state: JobState,
    },
}

impl Event {
    /// The event of a job that has just ended. `None`: nobody wants to be notified.
    #[must_use]
    pub(crate) fn of_end(job: &Job, at: Timestamp) -> Option<Self> {
        let wants = job.options.video().is_some_and(|options| options.notify && !options.preview);
        let is_news = match job.state {
            JobState::Completed | JobState::Failed => true,
            // Its owner has cancelled it or never sent it, and so knows; or it has not ended.
            JobState::Cancelled
            | JobState::Expired
            | JobState::Pending
            | JobState::Queued
            | JobState::Processing => false,
        };
        let kind = EventKind::JobEnded { job: job.id.clone(), retry: job.retries, state: job.state };
        (wants && is_news).then(|| Self { account: job.account.clone(), at, kind })
    }

    /// What no other event of the account has. An event that is delivered twice has the same both times.
    #[must_use]
    pub fn id(&self) -> String {
        match &self.kind {
            EventKind::JobEnded { job, retry, .. } => format!("job_ended#{job}#{retry}"),
        }
    }

    /// Until when it is kept.
    #[must_use]
    pub fn kept_until(&self) -> Timestamp {
        self.at.plus(EVENT_KEPT)
    }
}
