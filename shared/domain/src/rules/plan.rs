//! The periods of a paid plan.
//!
//! A plan needs nobody to end it: when its period is over and no other was paid for, the account is on the free plan
//! ([`crate::Balance::at`]).

use super::{Change, Decision, Refusal, Snapshot};
use crate::credits::{Cause, LedgerEntry, Period, PlanChange};
use crate::plan::CurrentPlan;
use crate::record::{Effect, fingerprint};
use crate::{Balance, PaymentId, PerKind, Plan, Record, RecordKey, Timestamp};

/// A period of a plan that has been paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPeriod {
    /// The payment; the same one begins one period.
    pub payment: PaymentId,
    /// The terms as they were when it was paid for.
    pub terms: Plan,
    /// From when to when. Its end leaves time for the next payment to be heard of: between a plan's end and its
    /// renewal the account would be on the free plan.
    pub period: Period,
}

impl PlanPeriod {
    /// What [`start_plan`] wants to see, beside the account.
    #[must_use]
    pub fn records(&self) -> Vec<RecordKey> {
        vec![RecordKey::Plan(self.payment.clone())]
    }
}

/// Begins a period of a plan, the first or another one: its terms count from now on, and nothing of its allowance is
/// used. What was left of the allowance before is gone; gifts and purchases stay. `Nothing`: it has begun before, it is
/// over, or a later one has begun.
///
/// # Errors
/// [`Refusal::NoAccount`]; [`Refusal::KeyReused`], if the payment was for another period.
pub fn start_plan(seen: &Snapshot, paid: &PlanPeriod, now: Timestamp) -> Result<Decision, Refusal> {
    seen.member()?;
    let PlanPeriod { payment, terms, period } = paid.clone();
    let key = RecordKey::Plan(payment.clone());
    let Period { starts_at, ends_at } = period;
    let fingerprint =
        fingerprint(format!("{} {} {}", terms.name, starts_at.millis(), ends_at.millis()).as_bytes());
    if seen.effect(&key, &fingerprint, now)?.is_some() || period.ends_at <= now {
        return Ok(Decision::Nothing);
    }
    let balance = seen.balance(now);
    let is_paid = balance.plan != CurrentPlan::Free;
    if is_paid && period.starts_at < balance.period.starts_at {
        return Ok(Decision::Nothing);
    }
    // Also if its last period is over by now: the payment was late.
    let goes_on = seen.balance.as_ref().is_some_and(|before| match &before.plan {
        CurrentPlan::Free => false,
        CurrentPlan::Paid(last) => last.name == terms.name,
    });
    let change = if goes_on { PlanChange::Renewed } else { PlanChange::Started };
    let plan = terms.name.clone();
    let cause = Cause::Plan { payment, plan: plan.clone(), change };
    let entries = LedgerEntry::given(&PerKind::of(|kind| terms.allowance(kind)), &cause, now);
    let records = vec![Record { key, fingerprint, effect: Effect::Plan { plan, period }, until: None }];
    let balance = Balance { plan: CurrentPlan::Paid(terms), period, used: PerKind::default(), ..balance };
    Ok(Change { balance: Some(balance), entries, records, ..Change::default() }.into())
}
