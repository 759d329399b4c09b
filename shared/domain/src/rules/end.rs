//! Ending a job: its credits are used or returned, and its owner is notified.

use super::{Change, Decision, Refusal, Snapshot};
use crate::credits::{LedgerEntry, Reason};
use crate::{CreditChange, Event, Job, JobState, Timestamp};

/// The way in which a job ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The credits are used.
    Completed,
    /// The credits are returned, as in the following cases.
    Failed,
    Cancelled,
    Expired,
}

impl End {
    const fn state(self) -> JobState {
        match self {
            Self::Completed => JobState::Completed,
            Self::Failed => JobState::Failed,
            Self::Cancelled => JobState::Cancelled,
            Self::Expired => JobState::Expired,
        }
    }

    const fn reason(self) -> Reason {
        match self {
            Self::Completed => Reason::Kept,
            Self::Failed => Reason::Failed,
            Self::Cancelled => Reason::Cancelled,
            Self::Expired => Reason::Expired,
        }
    }
}

impl Snapshot {
    /// Ends a job.
    ///
    /// # Errors
    /// [`Refusal::WrongState`].
    pub(super) fn close(&self, mut job: Job, end: End, now: Timestamp) -> Result<Decision, Refusal> {
        if !job.state.may_become(end.state()) {
            return Err(Refusal::WrongState { state: job.state });
        }
        let balance = self.balance(now);
        let reservation = job.reservation;
        job.state = end.state();
        job.pieces.iter_mut().for_each(|piece| piece.lease_until = None);
        job.due_at = None;
        job.updated_at = now;
        let (balance, entries) = match end {
            End::Completed => {
                let used = |_, _| CreditChange::NONE;
                (
                    balance.keep(job.kind, &reservation),
                    LedgerEntry::of_job(&job, end.reason(), &reservation, used, now),
                )
            }
            End::Failed | End::Cancelled | End::Expired => {
                let (balance, back) = balance.give_back(job.kind, &reservation);
                // Expired credits have a line in the ledger too, with a change of zero.
                let returned = |source, _| CreditChange::given(back.from(source));
                (balance, LedgerEntry::of_job(&job, end.reason(), &reservation, returned, now))
            }
        };
        let events = Event::of_end(&job, now).into_iter().collect();
        Ok(Change { job: Some(job), balance: Some(balance), entries, events, ..Change::default() }.into())
    }
}
