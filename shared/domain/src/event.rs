//! Events for consumers outside of the rules: emails, later webhooks.
//!
//! An event is part of the change that causes it ([`crate::rules::Change::events`]) and is written in the same transaction, so
//! that neither exists without the other. Deliberately absent: the consumers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{AccountId, ApiKey, Job, JobId, JobState, KeyId, Timestamp};

/// How long an event is kept. It is delivered within seconds; if that fails, delivery is repeated for a day.
pub const EVENT_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The account that it concerns.
    pub account: AccountId,
    /// The time of the change.
    pub at: Timestamp,
    /// The kind of event, with its subject.
    pub kind: EventKind,
}

/// The kinds of events. An event contains only IDs and states: text that a customer wrote is stored in one place
/// and disappears when it is deleted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// A job has ended, and its owner wants to be notified.
    JobEnded {
        /// The job.
        job: JobId,
        /// The number of the owner's retry, from 0. Each retry ends once.
        retry: u32,
        /// The final state.
        state: JobState,
    },
    /// An API key was created.
    ApiKeyCreated {
        /// The key.
        key: KeyId,
    },
    /// The password was changed or reset.
    PasswordChanged,
}

impl Event {
    /// The event of a job that has just ended. `None` if the owner does not want to be notified.
    #[must_use]
    pub(crate) fn of_end(job: &Job, at: Timestamp) -> Option<Self> {
        let wants = job.options.video().is_some_and(|options| options.notify && !options.preview);
        let is_news = match job.state {
            JobState::Completed | JobState::Failed => true,
            // The owner cancelled the job or never sent the file, and therefore knows; the other states are not
            // final.
            JobState::Cancelled
            | JobState::Expired
            | JobState::Pending
            | JobState::Queued
            | JobState::Processing => false,
        };
        let kind = EventKind::JobEnded { job: job.id.clone(), retry: job.retries, state: job.state };
        (wants && is_news).then(|| Self { account: job.account.clone(), at, kind })
    }

    /// The event of a new API key.
    #[must_use]
    pub fn of_key(key: &ApiKey) -> Self {
        let kind = EventKind::ApiKeyCreated { key: key.id.clone() };
        Self { account: key.account.clone(), at: key.created_at, kind }
    }

    /// An ID that is unique within the account. A repeated event has the same ID.
    #[must_use]
    pub fn id(&self) -> String {
        match &self.kind {
            EventKind::JobEnded { job, retry, .. } => format!("job_ended#{job}#{retry}"),
            EventKind::ApiKeyCreated { key } => format!("api_key_created#{key}"),
            EventKind::PasswordChanged => format!("password_changed#{}", self.at.millis()),
        }
    }

    /// The time at which its row expires.
    #[must_use]
    pub fn kept_until(&self) -> Timestamp {
        self.at.plus(EVENT_KEPT)
    }
}
