//! Credits: a monthly allowance that renews by itself, and credits that were bought.
//!
//! A credit is reserved when a job is accepted, kept when it completes and given back otherwise. The
//! allowance is used first. Renewal needs no timer: whoever looks at the balance in a new month sees
//! it renewed.

use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;
use crate::{JobId, JobKind, Month, Plan, Timestamp};

/// What an account has used and what it owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The month that the two counts belong to.
    pub month: Month,
    /// Images of this month's allowance, used or reserved.
    pub images_used: u32,
    /// Videos of this month's allowance, used or reserved.
    pub videos_used: u32,
    /// Credits bought and not yet used. They never expire with the month.
    pub purchased: u32,
    /// Jobs accepted and not yet finished.
    pub open_jobs: u32,
}

/// Where a reserved credit came from, so that it can be given back to the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reservation {
    /// This month's allowance.
    Allowance(Month),
    /// Bought.
    Purchased,
    /// None was taken: a first look at a video.
    Free,
}

closed_list! {
    /// What a credit comes from.
    enum Source, name {
        /// A month's allowance.
        Allowance "allowance",
        /// A purchase.
        Purchased "purchased",
        /// Nothing: a first look at a video is free.
        Free "free",
    }
}

impl Reservation {
    /// What the credit came from.
    #[must_use]
    pub const fn source(self) -> Source {
        match self {
            Self::Allowance(_) => Source::Allowance,
            Self::Purchased => Source::Purchased,
            Self::Free => Source::Free,
        }
    }
}

/// There is no credit for another job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    /// How many jobs of the kind a month holds.
    pub allowance: u32,
    /// When it renews.
    pub renews_at: Timestamp,
}

impl Balance {
    /// An account that has used nothing.
    #[must_use]
    pub const fn new(month: Month) -> Self {
        Self { month, images_used: 0, videos_used: 0, purchased: 0, open_jobs: 0 }
    }

    /// The balance as it is in a month: the same, or renewed if the month is a later one.
    #[must_use]
    pub fn in_month(&self, month: Month) -> Self {
        if month > self.month {
            Self { month, images_used: 0, videos_used: 0, ..self.clone() }
        } else {
            self.clone()
        }
    }

    /// What is left of the allowance of its month.
    #[must_use]
    pub fn allowance_left(&self, kind: JobKind, plan: &Plan) -> u32 {
        plan.allowance(kind).saturating_sub(self.used(kind))
    }

    /// Takes a credit and opens a job.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub fn reserve(
        &self,
        kind: JobKind,
        plan: &Plan,
        month: Month,
    ) -> Result<(Self, Reservation), Exhausted> {
        let mut after = self.in_month(month);
        let reservation = if after.allowance_left(kind, plan) > 0 {
            *after.used_mut(kind) += 1;
            Reservation::Allowance(after.month)
        } else if after.purchased > 0 {
            after.purchased -= 1;
            Reservation::Purchased
        } else {
            return Err(Exhausted { allowance: plan.allowance(kind), renews_at: after.month.end() });
        };
        after.open_jobs += 1;
        Ok((after, reservation))
    }

    /// Opens a job that costs nothing.
    #[must_use]
    pub fn open_free(&self, month: Month) -> Self {
        let mut after = self.in_month(month);
        after.open_jobs += 1;
        after
    }

    /// The job has ended well: the credit is gone.
    #[must_use]
    pub fn keep(&self) -> Self {
        Self { open_jobs: self.open_jobs.saturating_sub(1), ..self.clone() }
    }

    /// The job has not ended well: the credit comes back. One of a month that is over has lapsed.
    #[must_use]
    pub fn give_back(&self, kind: JobKind, reservation: Reservation) -> Self {
        let mut after = self.keep();
        match reservation {
            Reservation::Allowance(month) if month == after.month => {
                let used = after.used_mut(kind);
                *used = used.saturating_sub(1);
            }
            Reservation::Allowance(_) | Reservation::Free => {}
            Reservation::Purchased => after.purchased += 1,
        }
        after
    }

    const fn used(&self, kind: JobKind) -> u32 {
        match kind {
            JobKind::Image => self.images_used,
            JobKind::Video => self.videos_used,
        }
    }

    const fn used_mut(&mut self, kind: JobKind) -> &mut u32 {
        match kind {
            JobKind::Image => &mut self.images_used,
            JobKind::Video => &mut self.videos_used,
        }
    }
}

/// One line of the ledger, which only grows: every change of a balance, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub reason: Reason,
    /// The job that it happened for.
    pub job: JobId,
    /// Its kind.
    pub kind: JobKind,
    /// The credit's source.
    pub reservation: Reservation,
    /// −1, 0 or +1.
    pub credits: i32,
}

closed_list! {
    /// Why a balance changed.
    enum Reason, name {
        /// A job was accepted.
        Reserved "reserved",
        /// A job completed.
        Kept "kept",
        /// A job failed.
        Failed "failed",
        /// A job was cancelled.
        Cancelled "cancelled",
        /// An upload never came.
        Expired "expired",
    }
}

impl Reason {
    /// What it does to the number of credits.
    #[must_use]
    pub const fn credits(self) -> i32 {
        match self {
            Self::Reserved => -1,
            Self::Kept => 0,
            Self::Failed | Self::Cancelled | Self::Expired => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().expect("a month")
    }

    fn plan() -> Plan {
        Plan { images_per_month: 2, ..Plan::default() }
    }

    #[test]
    fn the_allowance_is_used_before_what_was_bought() {
        let november = month("2026-11");
        let mut balance = Balance { purchased: 1, ..Balance::new(november) };
        let mut sources = Vec::new();
        for _ in 0..3 {
            let (after, reservation) = balance.reserve(JobKind::Image, &plan(), november).expect("a credit");
            sources.push(reservation);
            balance = after;
        }
        let allowance = Reservation::Allowance(november);
        assert_eq!(sources, [allowance, allowance, Reservation::Purchased]);
        let refused = balance.reserve(JobKind::Image, &plan(), november).expect_err("nothing is left");
        assert_eq!(refused, Exhausted { allowance: 2, renews_at: november.end() });
        assert!(balance.reserve(JobKind::Video, &plan(), november).is_ok(), "videos are counted apart");
    }

    #[test]
    fn a_new_month_renews_the_allowance_and_keeps_what_was_bought() {
        let used = Balance { images_used: 2, videos_used: 1, purchased: 5, ..Balance::new(month("2026-12")) };
        let (after, _) = used.reserve(JobKind::Image, &plan(), month("2027-01")).expect("renewed");
        assert_eq!((after.images_used, after.videos_used, after.purchased), (1, 0, 5));
        let back = used.in_month(month("2026-01"));
        assert_eq!(back, used, "a clock that runs backwards gives nothing");
    }

    #[test]
    fn a_credit_goes_back_to_where_it_came_from() {
        let november = month("2026-11");
        let balance = Balance { images_used: 2, purchased: 1, open_jobs: 2, ..Balance::new(november) };
        let back = balance.give_back(JobKind::Image, Reservation::Allowance(november));
        assert_eq!((back.images_used, back.purchased, back.open_jobs), (1, 1, 1));
        let back = balance.give_back(JobKind::Image, Reservation::Purchased);
        assert_eq!((back.images_used, back.purchased), (2, 2));
        let back = balance.give_back(JobKind::Image, Reservation::Allowance(month("2026-10")));
        assert_eq!(back.images_used, 2, "last month's allowance has lapsed");
    }
}
