//! API keys. Only a hash is stored; the key itself is shown once.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AccountId, KeyId, Timestamp};

/// The maximum number of keys of an account.
pub const MAX_KEYS: usize = 20;

/// The stored properties of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The key's public ID.
    pub id: KeyId,
    /// The account that owns the key.
    pub account: AccountId,
    /// The name that its owner gave it.
    pub label: String,
    /// The first characters of the secret, by which its owner recognizes the key.
    pub prefix: String,
    /// The SHA-256 of the secret, in hexadecimal digits.
    pub hash: String,
    /// The time at which the key was created.
    pub created_at: Timestamp,
}

/// The secret of a key: `sf_` and 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new secret from 32 random bytes.
    #[must_use]
    pub fn mint(random: &[u8; 32]) -> Self {
        Self(format!("sf_{}", hex(random)))
    }

    /// Parses a text. `None`: it cannot be a key, so that no lookup is needed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sf_")?;
        (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .then(|| Self(text.to_owned()))
    }

    /// The secret as text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the secret, in hexadecimal digits. The secret is random enough to need no salt.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }

    /// The first ten characters of the secret.
    #[must_use]
    pub fn prefix(&self) -> String {
        self.0.chars().take(10).collect()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({}…)", self.prefix())
    }
}

/// Hexadecimal digits, two per byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail. This is a bug.");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_a_hash_and_is_never_printed() {
        let secret = Secret::mint(&[7; 32]);
        assert_eq!(Secret::parse(secret.reveal()), Some(secret.clone()));
        assert_eq!(secret.hash().len(), 64);
        assert!(!format!("{secret:?}").contains(&secret.reveal()[10..]));
        assert_eq!(Secret::parse("sf_short"), None);
        assert_eq!(Secret::parse(&"x".repeat(67)), None);
    }
}
