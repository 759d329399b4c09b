//! Records that make a repeated operation have one effect: a client's request, a payment, a refund, a gift, a
//! period of a plan, an email.
//!
//! A record is written in the transaction of the operation, under a key that the repeated operation has too. A
//! repetition finds the record and changes nothing. Sending an email is not part of a transaction: its record is
//! written afterwards.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::api_key::hex;
use crate::credits::Period;
use crate::{Credits, GrantId, JobId, PaymentId, PerKind, RefundId, Timestamp};

/// How long the record of a client's request is valid. The record of an email is valid as long as its event is kept
/// ([`crate::event::EVENT_KEPT`]); other records do not expire.
pub const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// The key of a record. Each kind has its own namespace: a client cannot name a request like a payment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RecordKey {
    /// A request with a client's name (`Idempotency-Key`).
    Request(String),
    /// A payment for credits.
    Purchase(PaymentId),
    /// A refund.
    Refund(RefundId),
    /// A gift.
    Grant(GrantId),
    /// A payment for a period of a plan.
    Plan(PaymentId),
    /// An email about an event, by the event's ID.
    Mail(String),
}

impl fmt::Display for RecordKey {
    /// The kind and the ID, as in `purchase#cs_1`. Different keys have different texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(name) => write!(f, "request#{name}"),
            Self::Purchase(payment) => write!(f, "purchase#{payment}"),
            Self::Refund(refund) => write!(f, "refund#{refund}"),
            Self::Grant(grant) => write!(f, "grant#{grant}"),
            Self::Plan(payment) => write!(f, "plan#{payment}"),
            Self::Mail(event) => write!(f, "mail#{event}"),
        }
    }
}

/// The record of a completed operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The key of the operation.
    pub key: RecordKey,
    /// The [`fingerprint`] of the request. A different request under the same key is rejected.
    pub fingerprint: String,
    /// The effect of the operation.
    pub effect: Effect,
    /// The end of the record's validity; `None` if it does not expire.
    pub until: Option<Timestamp>,
}

/// The effect of a recorded operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A job was accepted.
    Job(JobId),
    /// Credits were bought.
    Purchase {
        /// The credits that were bought.
        credits: PerKind<Credits>,
        /// The credits that have been refunded since.
        refunded: PerKind<Credits>,
    },
    /// Credits were taken back.
    Refund {
        /// The credits that were taken.
        taken: PerKind<Credits>,
        /// The refunded credits that could not be taken because they had been used.
        missing: PerKind<Credits>,
    },
    /// Credits were given.
    Grant(PerKind<Credits>),
    /// A period of a plan started.
    Plan {
        /// The plan's name.
        plan: String,
        /// The period.
        period: Period,
    },
    /// An email was sent.
    Mailed,
}

/// The SHA-256 of a request, in hexadecimal digits. It identifies a repeated request without storing the customer's
/// text.
#[must_use]
pub fn fingerprint(request: &[u8]) -> String {
    hex(&Sha256::digest(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_distinguishes_requests_and_does_not_contain_them() {
        let of = |text: &str| fingerprint(text.as_bytes());
        assert_eq!(of("a"), of("a"));
        assert_ne!(of("a"), of("b"));
        assert_eq!(of(&"my wedding.jpg".repeat(1000)).len(), 64);
    }

    #[test]
    fn the_key_of_a_request_never_equals_the_key_of_a_payment() {
        let payment = RecordKey::Purchase("cs_1".parse().expect("an id")).to_string();
        for name in ["cs_1", "purchase#cs_1", "request#cs_1"] {
            assert_ne!(RecordKey::Request(name.to_owned()).to_string(), payment);
        }
    }
}
