//! The rules of jobs and credits: functions from the current rows to the rows to write.
//!
//! A rule does not write. [`crate::ports::Transactions::apply`] passes it a [`Snapshot`] and writes its
//! [`Decision`] in one transaction, or calls it again if the snapshot is outdated. Late and repeated events result
//! in [`Decision::Nothing`].

mod accept;
mod download;
mod end;
mod grant;
mod mail;
mod owner;
mod password;
mod payment;
mod plan;
mod sweep;
mod video;
mod work;

use std::time::Duration;

pub use accept::{Accepted, NamedRequest, NewJob, Source, UploadMethod, accept};
pub use download::{check_new_job, download_failed};
pub use grant::{Grant, grant};
pub use mail::{MailSubject, mail_due, mail_scope, mail_sent};
pub use owner::{cancel, retry};
pub use password::password_changed;
pub use payment::{Purchase, Refund, purchase, refund};
pub use plan::{PlanPeriod, start_plan};
pub use sweep::sweep;
pub use video::{MAX_QUEUED, ProbeOutcome, VideoProperties, admit, advance, hand_over, open_multipart};
pub use work::{StartReason, complete, fail, fail_attempt, lose, start};

use crate::credits::{Exhausted, LedgerEntry, Reservation, price};
use crate::record::Effect;
use crate::{
    Account, Balance, Event, Failure, Job, JobId, JobKind, JobState, Options, Plan, Record, RecordKey,
    Timestamp,
};

/// How long after the end of a worker's lease a job counts as lost. Automatic retries happen earlier.
pub const LOST_AFTER: Duration = Duration::from_secs(10 * 60);

/// The rows that a rule reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The account; `None` if it has been deleted.
    pub account: Option<Account>,
    /// The balance; `None` before its first change.
    pub balance: Option<Balance>,
    /// The job. A new job exists already if the response to its creation was lost.
    pub job: Option<Job>,
    /// The existing records of [`Scope::records`](crate::ports::Scope::records).
    pub records: Vec<Record>,
    /// Whether a job still needs the video of [`Scope::source`](crate::ports::Scope::source); it is deleted with
    /// the last job that does.
    pub source_is_held: bool,
}

/// The decision of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// There is nothing to do: it was done before, or it is too late.
    Nothing,
    /// The same request for a job has been accepted before.
    Earlier(JobId),
    /// Write this change in one transaction.
    Write(Box<Change>),
}

/// The rows that are written in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// The new job; `None` if no job changes.
    pub job: Option<Job>,
    /// The new balance; `None` if it does not change.
    pub balance: Option<Balance>,
    /// New lines of the ledger.
    pub entries: Vec<LedgerEntry>,
    /// New and changed records.
    pub records: Vec<Record>,
    /// Events for other consumers.
    pub events: Vec<Event>,
}

impl Change {
    /// A change of a job only.
    #[must_use]
    pub fn of_job(job: Job) -> Self {
        Self { job: Some(job), ..Self::default() }
    }
}

impl From<Change> for Decision {
    fn from(change: Change) -> Self {
        Self::Write(Box::new(change))
    }
}

/// The reason why a rule rejects an operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account does not exist.
    #[error("this account no longer exists")]
    NoAccount,
    /// There is no such job.
    #[error("there is no such job")]
    NoJob,
    /// There are not enough credits.
    #[error("the job costs more than the {} {} credits that are left", exhausted.left, kind.name())]
    Exhausted {
        /// The kind of credits.
        kind: JobKind,
        /// The remaining credits, and the time of renewal.
        exhausted: Exhausted,
    },
    /// Too many jobs are open.
    #[error("{limit} jobs are open already")]
    TooManyJobs {
        /// The plan's limit.
        limit: u32,
    },
    /// Too many jobs of the day have cost nothing.
    #[error("{limit} jobs of the day have cost nothing")]
    DailyLimit {
        /// The plan's limit.
        limit: u32,
        /// The start of the next day.
        ends_at: Timestamp,
    },
    /// Another worker holds the job.
    #[error("another worker holds this job")]
    Leased {
        /// The end of that worker's lease.
        until: Timestamp,
    },
    /// The job's state does not allow it.
    #[error("this cannot be done with a job that is {}", state.name())]
    WrongState {
        /// The job's state.
        state: JobState,
    },
    /// The job cannot be retried without an upload.
    #[error("the upload never arrived")]
    NoUpload,
    /// The video of the earlier job is no longer stored, or cannot be processed.
    #[error("the video of the earlier job cannot be processed again")]
    SourceGone,
    /// The requested part of an earlier video lies outside of it, or is longer than the plan allows.
    #[error("the options do not fit the video: {}", .0.code())]
    Unsuitable(Failure),
    /// The idempotency key was used for a different request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The refunded payment is unknown. Its own event may still arrive.
    #[error("no credits were bought with this payment")]
    NoPurchase,
}

impl Snapshot {
    fn existing_job(&self) -> Result<&Job, Refusal> {
        self.job.as_ref().ok_or(Refusal::NoJob)
    }

    /// The account, which every change of credits needs.
    fn existing_account(&self) -> Result<&Account, Refusal> {
        self.account.as_ref().ok_or(Refusal::NoAccount)
    }

    /// The balance now: renewed if its period is over.
    fn balance(&self, now: Timestamp) -> Balance {
        self.balance.as_ref().map_or_else(|| Balance::new(now), |balance| balance.at(now))
    }

    /// The account's plan. `free` is the free plan of this installation.
    #[must_use]
    pub fn plan(&self, free: &Plan, now: Timestamp) -> Plan {
        Plan::in_force(self.balance.as_ref(), free, now)
    }

    /// The record with a key, if it is still valid.
    fn record(&self, key: &RecordKey, now: Timestamp) -> Option<&Record> {
        let is_valid = |record: &&Record| record.key == *key && record.until.is_none_or(|until| now < until);
        self.records.iter().find(is_valid)
    }

    /// The effect of an earlier call with the same key and fingerprint; `None` if there was none.
    fn effect(&self, key: &RecordKey, fingerprint: &str, now: Timestamp) -> Result<Option<&Effect>, Refusal> {
        match self.record(key, now) {
            None => Ok(None),
            Some(record) if record.fingerprint == fingerprint => Ok(Some(&record.effect)),
            Some(_) => Err(Refusal::KeyReused),
        }
    }

    /// Reserves the price of one more open job; `length_ms` is that of a probed video. If several limits are reached,
    /// the error is that of the one which lasts longest.
    fn take_credit(
        &self,
        options: &Options,
        length_ms: Option<u64>,
        free: &Plan,
        now: Timestamp,
    ) -> Result<(Balance, Reservation), Refusal> {
        let balance = self.balance(now);
        let (kind, plan) = (options.kind(), balance.plan.terms(free));
        let taken = balance
            .reserve(kind, price(options, length_ms), free)
            .map_err(|exhausted| Refusal::Exhausted { kind, exhausted })?;
        let limit = plan.uncharged_per_day(kind);
        if balance.uncharged.count(kind) >= limit {
            return Err(Refusal::DailyLimit { limit, ends_at: balance.uncharged.ends_at() });
        }
        if balance.open_jobs >= plan.jobs_at_once {
            return Err(Refusal::TooManyJobs { limit: plan.jobs_at_once });
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests;
