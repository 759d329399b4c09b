//! Credits that are given as a gift: a welcome, an apology, a test.

use super::{Change, Decision, Refusal, Snapshot};
use crate::credits::{Cause, LedgerEntry};
use crate::record::{Effect, fingerprint};
use crate::{Credits, GrantId, PerKind, Record, RecordKey, Timestamp};

/// A gift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The gift; the same one is given once to an account.
    pub grant: GrantId,
    /// The credits.
    pub credits: PerKind<Credits>,
}

impl Grant {
    /// What [`grant`] wants to see, beside the account.
    #[must_use]
    pub fn records(&self) -> Vec<RecordKey> {
        vec![RecordKey::Grant(self.grant.clone())]
    }
}

/// Gives credits that nobody has paid for. No refund takes them back. `Nothing`: they have been given.
///
/// # Errors
/// [`Refusal::NoAccount`]; [`Refusal::KeyReused`], if the gift was of other credits.
pub fn grant(seen: &Snapshot, gift: &Grant, now: Timestamp) -> Result<Decision, Refusal> {
    seen.member()?;
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
