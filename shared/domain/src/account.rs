//! An account. Its password is Cognito's business.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::closed_list::closed_list;
use crate::{AccountId, Timestamp};

/// Who uses the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub id: AccountId,
    /// Where mail goes; unique in the pool.
    pub email: String,
    /// The language of mails and, when a request names none, of messages.
    pub language: Language,
    /// When it was first seen.
    pub created_at: Timestamp,
}

closed_list! {
    /// The languages that we speak, by their ISO 639-1 codes.
    #[derive(Default)]
    enum Language, code {
        /// English.
        #[default]
        En "en",
        /// French.
        Fr "fr",
    }
}

/// A language that we do not speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this language is not spoken here")]
pub struct LanguageError;

impl FromStr for Language {
    type Err = LanguageError;

    /// Takes a code with or without a region: `fr`, `fr-CA`, `fr_FR`.
    fn from_str(text: &str) -> Result<Self, LanguageError> {
        let primary = text.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|one| primary.eq_ignore_ascii_case(one.code())).ok_or(LanguageError)
    }
}

/// An email address as people sign in with it: trimmed and in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Email(String);

/// A text that is no email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an email address")]
pub struct EmailError;

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name for counters, which must not hold the address.
    #[must_use]
    pub fn digest(&self) -> String {
        Sha256::digest(self.0.as_bytes())
            .iter()
            .take(12)
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    /// Only what could never be delivered is refused; the code in the mail proves the rest.
    fn try_from(text: String) -> Result<Self, EmailError> {
        let text = text.trim().to_lowercase();
        let (local, host) = text.rsplit_once('@').ok_or(EmailError)?;
        let strange = |character: char| character.is_whitespace() || character.is_control();
        let fine = !local.is_empty()
            && !local.contains('@')
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && text.len() <= 254
            && text.is_ascii()
            && !text.contains(strange);
        if fine { Ok(Self(text)) } else { Err(EmailError) }
    }
}

/// Whether a password satisfies the pool's policy: 10 to 256 characters, among them an upper-case
/// letter, a lower-case letter and a digit. Looked at here first, so that the answer does not depend on
/// whether the account exists.
#[must_use]
pub fn is_strong_enough(password: &str) -> bool {
    let has = |wanted: fn(&char) -> bool| password.chars().any(|character| wanted(&character));
    (10..=256).contains(&password.chars().count())
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_typed() {
        let email = |text: &str| Email::try_from(text.to_owned());
        assert_eq!(email(" Ada@Example.ORG "), email("ada@example.org"));
        for text in
            ["", "ada", "@example.org", "ada@", "ada@host", "a b@example.org", "a@b@example.org", "a@.org"]
        {
            assert_eq!(email(text), Err(EmailError), "{text}");
        }
        assert!(!email("ada@example.org").expect("an address").digest().contains("ada"));
    }

    #[test]
    fn simple_passwords_are_refused() {
        assert!(is_strong_enough("Passw0rdPass"));
        for password in ["Sh0rt", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere", ""] {
            assert!(!is_strong_enough(password), "{password}");
        }
    }

    #[test]
    fn a_region_does_not_matter() {
        assert_eq!("fr-CA".parse(), Ok(Language::Fr));
        assert_eq!("EN".parse(), Ok(Language::En));
        assert_eq!("de".parse::<Language>(), Err(LanguageError));
    }
}
