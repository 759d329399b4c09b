//! The credits that a job holds, by source.

use serde::{Deserialize, Serialize};

use super::period::Period;
use crate::Credits;
use crate::closed_list::closed_list;

closed_list! {
    /// A source of credits. Sources are used in this order.
    enum Source, name {
        /// The allowance of a period of the plan. It expires with the period.
        Allowance "allowance",
        /// A gift.
        Granted "granted",
        /// A purchase.
        Purchased "purchased",
        /// No credits: a preview of a video is free.
        Free "free",
    }
}

/// The credits that a job holds or has used. They may come from several sources: half a credit of the allowance and
/// half a purchased credit pay for a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The period of the allowance.
    pub period: Period,
    /// Credits from the allowance of that period.
    pub allowance: Credits,
    /// Credits from gifts.
    pub granted: Credits,
    /// Credits from purchases.
    pub purchased: Credits,
}

impl Reservation {
    /// A reservation of no credits, in a period.
    #[must_use]
    pub const fn free(period: Period) -> Self {
        Self { period, allowance: Credits::ZERO, granted: Credits::ZERO, purchased: Credits::ZERO }
    }

    /// Adds credits that the same job reserved later. Credits from the allowance of an earlier period are left out:
    /// they would not be returned.
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

    /// The sum of all sources.
    #[must_use]
    pub const fn total(&self) -> Credits {
        self.allowance.saturating_add(self.granted).saturating_add(self.purchased)
    }

    /// The credits from one source.
    #[must_use]
    pub const fn from(&self, source: Source) -> Credits {
        match source {
            Source::Allowance => self.allowance,
            Source::Granted => self.granted,
            Source::Purchased => self.purchased,
            Source::Free => Credits::ZERO,
        }
    }

    /// The sources with credits and their amounts. At least one: a free reservation consists of [`Source::Free`]
    /// with zero credits.
    #[must_use]
    pub fn parts(&self) -> Vec<(Source, Credits)> {
        let all = Source::ALL.into_iter().map(|source| (source, self.from(source)));
        let parts: Vec<_> = all.filter(|(_, credits)| !credits.is_zero()).collect();
        if parts.is_empty() { vec![(Source::Free, Credits::ZERO)] } else { parts }
    }
}
