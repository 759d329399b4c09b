//! The rules of jobs and credits: functions from what is there to what shall be written.
//!
//! A rule never writes. [`crate::ports::Books::apply`] shows it a [`Snapshot`] and carries its
//! [`Decision`] out as one transaction, or asks again if the snapshot has grown old. Late and
//! repeated events get [`Decision::Nothing`].

mod accept;
mod owner;
mod sweep;
mod video;
mod work;

use std::time::Duration;

pub use accept::{Intake, NewJob, Source, accept, fingerprint};
pub use owner::{cancel, retry};
pub use sweep::sweep;
pub use video::{Admission, Found, MAX_QUEUED, admit, advance, hand_over, open_multipart, tell};
pub use work::{Arrival, complete, fail, fail_attempt, lose, start};

use crate::credits::{Exhausted, LedgerEntry, Reason, Reservation};
use crate::{Account, Balance, Failure, Job, JobId, JobKind, JobState, Options, Plan, Timestamp};

/// How long after the end of a worker's lease a job counts as lost. Retries come before.
pub const LOST_AFTER: Duration = Duration::from_secs(10 * 60);

/// How long the record of a request that carried a name of its own counts.
pub const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// What a rule sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The account; `None` if it has been deleted.
    pub account: Option<Account>,
    /// Its balance; `None` before the first job.
    pub balance: Option<Balance>,
    /// The job that the rule is about. A new one is there already if the answer to its writing was lost.
    pub job: Option<Job>,
    /// What the same request led to earlier.
    pub earlier: Option<Earlier>,
    /// Whether a job still needs the video of [`Scope::source`](crate::ports::Scope::source); it is deleted with
    /// the last job that does.
    pub source_is_held: bool,
}

/// The record of a request that carried a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// What was asked for, as [`fingerprint`] has condensed it.
    pub fingerprint: String,
    /// What it led to.
    pub job: JobId,
    /// Until when it counts.
    pub until: Timestamp,
}

/// What a rule decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// There is nothing to do: it has been done, or it is too late.
    Nothing,
    /// The same request has been accepted before.
    Earlier(JobId),
    /// Write all of this, or none.
    Write(Box<Change>),
}

/// What is written together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The job as it shall be.
    pub job: Job,
    /// The balance as it shall be; `None` leaves it.
    pub balance: Option<Balance>,
    /// A line of the ledger.
    pub entry: Option<LedgerEntry>,
    /// The record of the request.
    pub record: Option<Earlier>,
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
    #[error("no {} credit is left; {} a month are free", kind.name(), exhausted.allowance)]
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
}

impl Snapshot {
    fn existing(&self) -> Result<&Job, Refusal> {
        self.job.as_ref().ok_or(Refusal::NoJob)
    }

    fn balance(&self, now: Timestamp) -> Balance {
        self.balance.clone().unwrap_or_else(|| Balance::new(now.month()))
    }

    /// Takes a credit for one more open job. Who has neither is told of the credits, which wait for
    /// nobody.
    fn take_credit(
        &self,
        options: &Options,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<(Balance, Reservation), Refusal> {
        let balance = self.balance(now);
        let kind = options.kind();
        let taken = if options.is_free() {
            (balance.open_free(now.month()), Reservation::Free)
        } else {
            balance
                .reserve(kind, plan, now.month())
                .map_err(|exhausted| Refusal::Exhausted { kind, exhausted })?
        };
        if balance.open_jobs >= plan.jobs_at_once {
            return Err(Refusal::TooManyJobs { limit: plan.jobs_at_once });
        }
        Ok(taken)
    }

    /// A job's end, and what becomes of its credit.
    fn close(
        &self,
        mut job: Job,
        state: JobState,
        reason: Reason,
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        if !job.state.may_become(state) {
            return Err(Refusal::WrongState { state: job.state });
        }
        let balance = self.balance(now).in_month(now.month());
        let balance = match reason {
            Reason::Kept => balance.keep(),
            Reason::Failed | Reason::Cancelled | Reason::Expired => {
                balance.give_back(job.kind, job.reservation)
            }
            Reason::Reserved => unreachable!("a job does not end by being accepted. This is a bug."),
        };
        job.state = state;
        job.lease_until = None;
        job.due_at = video::is_waited_for(&job).then(|| now.plus(video::TOLD_AFTER));
        job.updated_at = now;
        let entry = entry(&job, reason, now);
        Ok(Decision::Write(Box::new(Change {
            job,
            balance: Some(balance),
            entry: Some(entry),
            record: None,
        })))
    }
}

fn entry(job: &Job, reason: Reason, now: Timestamp) -> LedgerEntry {
    LedgerEntry {
        at: now,
        reason,
        job: job.id.clone(),
        kind: job.kind,
        reservation: job.reservation,
        credits: if job.reservation == Reservation::Free { 0 } else { reason.credits() },
    }
}

#[cfg(test)]
mod tests;
