//! Purchases of credits, and refunds.
//!
//! Deliberately absent: prices in money, currencies and the payment provider. The caller passes the credits of a
//! payment.

use super::{Change, Decision, Refusal, Snapshot};
use crate::credits::{Cause, LedgerEntry};
use crate::record::{Effect, fingerprint};
use crate::{Credits, PaymentId, PerKind, Record, RecordKey, RefundId, Timestamp};

/// A completed payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The ID of the payment; it is booked once.
    pub payment: PaymentId,
    /// The product's name in the shop.
    pub product: String,
    /// The credits of the product.
    pub credits: PerKind<Credits>,
}

/// A refund of a payment, in part or as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The ID of the refund; it is booked once. A payment may have several refunds.
    pub refund: RefundId,
    /// The refunded payment.
    pub payment: PaymentId,
    /// The credits to take back.
    pub credits: PerKind<Credits>,
}

impl Purchase {
    /// The records that [`purchase`] reads.
    #[must_use]
    pub fn records(&self) -> Vec<RecordKey> {
        vec![RecordKey::Purchase(self.payment.clone())]
    }
}

impl Refund {
    /// The records that [`refund`] reads.
    #[must_use]
    pub fn records(&self) -> Vec<RecordKey> {
        vec![RecordKey::Refund(self.refund.clone()), RecordKey::Purchase(self.payment.clone())]
    }
}

/// Gives the credits of a payment. `Nothing`: they were given before.
///
/// # Errors
/// [`Refusal::NoAccount`]; [`Refusal::KeyReused`] if the payment was for another product or other credits.
pub fn purchase(seen: &Snapshot, bought: &Purchase, now: Timestamp) -> Result<Decision, Refusal> {
    seen.existing_account()?;
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

/// Takes back the credits of a refunded payment: at most the credits that the payment gave and that no earlier
/// refund took back, and at most those that are left. Credits that an open job holds count as used; gifts are not
/// touched. `Nothing`: it was done before.
///
/// # Errors
/// [`Refusal::NoAccount`]; [`Refusal::NoPurchase`], also if the payment's own event has not arrived yet;
/// [`Refusal::KeyReused`] if the refund was for another payment or other credits.
pub fn refund(seen: &Snapshot, given_back: &Refund, now: Timestamp) -> Result<Decision, Refusal> {
    seen.existing_account()?;
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
