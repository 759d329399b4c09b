//! What people read from our Rust programs, in every language that has a file in `locales/`: titles and details of
//! problems, failures of jobs, mails.
//!
//! Each message of `locales/en.ftl` is a function: `problem-busy` is [`problem::busy`]. It takes the variables of the
//! message, so a wrong name does not compile. What a function returns is a text in no language yet;
//! [`Message::in_language`] writes it.
//!
//! Deliberately absent: which error has which message (its crate says so), and the texts of the site
//! (`frontend/src/locales`).

mod texts;

use std::sync::LazyLock;

use sansfond_domain::Language;

use crate::texts::Texts;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::new(FILES));

/// A message with its variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    id: &'static str,
    variables: Vec<(&'static str, Value)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Number(Number),
}

/// A number in a message. Each language writes it in its own way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(f64);

impl Message {
    const fn new(id: &'static str, variables: Vec<(&'static str, Value)>) -> Self {
        Self { id, variables }
    }

    /// The text in a language; in English if there are no texts in that language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        TEXTS.write(self, language)
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for Number {
            /// Exact up to 2⁵³, far above every limit and size that a text tells.
            fn from(number: $number) -> Self {
                Self(number as f64)
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 usize i32 f64 }

/// The languages that have texts, in the order of their codes.
pub fn languages() -> impl Iterator<Item = Language> {
    TEXTS.languages()
}

/// The language of a tag such as `fr-CA`, if it has texts.
#[must_use]
pub fn find(tag: &str) -> Option<Language> {
    TEXTS.find(tag)
}

/// The language that a header `Accept-Language` wants most among those that have texts; English if it wants none.
#[must_use]
pub fn negotiate(accept_language: &str) -> Language {
    TEXTS.negotiate(accept_language)
}

#[cfg(test)]
mod tests;
