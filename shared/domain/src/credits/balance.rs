//! The balance of an account: used and available credits.
//!
//! Credits are reserved when a job is accepted, used up when it completes, and returned otherwise. The plan's
//! allowance is used first, then gifts, then purchases. Renewal needs no timer: after the end of a period,
//! [`Balance::at`] returns the balance of the next one.

use serde::{Deserialize, Serialize};

use super::period::Period;
use super::reservation::Reservation;
use super::uncharged::UnchargedJobs;
use crate::plan::CurrentPlan;
use crate::{Credits, JobKind, PerKind, Plan, Timestamp};

/// The credits and open jobs of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The plan of the period.
    pub plan: CurrentPlan,
    /// The period of the used allowance.
    pub period: Period,
    /// Credits of the period's allowance, used or reserved.
    pub used: PerKind<Credits>,
    /// Unused credits from gifts. They outlast the period.
    pub granted: PerKind<Credits>,
    /// Unused credits from purchases. They outlast the period.
    pub purchased: PerKind<Credits>,
    /// The number of jobs that have not ended.
    pub open_jobs: u32,
    /// The jobs of the day that cost nothing.
    pub uncharged: UnchargedJobs,
}

/// There are not enough credits for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    /// The credits that are left, from all sources.
    pub left: Credits,
    /// The plan's allowance for this kind of job, in credits per period.
    pub allowance: u32,
    /// The time at which the allowance renews.
    pub renews_at: Timestamp,
}

