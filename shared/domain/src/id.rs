//! IDs. Each ID is validated once, when it is parsed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The text is not a valid ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the name of anything here")]
pub struct IdError;

/// The ID of an account: the `sub` of its Cognito user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

/// The ID of a job: a UUID of version 7 without hyphens. IDs sort by creation time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

/// The public ID of an API key. It does not authenticate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// The ID of a payment, chosen by the payment provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentId(String);

/// The ID of a refund, chosen by the payment provider. A payment may have several refunds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RefundId(String);

/// The ID of a gift, chosen by the giver.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GrantId(String);

/// The ten random bytes of an ID that sorts by time.
pub type Entropy = [u8; 10];

fn sortable(now: Timestamp, random: &Entropy) -> String {
    let millis = u64::try_from(now.millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid().simple().to_string()
}

impl JobId {
    /// A new ID.
    #[must_use]
    pub fn mint(now: Timestamp, random: &Entropy) -> Self {
        Self(sortable(now, random))
    }

    /// The time at which the ID was created.
    #[must_use]
    pub fn minted_at(&self) -> Timestamp {
        let millis = i64::from_str_radix(&self.0[..12], 16);
        Timestamp::from_millis(millis.expect("it was checked to be hexadecimal. This is a bug."))
    }
}

impl KeyId {
    /// A new ID.
    #[must_use]
    pub fn mint(now: Timestamp, random: &Entropy) -> Self {
        Self(sortable(now, random))
    }
}

fn is_hex_32(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

// Cognito's subs are UUIDs. The rule excludes characters with a meaning in keys and paths.
fn is_sub(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

// IDs of other services. The rule excludes `#`, which separates the parts of sort keys.
fn is_foreign(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=255).contains(&text.len()) && text.bytes().all(allowed)
}

macro_rules! checked_text {
    ($name:ident, $check:ident) => {
        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if $check(text) { Ok(Self(text.to_owned())) } else { Err(IdError) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

checked_text!(AccountId, is_sub);
checked_text!(JobId, is_hex_32);
checked_text!(KeyId, is_hex_32);
checked_text!(PaymentId, is_foreign);
checked_text!(RefundId, is_foreign);
checked_text!(GrantId, is_foreign);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_ids_sort_by_time() {
        let early = JobId::mint(Timestamp::from_millis(1_000), &[255; 10]);
        let late = JobId::mint(Timestamp::from_millis(1_001), &[0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<JobId>(), Ok(early));
    }

    #[test]
    fn ids_of_payment_providers_are_valid() {
        for text in ["cs_test_a1B2c3", "evt_1NG8Du2eZvKYlo2CUI79vXWy", "welcome-2026.12"] {
            assert_eq!(text.parse::<PaymentId>().map(String::from), Ok(text.to_owned()));
        }
    }

    #[test]
    fn an_id_cannot_contain_separators() {
        for text in ["", "../x", "a/b", "a#b", "é"] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
            assert!(text.parse::<JobId>().is_err(), "{text}");
            assert!(text.parse::<PaymentId>().is_err(), "{text}");
        }
    }
}
