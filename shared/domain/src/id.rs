//! Names of things. A name that came from outside has been checked once, here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A name that cannot be one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the name of anything here")]
pub struct IdError;

/// An account: the `sub` that Cognito gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

/// A job. Later jobs sort after earlier ones (a UUID of version 7, without hyphens).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

/// The public name of an API key; it opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// A payment, by the name that whoever took the money gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentId(String);

/// A refund, by the name that whoever gave the money back gave it. A payment may have several.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RefundId(String);

/// A gift, by the name that whoever gave it chose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GrantId(String);

/// Ten random bytes: what a sortable name has beside its time.
pub type Entropy = [u8; 10];

fn sortable(now: Timestamp, random: &Entropy) -> String {
    let millis = u64::try_from(now.millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid().simple().to_string()
}

impl JobId {
    /// A new name.
    #[must_use]
    pub fn mint(now: Timestamp, random: &Entropy) -> Self {
        Self(sortable(now, random))
    }

    /// When it was made.
    #[must_use]
    pub fn minted_at(&self) -> Timestamp {
        let millis = i64::from_str_radix(&self.0[..12], 16);
        Timestamp::from_millis(millis.expect("it was checked to be hexadecimal. This is a bug."))
    }
}

impl KeyId {
    /// A new name.
    #[must_use]
    pub fn mint(now: Timestamp, random: &Entropy) -> Self {
        Self(sortable(now, random))
    }
}

fn is_hex_32(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

// Cognito's subs are UUIDs; the rule is as narrow as keys and paths need it.
fn is_sub(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

// What others name things; as narrow as sort keys need it, where `#` separates.
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
    fn later_jobs_sort_after_earlier_ones() {
        let early = JobId::mint(Timestamp::from_millis(1_000), &[255; 10]);
        let late = JobId::mint(Timestamp::from_millis(1_001), &[0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<JobId>(), Ok(early));
    }

    #[test]
    fn the_names_that_a_shop_gives_its_payments_are_taken() {
        for text in ["cs_test_a1B2c3", "evt_1NG8Du2eZvKYlo2CUI79vXWy", "welcome-2026.12"] {
            assert_eq!(text.parse::<PaymentId>().map(String::from), Ok(text.to_owned()));
        }
    }

    #[test]
    fn names_cannot_climb_out_of_their_folder() {
        for text in ["", "../x", "a/b", "a#b", "é"] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
            assert!(text.parse::<JobId>().is_err(), "{text}");
            assert!(text.parse::<PaymentId>().is_err(), "{text}");
        }
    }
}
