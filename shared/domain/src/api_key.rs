//! API keys. Only a hash is kept; the key itself is shown once.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AccountId, KeyId, Timestamp};

/// How many keys an account may have.
pub const MAX_KEYS: usize = 20;

/// What is kept of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its public name.
    pub id: KeyId,
    /// Whose it is.
    pub account: AccountId,
    /// What its owner calls it.
    pub label: String,
    /// Its first characters, so that its owner knows it again.
    pub prefix: String,
    /// SHA-256 of the secret, in hexadecimal digits.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A key as its owner types it: `sf_` and 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one from 32 random bytes.
    #[must_use]
    pub fn mint(random: &[u8; 32]) -> Self {
        Self(format!("sf_{}", hex(random)))
    }

    /// A text that looks like a key. `None` spares a look into the table.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sf_")?;
        (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .then(|| Self(text.to_owned()))
    }

    /// The only way to see it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the table knows it by. The key is random enough to need no salt.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }

    /// Its first characters.
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

/// Two digits for each byte.
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
    fn a_key_is_known_by_its_hash_and_never_printed() {
        let secret = Secret::mint(&[7; 32]);
        assert_eq!(Secret::parse(secret.reveal()), Some(secret.clone()));
        assert_eq!(secret.hash().len(), 64);
        assert!(!format!("{secret:?}").contains(&secret.reveal()[10..]));
        assert_eq!(Secret::parse("sf_short"), None);
        assert_eq!(Secret::parse(&"x".repeat(67)), None);
    }
}
