//! Reads booleans and numbers from JSON and from the texts of forms and queries.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Reads a boolean, or its text in a form.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Flag;

    impl Visitor<'_> for Flag {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true or false")
        }

        fn visit_bool<E: Error>(self, flag: bool) -> Result<bool, E> {
            Ok(flag)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
            match text {
                "true" | "1" | "on" | "yes" => Ok(true),
                "false" | "0" | "off" | "no" => Ok(false),
                _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
            }
        }
    }

    deserializer.deserialize_any(Flag)
}

/// Reads a whole number of percent: `10`, `"10"` or `"10%"`.
pub(crate) fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    struct Percent;

    impl Visitor<'_> for Percent {
        type Value = u8;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number of percent from 0 to 50")
        }

        fn visit_u64<E: Error>(self, percent: u64) -> Result<u8, E> {
            u8::try_from(percent)
                .map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(percent), &self))
        }

        fn visit_i64<E: Error>(self, percent: i64) -> Result<u8, E> {
            u8::try_from(percent).map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(percent), &self))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<u8, E> {
            let digits = text.strip_suffix('%').unwrap_or(text);
            digits.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
        }
    }

    deserializer.deserialize_any(Percent)
}
