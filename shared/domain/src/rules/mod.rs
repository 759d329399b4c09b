//! The rules of jobs and credits: functions from what is there to what shall be written.
//!
//! A rule never writes. [`crate::ports::Transactions::apply`] shows it a [`Snapshot`] and carries its
//! [`Decision`] out as one transaction, or asks again if the snapshot has grown old. Late and
//! repeated events get [`Decision::Nothing`].

mod accept;
mod end;
mod grant;
mod mail;
mod owner;
mod payment;
mod plan;
mod sweep;
mod video;
mod work;

use std::time::Duration;

pub use accept::{Accepted, NamedRequest, NewJob, Source, UploadMethod, accept};
pub use grant::{Grant, grant};
pub use mail::{mail_due, mail_scope, mail_sent};
pub use owner::{cancel, retry};
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

/// How long after the end of a worker's lease a job counts as lost. Retries come before.
pub const LOST_AFTER: Duration = Duration::from_secs(10 * 60);

/// What a rule sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The account; `None` if it has been deleted.
    pub account: Option<Account>,
    /// Its balance; `None` before its first change.
    pub balance: Option<Balance>,
    /// The job that the rule is about. A new one is there already if the answer to its writing was lost.
    pub job: Option<Job>,
    /// The records of [`Scope::records`](crate::ports::Scope::records) that are there.
    pub records: Vec<Record>,
    /// Whether a job still needs the video of [`Scope::source`](crate::ports::Scope::source); it is deleted with
    /// the last job that does.
    pub source_is_held: bool,
}

/// What a rule decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// There is nothing to do: it has been done, or it is too late.
    Nothing,
    /// The same request for a job has been accepted before.
    Earlier(JobId),
    /// Write all of this, or none.
    Write(Box<Change>),
}

/// What is written together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// The job as it shall be; `None` leaves it, or the change is about none.
    pub job: Option<Job>,
    /// The balance as it shall be; `None` leaves it.
    pub balance: Option<Balance>,
    /// New lines of the ledger.
    pub entries: Vec<LedgerEntry>,
    /// Records as they shall be, new or changed.
    pub records: Vec<Record>,
    /// What others shall hear of.
    pub events: Vec<Event>,
}

impl Change {
    /// A change of a job, and of nothing else.
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

/// Why a rule says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account is gone.
    #[error("this account does not exist any more")]
    NoAccount,
    /// There is no such job.
    #[error("there is no such job")]
    NoJob,
    /// No credit is left.
    #[error("{} {} credits are left, and the job costs more", exhausted.left, kind.name())]
    Exhausted {
        /// Of which kind.
        kind: JobKind,
        /// What there was, and when it renews.
        exhausted: Exhausted,
    },
    /// Too many jobs are open.
    #[error("{limit} jobs are open already")]
    TooManyJobs {
        /// How many may be.
        limit: u32,
    },
    /// Another worker has the job.
    #[error("another worker has this job")]
    Leased {
        /// The end of that worker's lease.
        until: Timestamp,
    },
    /// The job's state does not allow it.
    #[error("this cannot be done with a job that is {}", state.name())]
    WrongState {
        /// Where it stands.
        state: JobState,
    },
    /// There is no upload to try again with.
    #[error("the upload never came")]
    NoUpload,
    /// The video of the earlier job is not kept any more, or cannot be worked on.
    #[error("the video of the earlier job cannot be worked on again")]
    SourceGone,
    /// The part of an earlier video that is wanted is not one of it, or is longer than the plan allows.
    #[error("the options do not fit the video: {}", .0.code())]
    Unsuitable(Failure),
    /// The same name was given to a different request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The payment that is refunded has given no credits. Its own event may still come.
    #[error("no credits were bought with this payment")]
    NoPurchase,
}

impl Snapshot {
    fn existing(&self) -> Result<&Job, Refusal> {
        self.job.as_ref().ok_or(Refusal::NoJob)
    }

    /// The account, which every change of credits needs.
    fn member(&self) -> Result<&Account, Refusal> {
        self.account.as_ref().ok_or(Refusal::NoAccount)
    }

    /// The balance as it is now: renewed, if its period is over.
    fn balance(&self, now: Timestamp) -> Balance {
        self.balance.as_ref().map_or_else(|| Balance::new(now), |balance| balance.at(now))
    }

    /// The plan that is in force for the account. `free`: the free plan of this installation.
    #[must_use]
    pub fn plan(&self, free: &Plan, now: Timestamp) -> Plan {
        Plan::in_force(self.balance.as_ref(), free, now)
    }

    /// The record under a key, if it still counts.
    fn record(&self, key: &RecordKey, now: Timestamp) -> Option<&Record> {
        let counts = |record: &&Record| record.key == *key && record.until.is_none_or(|until| now < until);
        self.records.iter().find(counts)
    }

    /// What the same request has led to before; `None`: nothing yet.
    fn effect(&self, key: &RecordKey, fingerprint: &str, now: Timestamp) -> Result<Option<&Effect>, Refusal> {
        match self.record(key, now) {
            None => Ok(None),
            Some(record) if record.fingerprint == fingerprint => Ok(Some(&record.effect)),
            Some(_) => Err(Refusal::KeyReused),
        }
    }

    /// Takes the price of one more open job; `length_ms` is that of a video that has been looked into. Who has neither credits
    /// nor room for a job is told of the credits: jobs end by themselves.
    fn take_credit(
        &self,
        options: &Options,
        length_ms: Option<u64>,
        free: &Plan,
        now: Timestamp,
    ) -> Result<(Balance, Reservation), Refusal> {
        let balance = self.balance(now);
        let (kind, limit) = (options.kind(), balance.plan.terms(free).jobs_at_once);
        let taken = balance
            .reserve(kind, price(options, length_ms), free)
            .map_err(|exhausted| Refusal::Exhausted { kind, exhausted })?;
        if balance.open_jobs >= limit {
            return Err(Refusal::TooManyJobs { limit });
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests;
