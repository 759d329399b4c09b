//! The append-only ledger: every change of a balance, with its cause.

use serde::{Deserialize, Serialize};

use super::reservation::{Reservation, Source};
use crate::closed_list::closed_list;
use crate::{CreditChange, Credits, GrantId, Job, JobId, JobKind, PaymentId, PerKind, RefundId, Timestamp};

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The time of the change.
    pub at: Timestamp,
    /// The kind of the credits.
    pub kind: JobKind,
    /// The credits that were given or taken.
    pub credits: CreditChange,
    /// The cause of the change.
    pub cause: Cause,
}

/// The cause of a change of a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Cause {
    /// A job was accepted or ended.
    Job {
        /// The job.
        job: JobId,
        /// The event in the job's life.
        reason: Reason,
        /// The source of the credits. A job has one line for each source.
        source: Source,
    },
    /// Credits were bought.
    Purchase {
        /// The payment.
        payment: PaymentId,
        /// The product's name in the shop.
        product: String,
    },
    /// A payment was refunded, and its credits were taken back.
    Refund {
        /// The refund.
        refund: RefundId,
        /// The refunded payment.
        payment: PaymentId,
    },
    /// Credits were given as a gift.
    Grant {
        /// The gift.
        grant: GrantId,
    },
    /// A period of a plan started; the credits are its allowance.
    Plan {
        /// The payment for the period.
        payment: PaymentId,
        /// The plan's name.
        plan: String,
        /// Whether the plan started or was renewed.
        change: PlanChange,
    },
}

closed_list! {
    /// The event in a job's life that changed the balance.
    enum Reason, name {
        /// The job was accepted and its credits were reserved.
        Reserved "reserved",
        /// The job completed and its credits are used.
        Kept "kept",
        /// The job failed and its credits were returned.
        Failed "failed",
        /// The job was cancelled and its credits were returned.
        Cancelled "cancelled",
        /// The upload never arrived and the credits were returned.
        Expired "expired",
    }
}

closed_list! {
    /// A change of a plan.
    enum PlanChange, name {
        /// The plan started and replaced another.
        Started "started",
        /// The next period of the same plan started.
        Renewed "renewed",
    }
}

impl LedgerEntry {
    /// The lines about a job: one for each source of its credits. `change` returns the change for a source and its
    /// amount.
    pub(crate) fn of_job(
        job: &Job,
        reason: Reason,
        credits: &Reservation,
        change: impl Fn(Source, Credits) -> CreditChange,
        at: Timestamp,
    ) -> Vec<Self> {
        let entry = |(source, credits)| Self {
            at,
            kind: job.kind,
            credits: change(source, credits),
            cause: Cause::Job { job: job.id.clone(), reason, source },
        };
        credits.parts().into_iter().map(entry).collect()
    }

    /// The lines about credits that a job has reserved.
    pub(crate) fn reserved(job: &Job, credits: &Reservation, at: Timestamp) -> Vec<Self> {
        Self::of_job(job, Reason::Reserved, credits, |_, credits| CreditChange::taken(credits), at)
    }

    /// The lines about credits that are given for one cause: one for each kind with credits.
    pub(crate) fn given(credits: &PerKind<Credits>, cause: &Cause, at: Timestamp) -> Vec<Self> {
        Self::for_kinds(credits, cause, at, |kind| CreditChange::given(*credits.get(kind)))
    }

    /// The lines about credits that are taken for one cause: one for each kind with requested credits, even if none
    /// could be taken.
    pub(crate) fn taken(
        asked: &PerKind<Credits>,
        taken: &PerKind<Credits>,
        cause: &Cause,
        at: Timestamp,
    ) -> Vec<Self> {
        Self::for_kinds(asked, cause, at, |kind| CreditChange::taken(*taken.get(kind)))
    }

    fn for_kinds(
        asked: &PerKind<Credits>,
        cause: &Cause,
        at: Timestamp,
        change: impl Fn(JobKind) -> CreditChange,
    ) -> Vec<Self> {
        let kinds = asked.into_iter().filter(|(_, credits)| !credits.is_zero());
        kinds.map(|(kind, _)| Self { at, kind, credits: change(kind), cause: cause.clone() }).collect()
    }

    /// A key that is unique within the account. Keys sort by time.
    #[must_use]
    pub fn sort_key(&self) -> String {
        let kind = self.kind.name();
        let cause = match &self.cause {
            Cause::Job { job, reason, source } => format!("job#{job}#{}#{}", reason.name(), source.name()),
            Cause::Purchase { payment, .. } => format!("purchase#{payment}#{kind}"),
            Cause::Refund { refund, .. } => format!("refund#{refund}#{kind}"),
            Cause::Grant { grant } => format!("grant#{grant}#{kind}"),
            Cause::Plan { payment, .. } => format!("plan#{payment}#{kind}"),
        };
        format!("{:013}#{cause}", self.at.millis())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn entry(second: i64, kind: JobKind, cause: Cause) -> LedgerEntry {
        let at = Timestamp::from_millis(1_795_000_000_000 + second * 1000);
        LedgerEntry { at, kind, credits: CreditChange::NONE, cause }
    }

    /// Every kind of cause, all with the same ID.
    fn causes() -> Vec<Cause> {
        let payment: PaymentId = "cs_1".parse().expect("an id");
        let job = JobId::mint(Timestamp::from_millis(0), &[7; 10]);
        let of_job = |reason, source| Cause::Job { job: job.clone(), reason, source };
        let mut causes = vec![
            Cause::Purchase { payment: payment.clone(), product: "images_100".to_owned() },
            Cause::Refund { refund: "cs_1".parse().expect("an id"), payment: payment.clone() },
            Cause::Grant { grant: "cs_1".parse().expect("an id") },
            Cause::Plan { payment, plan: "pro".to_owned(), change: PlanChange::Started },
        ];
        causes.extend(
            Reason::ALL.into_iter().flat_map(|reason| Source::ALL.map(|source| of_job(reason, source))),
        );
        causes
    }

    #[test]
    fn sort_keys_of_the_same_time_are_unique() {
        let mut keys = BTreeSet::new();
        for cause in causes() {
            let kinds: &[JobKind] = match cause {
                // A job has one kind.
                Cause::Job { .. } => &[JobKind::Image],
                Cause::Purchase { .. } | Cause::Refund { .. } | Cause::Grant { .. } | Cause::Plan { .. } => {
                    &JobKind::ALL
                }
            };
            for kind in kinds {
                let entry = entry(0, *kind, cause.clone());
                assert!(keys.insert(entry.sort_key()), "{entry:?}");
            }
        }
    }

    #[test]
    fn lines_sort_by_time_and_then_by_cause() {
        let latest_of_first =
            causes().into_iter().map(|cause| entry(9, JobKind::Video, cause).sort_key()).max();
        let earliest_of_second =
            causes().into_iter().map(|cause| entry(10, JobKind::Image, cause).sort_key()).min();
        assert!(latest_of_first < earliest_of_second);
    }

    #[test]
    fn a_cause_survives_a_round_trip_through_json() {
        for cause in causes() {
            let json = serde_json::to_value(&cause).expect("JSON");
            assert_eq!(serde_json::from_value::<Cause>(json).expect("a cause"), cause);
        }
    }
}