impl Balance {
    /// The balance of an account on the free plan that has used nothing.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            plan: CurrentPlan::Free,
            period: Period::month_of(now),
            used: PerKind::default(),
            granted: PerKind::default(),
            purchased: PerKind::default(),
            open_jobs: 0,
            uncharged: UnchargedJobs::none(now),
        }
    }

    /// The balance at a time: unchanged or, if its period is over, that of the calendar month on the free plan. A
    /// paid plan continues when its next period is paid for ([`crate::rules::start_plan`]).
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        let Self { period, granted, purchased, open_jobs, .. } = *self;
        let uncharged = self.uncharged.at(now);
        if now < period.ends_at {
            Self { uncharged, ..self.clone() }
        } else {
            Self { granted, purchased, open_jobs, uncharged, ..Self::new(now) }
        }
    }

    /// The unused part of the period's allowance. `free` is the free plan of this installation.
    #[must_use]
    pub fn allowance_left(&self, kind: JobKind, free: &Plan) -> Credits {
        self.plan.terms(free).allowance(kind).saturating_sub(*self.used.get(kind))
    }

    /// All credits that can be used now, from all sources.
    #[must_use]
    pub fn available(&self, kind: JobKind, free: &Plan) -> Credits {
        let owned = self.granted.get(kind).saturating_add(*self.purchased.get(kind));
        self.allowance_left(kind, free).saturating_add(owned)
    }

    /// Reserves the price of a new job and counts the job as open.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub fn reserve(
        &self,
        kind: JobKind,
        price: Credits,
        free: &Plan,
    ) -> Result<(Self, Reservation), Exhausted> {
        let (after, reservation) = self.reserve_rest(kind, price, free)?;
        Ok((Self { open_jobs: after.open_jobs + 1, ..after }, reservation))
    }

    /// Reserves the rest of the price of a job that is already open.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub fn reserve_rest(
        &self,
        kind: JobKind,
        rest: Credits,
        free: &Plan,
    ) -> Result<(Self, Reservation), Exhausted> {
        let allowance = rest.min(self.allowance_left(kind, free));
        let granted = rest.saturating_sub(allowance).min(*self.granted.get(kind));
        let purchased = rest.saturating_sub(allowance).saturating_sub(granted);
        let Some(purchased_left) = self.purchased.get(kind).checked_sub(purchased) else {
            return Err(Exhausted {
                left: self.available(kind, free),
                allowance: self.plan.terms(free).per_month(kind),
                renews_at: self.period.ends_at,
            });
        };
        let mut after = self.clone();
        *after.used.get_mut(kind) = self.used.get(kind).saturating_add(allowance);
        *after.granted.get_mut(kind) = self.granted.get(kind).saturating_sub(granted);
        *after.purchased.get_mut(kind) = purchased_left;
        Ok((after, Reservation { period: self.period, allowance, granted, purchased }))
    }

    /// Closes a job that has completed: its credits are used up.
    #[must_use]
    pub fn keep(&self, kind: JobKind, reservation: &Reservation) -> Self {
        let uncharged = if reservation.total().is_zero() {
            self.uncharged.and_uncharged(kind)
        } else {
            self.uncharged.and_charged(kind)
        };
        Self { open_jobs: self.open_jobs.saturating_sub(1), uncharged, ..self.clone() }
    }

    /// Closes a job that has not completed and returns its credits, except those from the allowance of an earlier
    /// period. The second value is the returned credits.
    #[must_use]
    pub fn give_back(&self, kind: JobKind, reservation: &Reservation) -> (Self, Reservation) {
        let lapsed = reservation.period != self.period;
        let back = Reservation {
            allowance: if lapsed { Credits::ZERO } else { reservation.allowance },
            ..*reservation
        };
        let mut after = self.clone();
        after.open_jobs = self.open_jobs.saturating_sub(1);
        after.uncharged = self.uncharged.and_uncharged(kind);
        *after.used.get_mut(kind) = self.used.get(kind).saturating_sub(back.allowance);
        *after.granted.get_mut(kind) = self.granted.get(kind).saturating_add(back.granted);
        *after.purchased.get_mut(kind) = self.purchased.get(kind).saturating_add(back.purchased);
        (after, back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::Source;

    fn day(text: &str) -> Timestamp {
        let (month, day) = text.rsplit_once('-').expect("a day");
        let month: crate::Month = month.parse().expect("a month");
        let day: u64 = day.parse().expect("a day");
        month.start().plus(std::time::Duration::from_secs((day - 1) * 24 * 60 * 60))
    }

    fn plan() -> Plan {
        Plan { images_per_month: 2, ..Plan::default() }
    }

    fn images(quarters: u32) -> PerKind<Credits> {
        PerKind { image: Credits::from_quarters(quarters), video: Credits::ZERO }
    }

    fn take(balance: &Balance, quarters: u32) -> Result<(Balance, Reservation), Exhausted> {
        balance.reserve(JobKind::Image, Credits::from_quarters(quarters), &plan())
    }

    #[test]
    fn the_allowance_is_used_before_gifts_and_gifts_before_purchases() {
        let mut balance =
            Balance { granted: images(4), purchased: images(4), ..Balance::new(day("2026-11-05")) };
        let mut sources = Vec::new();
        for _ in 0..4 {
            let (after, reservation) = take(&balance, 4).expect("a credit");
            sources.extend(reservation.parts());
            balance = after;
        }
        let expected = [Source::Allowance, Source::Allowance, Source::Granted, Source::Purchased];
        assert_eq!(sources, expected.map(|source| (source, Credits::ONE)));
        let refused = take(&balance, 4).expect_err("nothing is left");
        assert_eq!(refused, Exhausted { left: Credits::ZERO, allowance: 2, renews_at: day("2026-12-01") });
        assert!(
            balance.reserve(JobKind::Video, Credits::ONE, &plan()).is_ok(),
            "videos are counted separately"
        );
    }

    #[test]
    fn purchased_credits_pay_only_for_their_kind() {
        let used = PerKind { image: Credits::whole(2), video: Credits::whole(2) };
        let balance = Balance { used, purchased: images(4), ..Balance::new(day("2026-11-05")) };
        assert!(balance.reserve(JobKind::Video, Credits::ONE, &plan()).is_err());
        assert!(take(&balance, 4).is_ok());
    }

    #[test]
    fn a_price_is_paid_from_several_sources_if_one_is_not_enough() {
        let balance = Balance {
            used: images(7),
            granted: images(2),
            purchased: images(8),
            ..Balance::new(day("2026-11-05"))
        };
        assert_eq!(balance.available(JobKind::Image, &plan()).to_string(), "2.75");
        let (after, reservation) = take(&balance, 4).expect("enough");
        let quarters = Credits::from_quarters;
        let expected = [
            (Source::Allowance, quarters(1)),
            (Source::Granted, quarters(2)),
            (Source::Purchased, quarters(1)),
        ];
        assert_eq!(reservation.parts(), expected);
        assert_eq!(after.available(JobKind::Image, &plan()).to_string(), "1.75");
        let (back, returned) = after.give_back(JobKind::Image, &reservation);
        assert_eq!(returned, reservation);
        let owned = |balance: &Balance| (balance.used, balance.granted, balance.purchased, balance.open_jobs);
        assert_eq!(owned(&back), owned(&balance), "credits return to their sources");
    }

    #[test]
    fn a_quarter_of_a_credit_pays_only_for_a_quarter() {
        let balance = Balance { used: images(7), ..Balance::new(day("2026-11-05")) };
        let refused = take(&balance, 2).expect_err("a quarter is left");
        assert_eq!(refused.left, Credits::from_quarters(1));
        let (after, reservation) = take(&balance, 1).expect("a quarter is enough for a quarter");
        assert_eq!((after.used, reservation.allowance), (images(8), Credits::from_quarters(1)));
    }

    #[test]
    fn a_free_job_is_open_and_takes_no_credits() {
        let balance = Balance { used: images(8), ..Balance::new(day("2026-11-05")) };
        let (after, reservation) = take(&balance, 0).expect("free");
        assert_eq!((after.open_jobs, after.used), (1, balance.used));
        assert_eq!(reservation, Reservation::free(balance.period));
        assert_eq!(reservation.parts(), [(Source::Free, Credits::ZERO)]);
    }

    #[test]
    fn a_new_month_renews_the_allowance_and_keeps_gifts_and_purchases() {
        let used = Balance {
            used: images(8),
            granted: images(4),
            purchased: images(20),
            open_jobs: 3,
            ..Balance::new(day("2026-12-31"))
        };
        let after = used.at(day("2027-01-01"));
        let (period, uncharged) = (after.period, UnchargedJobs::none(day("2027-01-01")));
        assert_eq!(after, Balance { used: images(0), period, uncharged, ..used.clone() });
        assert_eq!(period, Period::month_of(day("2027-01-15")));
        assert_eq!(used.at(day("2026-01-01")), used, "a clock that runs backwards renews nothing");
    }

    #[test]
    fn the_allowance_of_an_earlier_period_is_not_returned() {
        let november = Balance { purchased: images(4), ..Balance::new(day("2026-11-05")) };
        let (taken, reservation) = take(&november, 9).expect("enough");
        let (taken, _) = take(&taken.at(day("2026-12-01")), 4).expect("renewed");
        let (after, back) = taken.give_back(JobKind::Image, &reservation);
        assert_eq!((back.allowance, back.purchased), (Credits::ZERO, Credits::from_quarters(1)));
        assert_eq!((after.used, after.purchased), (images(4), images(4)));
    }
}
