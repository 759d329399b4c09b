//! What a job has taken, and where it came from.

use serde::{Deserialize, Serialize};

use super::balance::Period;
use crate::Credits;
use crate::closed_list::closed_list;

closed_list! {
    /// What credits come from, in the order in which they are used.
    enum Source, name {
        /// The allowance of a period of the plan. It ends with the period.
        Allowance "allowance",
        /// A gift.
        Granted "granted",
        /// A purchase.
        Purchased "purchased",
        /// Nothing: a first look at a video is free.
        Free "free",
    }
}

/// The credits that a job holds or has used. They may come from several sources: who has half a credit of the
/// allowance and half a purchased one can have a picture cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The period whose allowance was used.
    pub period: Period,
    /// Of that allowance.
    pub allowance: Credits,
    /// Of gifts.
    pub granted: Credits,
    /// Of purchases.
    pub purchased: Credits,
}

impl Reservation {
    /// Nothing, in a period.
    #[must_use]
    pub const fn free(period: Period) -> Self {
        Self { period, allowance: Credits::ZERO, granted: Credits::ZERO, purchased: Credits::ZERO }
    }

    /// This and what the same job has taken later. What was taken of the allowance of an earlier period is left out: it would
    /// not come back.
    #[must_use]
    pub fn and(&self, later: &Self) -> Self {
        let earlier = if self.period == later.period { self.allowance } else { Credits::ZERO };
        Self {
            period: later.period,
            allowance: earlier.saturating_add(later.allowance),
            granted: self.granted.saturating_add(later.granted),
            purchased: self.purchased.saturating_add(later.purchased),
        }
    }

    /// How much it is, from all sources.
    #[must_use]
    pub const fn total(&self) -> Credits {
        self.allowance.saturating_add(self.granted).saturating_add(self.purchased)
    }

    /// How much of it came from a source.
    #[must_use]
    pub const fn from(&self, source: Source) -> Credits {
        match source {
            Source::Allowance => self.allowance,
            Source::Granted => self.granted,
            Source::Purchased => self.purchased,
            Source::Free => Credits::ZERO,
        }
    }

    /// The sources that it came from and how much of each, at least one: what is free comes from [`Source::Free`].
    #[must_use]
    pub fn parts(&self) -> Vec<(Source, Credits)> {
        let all = Source::ALL.into_iter().map(|source| (source, self.from(source)));
        let parts: Vec<_> = all.filter(|(_, credits)| !credits.is_zero()).collect();
        if parts.is_empty() { vec![(Source::Free, Credits::ZERO)] } else { parts }
    }
}
