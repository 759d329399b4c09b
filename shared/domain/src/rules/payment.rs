//! Credits that are bought, and what becomes of them when the payment is given back.
//!
//! Deliberately absent: prices in money, currencies, and who takes the money. Whoever hears of a payment says how many
//! credits it gives.

use super::{Change, Decision, Refusal, Snapshot};
use crate::credits::{Cause, LedgerEntry};
use crate::record::{Effect, fingerprint};
use crate::{CreditChange, Credits, PaymentId, PerKind, Record, RecordKey, RefundId, Timestamp};

/// A payment that has been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The payment; the same one is booked once.
    pub payment: PaymentId,
    /// What was bought, by its name in the shop.
    pub product: String,
    /// The credits that it gives.
    pub credits: PerKind<Credits>,
}

/// Money that has been given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The refund; the same one is booked once. A payment may have several.
    pub refund: RefundId,
    /// The payment that was given back, in part or as a whole.
    pub payment: PaymentId,
    /// The credits that the money was for.
    pub credits: PerKind<Credits>,
}

impl Purchase {
    /// What [`purchase`] wants to see, beside the account.
    #[must_use]
    pub fn records(&self) -> Vec<RecordKey> {
        vec![RecordKey::Purchase(self.payment.clone())]
    }
}

impl Refund {
    /// What [`refund`] wants to see, beside the account.
    #[must_use]
    pub fn records(&self) -> Vec<RecordKey> {
        vec![RecordKey::Refund(self.refund.clone()), RecordKey::Purchase(self.payment.clone())]
    }
}

/// Gives the credits of a payment. `Nothing`: they have been given.
///
/// # Errors
/// [`Refusal::NoAccount`]; [`Refusal::KeyReused`], if the payment has given other credits.
pub fn purchase(seen: &Snapshot, bought: &Purchase, now: Timestamp) -> Result<Decision, Refusal> {
    seen.member()?;
    let Purchase { payment, product, credits } = bought.clone();
    let key = RecordKey::Purchase(payment.clone());
    let fingerprint = fingerprint(format!("{product} {}", in_words(&credits)).as_bytes());
    if seen.effect(&key, &fingerprint, now)?.is_some() {
        return Ok(Decision::Nothing);
    }
    let mut balance = seen.balance(now);
    balance.purchased = PerKind::of(|kind| balance.purchased.get(kind).saturating_add(*credits.get(kind)));
    let given = PerKind::of(|kind| some(*credits.get(kind)).map(CreditChange::given));
    let entries = LedgerEntry::for_kinds(given, &Cause::Purchase { payment, product }, now);
    let effect = Effect::Purchase { credits, refunded: PerKind::default() };
    let records = vec![Record { key, fingerprint, effect, until: None }];
    Ok(Change { job: None, balance: Some(balance), entries, records }.into())
}

/// Takes the credits of a payment back that was given back: at most those that the payment gave and no earlier refund
/// was for, and at most those that are left. Credits that an open job holds count as used; gifts are left alone.
/// `Nothing`: it has been done.
///
/// # Errors
/// [`Refusal::NoAccount`]; [`Refusal::NoPurchase`], also if the payment's own event has not come yet; [`Refusal::KeyReused`],
/// if the refund was for another payment or other credits.
pub fn refund(seen: &Snapshot, given_back: &Refund, now: Timestamp) -> Result<Decision, Refusal> {
    seen.member()?;
    let Refund { refund, payment, credits } = given_back.clone();
    let key = RecordKey::Refund(refund.clone());
    let fingerprint = fingerprint(format!("{payment} {}", in_words(&credits)).as_bytes());
    if seen.effect(&key, &fingerprint, now)?.is_some() {
        return Ok(Decision::Nothing);
    }
    let bought = seen.record(&RecordKey::Purchase(payment.clone()), now).ok_or(Refusal::NoPurchase)?.clone();
    let Effect::Purchase { credits: all, refunded } = bought.effect else {
        return Err(Refusal::NoPurchase);
    };
    let mut balance = seen.balance(now);
    let owed = PerKind::of(|kind| {
        let not_refunded = all.get(kind).saturating_sub(*refunded.get(kind));
        not_refunded.min(*credits.get(kind))
    });
    let taken = PerKind::of(|kind| *owed.get(kind).min(balance.purchased.get(kind)));
    let missing = PerKind::of(|kind| owed.get(kind).saturating_sub(*taken.get(kind)));
    let refunded = PerKind::of(|kind| refunded.get(kind).saturating_add(*owed.get(kind)));
    balance.purchased = PerKind::of(|kind| balance.purchased.get(kind).saturating_sub(*taken.get(kind)));
    // A line for what was refunded, also where nothing was left to take.
    let lines = PerKind::of(|kind| some(*credits.get(kind)).map(|_| CreditChange::taken(*taken.get(kind))));
    let entries = LedgerEntry::for_kinds(lines, &Cause::Refund { refund, payment }, now);
    let records = vec![
        Record { key, fingerprint, effect: Effect::Refund { taken, missing }, until: None },
        Record { effect: Effect::Purchase { credits: all, refunded }, ..bought },
    ];
    Ok(Change { job: None, balance: Some(balance), entries, records }.into())
}

pub(super) fn some(credits: Credits) -> Option<Credits> {
    (!credits.is_zero()).then_some(credits)
}

/// The amounts as a fingerprint wants them.
pub(super) fn in_words(credits: &PerKind<Credits>) -> String {
    format!("{} {}", credits.image, credits.video)
}
