//! Credits that are bought, and what becomes of them when the payment is given back.
//!
//! Deliberately absent: prices in money, currencies, and who takes the money. Whoever hears of a payment says how many
//! credits it gives.

use super::{Change, Decision, Refusal, Snapshot};
use crate::credits::{Cause, LedgerEntry};
use crate::record::{Effect, fingerprint};
use crate::{Credits, PaymentId, PerKind, Record, RecordKey, RefundId, Timestamp};

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
    let fingerprint = fingerprint(format!("{product}: {credits}").as_bytes());
    if seen.effect(&key, &fingerprint, now)?.is_some() {
        return Ok(Decision::Nothing);
    }
    let mut balance = seen.balance(now);
    balance.purchased = balance.purchased.plus(&credits);
    let entries = LedgerEntry::given(&credits, &Cause::Purchase { payment, product }, now);
    let effect = Effect::Purchase { credits, refunded: PerKind::default() };
    let records = vec![Record { key, fingerprint, effect, until: None }];
    Ok(Change { balance: Some(balance), entries, records, ..Change::default() }.into())
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
    let fingerprint = fingerprint(format!("{payment}: {credits}").as_bytes());
    if seen.effect(&key, &fingerprint, now)?.is_some() {
        return Ok(Decision::Nothing);
    }
    let bought = seen.record(&RecordKey::Purchase(payment.clone()), now).ok_or(Refusal::NoPurchase)?.clone();
    let Effect::Purchase { credits: all, refunded } = bought.effect else {
        return Err(Refusal::NoPurchase);
    };
    let mut balance = seen.balance(now);
    let owed = credits.at_most(&all.minus(&refunded));
    let taken = owed.at_most(&balance.purchased);
    balance.purchased = balance.purchased.minus(&taken);
    let entries = LedgerEntry::taken(&credits, &taken, &Cause::Refund { refund, payment }, now);
    let missing = owed.minus(&taken);
    let refunded = refunded.plus(&owed);
    let records = vec![
        Record { key, fingerprint, effect: Effect::Refund { taken, missing }, until: None },
        Record { effect: Effect::Purchase { credits: all, refunded }, ..bought },
    ];
    Ok(Change { balance: Some(balance), entries, records, ..Change::default() }.into())
}
