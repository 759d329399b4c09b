//! Records that turn "twice" into "once": of a client's request, a payment, a refund, a gift, a period of a plan, a mail.
//!
//! A record is written in the transaction that does what it is about, under a key that the same thing always has. Whoever
//! is asked for the same thing again finds the record, and changes nothing. A mail is in no transaction: its record follows it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::api_key::hex;
use crate::credits::Period;
use crate::{Credits, GrantId, JobId, PaymentId, PerKind, RefundId, Timestamp};

/// How long the record of a client's request counts. That of a mail counts as long as an event is kept
/// ([`crate::event::EVENT_KEPT`]), others for ever.
pub const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// What a record is about. Each kind has names of its own: a client cannot name a request so that it meets a payment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RecordKey {
    /// A request to which the client gave a name (`Idempotency-Key`).
    Request(String),
    /// A payment that credits were bought with.
    Purchase(PaymentId),
    /// A refund.
    Refund(RefundId),
    /// A gift.
    Grant(GrantId),
    /// A payment for a period of a plan.
    Plan(PaymentId),
    /// A mail about an event, by the event's id.
    Mail(String),
}

impl fmt::Display for RecordKey {
    /// The kind and the name, as in `purchase#cs_1`; two keys are never written the same.
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

/// That something has been done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is about.
    pub key: RecordKey,
    /// What was asked for, as [`fingerprint`] has condensed it: another request under the same key is refused.
    pub fingerprint: String,
    /// What it has led to.
    pub effect: Effect,
    /// Until when the record counts; `None` is for ever.
    pub until: Option<Timestamp>,
}

/// What a recorded request has led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A job was accepted.
    Job(JobId),
    /// Credits were bought.
    Purchase {
        /// How many.
        credits: PerKind<Credits>,
        /// How many of them have been refunded since.
        refunded: PerKind<Credits>,
    },
    /// Credits were taken back.
    Refund {
        /// Those that were there.
        taken: PerKind<Credits>,
        /// Those that were refunded and had been used before.
        missing: PerKind<Credits>,
    },
    /// Credits were given.
    Grant(PerKind<Credits>),
    /// A period of a plan began.
    Plan {
        /// The plan's name.
        plan: String,
        /// The period.
        period: Period,
    },
    /// A mail was sent.
    Mailed,
}

/// What a request is known by when it comes again: its SHA-256, because what a customer wrote need not
/// be kept for that.
#[must_use]
pub fn fingerprint(request: &[u8]) -> String {
    hex(&Sha256::digest(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_tells_requests_apart_and_nothing_of_them() {
        let of = |text: &str| fingerprint(text.as_bytes());
        assert_eq!(of("a"), of("a"));
        assert_ne!(of("a"), of("b"));
        assert_eq!(of(&"my wedding.jpg".repeat(1000)).len(), 64);
    }

    #[test]
    fn a_client_cannot_name_a_request_so_that_it_meets_a_payment() {
        let payment = RecordKey::Purchase("cs_1".parse().expect("an id")).to_string();
        for name in ["cs_1", "purchase#cs_1", "request#cs_1"] {
            assert_ne!(RecordKey::Request(name.to_owned()).to_string(), payment);
        }
    }
}
