//! Gifts of credits: a welcome, an apology, a test.

use super::{Change, Decision, Refusal, Snapshot};
use crate::credits::{Cause, LedgerEntry};
use crate::record::{Effect, fingerprint};
use crate::{Credits, GrantId, PerKind, Record, RecordKey, Timestamp};

/// A gift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The ID of the gift; an account receives it once.
    pub grant: GrantId,
    /// The credits.
    pub credits: PerKind<Credits>,
}

impl Grant {
    /// The records that [`grant`] reads.
    #[must_use]
    pub fn records(&self) -> Vec<RecordKey> {
        vec![RecordKey::Grant(self.grant.clone())]
    }
}

/// Gives credits without a payment. Refunds do not take them back. `Nothing`: they were given before.
///
/// # Errors
/// [`Refusal::NoAccount`]; [`Refusal::KeyReused`] if the gift with this ID had other credits.
pub fn grant(seen: &Snapshot, gift: &Grant, now: Timestamp) -> Result<Decision, Refusal> {
    seen.existing_account()?;
    let Grant { grant, credits } = gift.clone();
    let key = RecordKey::Grant(grant.clone());
    let fingerprint = fingerprint(credits.to_string().as_bytes());
    if seen.effect(&key, &fingerprint, now)?.is_some() {
        return Ok(Decision::Nothing);
    }
    let mut balance = seen.balance(now);
    balance.granted = balance.granted.plus(&credits);
    let entries = LedgerEntry::given(&credits, &Cause::Grant { grant }, now);
    let records = vec![Record { key, fingerprint, effect: Effect::Grant(credits), until: None }];
    Ok(Change { balance: Some(balance), entries, records, ..Change::default() }.into())
}
