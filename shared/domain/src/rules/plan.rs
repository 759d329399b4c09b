//! The periods of a paid plan.
//!
//! A plan ends without an event: when its period is over and no other was paid for, the account is on the free plan
//! ([`crate::Balance::at`]).

use super::{Change, Decision, Refusal, Snapshot};
use crate::credits::{Cause, LedgerEntry, Period, PlanChange};
use crate::plan::CurrentPlan;
use crate::record::{Effect, fingerprint};
use crate::{Balance, PaymentId, PerKind, Plan, Record, RecordKey, Timestamp};

/// A paid period of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPeriod {
    /// The ID of the payment; it starts one period.
    pub payment: PaymentId,
    /// The terms at the time of the payment.
    pub terms: Plan,
    /// The start and end. The end must leave time for the event about the next payment: between a plan's end and
    /// its renewal the account is on the free plan.
    pub period: Period,
}

impl PlanPeriod {
    /// The records that [`start_plan`] reads.
    #[must_use]
    pub fn records(&self) -> Vec<RecordKey> {
        vec![RecordKey::Plan(self.payment.clone())]
    }
}

/// Starts a period of a plan, the first or a later one. Its terms apply from now on and its allowance is unused.
/// The rest of the earlier allowance is lost; gifts and purchases stay. `Nothing`: the period was started before,
/// is over, or a later one has started.
///
/// # Errors
/// [`Refusal::NoAccount`]; [`Refusal::KeyReused`] if the payment was for another period.
pub fn start_plan(seen: &Snapshot, paid: &PlanPeriod, now: Timestamp) -> Result<Decision, Refusal> {
    seen.existing_account()?;
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
    // Also if the last period is over by now because the payment was late.
    let is_renewal = seen.balance.as_ref().is_some_and(|before| match &before.plan {
        CurrentPlan::Free => false,
        CurrentPlan::Paid(last) => last.name == terms.name,
    });
    let change = if is_renewal { PlanChange::Renewed } else { PlanChange::Started };
    let plan = terms.name.clone();
    let cause = Cause::Plan { payment, plan: plan.clone(), change };
    let entries = LedgerEntry::given(&PerKind::of(|kind| terms.allowance(kind)), &cause, now);
    let records = vec![Record { key, fingerprint, effect: Effect::Plan { plan, period }, until: None }];
    let balance = Balance { plan: CurrentPlan::Paid(terms), period, used: PerKind::default(), ..balance };
    Ok(Change { balance: Some(balance), entries, records, ..Change::default() }.into())
}
