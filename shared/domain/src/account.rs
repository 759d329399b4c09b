//! An account. Its password is Cognito's business.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
    /// The name of its plan.
    pub plan: String,
    /// When it was first seen.
    pub created_at: Timestamp,
}

/// The languages that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Fr];

    /// Its ISO 639-1 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_does_not_matter() {
        assert_eq!("fr-CA".parse(), Ok(Language::Fr));
        assert_eq!("EN".parse(), Ok(Language::En));
        assert_eq!("de".parse::<Language>(), Err(LanguageError));
    }
}
