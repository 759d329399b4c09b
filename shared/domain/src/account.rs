//! Accounts. Passwords are stored by Cognito only.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AccountId, Timestamp};

/// A customer's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's ID.
    pub id: AccountId,
    /// The email address; unique in the user pool.
    pub email: String,
    /// The language of mails and, when a request names none, of messages.
    pub language: Language,
    /// The time at which the account was created.
    pub created_at: Timestamp,
}

/// A language, by its ISO 639-1 code. Every code is possible: the languages that the service has texts in are
/// those of `sansfond_texts::languages`, and an account keeps its language when its texts are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language([u8; 2]);

/// The text is not a language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language is a code of two letters, such as en")]
pub struct LanguageError;

impl Language {
    /// English, in which every text exists.
    pub const ENGLISH: Self = Self(*b"en");

    /// The code, in lower case.
    #[must_use]
    pub fn code(&self) -> &str {
        str::from_utf8(&self.0).expect("ASCII letters. This is a bug.")
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    /// Parses a code with or without a region: `fr`, `fr-CA`, `fr_FR`.
    fn from_str(text: &str) -> Result<Self, LanguageError> {
        match text.split(['-', '_']).next().unwrap_or_default().as_bytes() {
            [first, second] if first.is_ascii_alphabetic() && second.is_ascii_alphabetic() => {
                Ok(Self([first.to_ascii_lowercase(), second.to_ascii_lowercase()]))
            }
            _ => Err(LanguageError),
        }
    }
}

impl TryFrom<String> for Language {
    type Error = LanguageError;

    fn try_from(text: String) -> Result<Self, LanguageError> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.code().to_owned()
    }
}

/// An email address, trimmed and in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Email(String);

/// The text is not an email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an email address")]
pub struct EmailError;

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A digest of the address: the name of its rate counters, which must not contain the address itself. 24
    /// hexadecimal digits.
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

    /// Rejects what Cognito and SES would reject, with a clear error instead of theirs: the local part is a sequence of
    /// RFC 5322 atoms, without quotes, and the host is a domain name. The code in the confirmation mail proves the rest.
    fn try_from(text: String) -> Result<Self, EmailError> {
        let text = text.trim().to_lowercase();
        let (local, host) = text.rsplit_once('@').ok_or(EmailError)?;
        let is_valid =
            text.len() <= 254 && local.len() <= 64 && local.split('.').all(is_atom) && is_domain(host);
        if is_valid { Ok(Self(text)) } else { Err(EmailError) }
    }
}

fn is_atom(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_allowed)
}

/// Whether a text is a domain name with a top level that is not a number, which excludes addresses of networks.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.split('.').all(is_label)
        && text.rsplit_once('.').is_some_and(|(_, top)| !top.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a password satisfies the user pool's policy: 10 to 256 characters, among them an upper-case letter, a
/// lower-case letter and a digit. It is checked here first so that the response does not depend on whether the
/// account exists.
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
    fn an_address_is_trimmed_and_in_lower_case() {
        let email = |text: &str| Email::try_from(text.to_owned());
        assert_eq!(email(" Ada@Example.ORG "), email("ada@example.org"));
        assert!(!email("ada@example.org").expect("an address").digest().contains("ada"));
    }

    #[test]
    fn an_address_that_can_never_receive_mail_is_refused() {
        let email = |text: &str| Email::try_from(text.to_owned());
        for text in [
            "ada+cats@example.org",
            "o'brien@example.co.uk",
            "a.b_c-d@xn--bcher-kva.example",
            "1@3com.example",
            &format!("{}@example.org", "a".repeat(64)),
        ] {
            assert_eq!(email(text).expect("an address").as_str(), text);
        }
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@host",
            "a b@example.org",
            "a@b@example.org",
            "a@.org",
            "a@org.",
            "a,b@example.org",
            "<a>@example.org",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a..b@example.org",
            ".a@example.org",
            "a.@example.org",
            "\"a\"@example.org",
            "a@example..org",
            "a@-example.org",
            "a@example-.org",
            "a@exa_mple.org",
            "é@example.org",
            "a@exämple.org",
            "a\r\n@example.org",
            &format!("{}@example.org", "a".repeat(65)),
            &format!("a@{}.org", "b".repeat(64)),
            &format!("a@{}org", "b.".repeat(130)),
        ] {
            assert_eq!(email(text), Err(EmailError), "{text}");
        }
    }

    #[test]
    fn simple_passwords_are_refused() {
        assert!(is_strong_enough("Passw0rdPass"));
        for password in ["Sh0rt", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere", ""] {
            assert!(!is_strong_enough(password), "{password}");
        }
    }

    #[test]
    fn the_region_of_a_language_is_ignored() {
        let language = |text: &str| text.parse::<Language>();
        assert_eq!(language("EN"), Ok(Language::ENGLISH));
        assert_eq!(language("fr-CA"), language("fr"));
        assert_eq!(language("fr_FR").expect("a language").code(), "fr");
        for text in ["", "f", "french", "é", "12", "-fr", "*"] {
            assert_eq!(language(text), Err(LanguageError), "{text}");
        }
    }

    #[test]
    fn a_language_is_written_as_its_code_in_json() {
        let french: Language = "fr".parse().expect("a language");
        assert_eq!(serde_json::to_string(&french).expect("JSON"), r#""fr""#);
        assert_eq!(serde_json::from_str::<Language>(r#""fr""#).expect("a language"), french);
        assert!(serde_json::from_str::<Language>(r#""french""#).is_err());
    }
}
