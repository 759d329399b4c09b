//! Amounts of credits, counted in quarters.

use std::fmt;

use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Quarters per credit. A power of two, so that every amount is an exact number in JSON.
const QUARTERS: u32 = 4;

/// An amount of credits, never negative. One credit pays for one picture or up to 30 seconds of video. Text, JSON
/// and stored rows contain the number of credits, such as `2` or `2.25`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Credits {
    quarters: u32,
}

/// A change of credits, as in a line of the ledger: positive if they are given, negative if they are taken. Written
/// like [`Credits`], with a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CreditChange {
    quarters: i64,
}

/// The number is not an amount of credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount of credits is a number of quarters, as in 2 or 2.25")]
pub struct CreditsError;

impl Credits {
    /// Zero credits.
    pub const ZERO: Self = Self::from_quarters(0);
    /// One credit: the price of a picture.
    pub const ONE: Self = Self::whole(1);

    /// An amount from a number of quarters.
    #[must_use]
    pub const fn from_quarters(quarters: u32) -> Self {
        Self { quarters }
    }

    /// An amount from a number of whole credits; at most about a billion.
    #[must_use]
    pub const fn whole(credits: u32) -> Self {
        Self::from_quarters(credits.saturating_mul(QUARTERS))
    }

    /// Whether the amount is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.quarters == 0
    }

    /// The sum; at most about a billion.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self::from_quarters(self.quarters.saturating_add(other.quarters))
    }

    /// The difference; at least zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self::from_quarters(self.quarters.saturating_sub(other.quarters))
    }

    /// The difference. `None` if `other` is larger.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.quarters.checked_sub(other.quarters).map(Self::from_quarters)
    }

    fn from_number(number: f64) -> Result<Self, CreditsError> {
        let quarters = number * f64::from(QUARTERS);
        let is_amount = quarters.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&quarters);
        // Checked on the line above.
        if is_amount { Ok(Self::from_quarters(quarters as u32)) } else { Err(CreditsError) }
    }
}

impl CreditChange {
    /// No change.
    pub const NONE: Self = Self { quarters: 0 };

    /// Credits that are given.
    #[must_use]
    pub fn given(credits: Credits) -> Self {
        Self { quarters: i64::from(credits.quarters) }
    }

    /// Credits that are taken.
    #[must_use]
    pub fn taken(credits: Credits) -> Self {
        Self { quarters: -i64::from(credits.quarters) }
    }

    /// The sum of two changes.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { quarters: self.quarters.saturating_add(other.quarters) }
    }

    fn is_taken(self) -> bool {
        self.quarters < 0
    }

    fn amount(self) -> Credits {
        Credits::from_quarters(u32::try_from(self.quarters.unsigned_abs()).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = ["", ".25", ".5", ".75"];
        let (whole, quarters) = (self.quarters / QUARTERS, self.quarters % QUARTERS);
        write!(f, "{whole}{}", part[quarters as usize])
    }
}

impl fmt::Display for CreditChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_taken() { "-" } else { "" }, self.amount())
    }
}

impl From<Credits> for f64 {
    fn from(credits: Credits) -> Self {
        Self::from(credits.quarters) / Self::from(QUARTERS)
    }
}

/// Writes whole credits as an integer: `2` and not `2.0`.
fn write_number<S: Serializer>(negative: bool, credits: Credits, to: S) -> Result<S::Ok, S::Error> {
    let Credits { quarters } = credits;
    if quarters % QUARTERS == 0 {
        let whole = i64::from(quarters / QUARTERS);
        to.serialize_i64(if negative { -whole } else { whole })
    } else {
        let amount = f64::from(credits);
        to.serialize_f64(if negative { -amount } else { amount })
    }
}

impl Serialize for Credits {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        write_number(false, *self, to)
    }
}

impl Serialize for CreditChange {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        write_number(self.is_taken(), self.amount(), to)
    }
}

/// Reads an integer or a floating-point number.
struct Number;

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CreditsError}")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        i32::try_from(number).map(f64::from).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        u32::try_from(number)
            .map(f64::from)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

impl<'de> Deserialize<'de> for Credits {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::from_number(from.deserialize_any(Number)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for CreditChange {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = from.deserialize_any(Number)?;
        let amount = Credits::from_number(number.abs()).map_err(D::Error::custom)?;
        Ok(if number < 0.0 { Self::taken(amount) } else { Self::given(amount) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarters(quarters: u32) -> Credits {
        Credits::from_quarters(quarters)
    }

    #[test]
    fn credits_are_written_as_decimal_numbers() {
        let texts = [0, 1, 2, 3, 4, 9, 40].map(|number| quarters(number).to_string());
        assert_eq!(texts, ["0", "0.25", "0.5", "0.75", "1", "2.25", "10"]);
        assert_eq!(CreditChange::taken(quarters(9)).to_string(), "-2.25");
        assert_eq!(CreditChange::given(quarters(9)).to_string(), "2.25");
        assert_eq!(CreditChange::taken(Credits::ZERO).to_string(), "0");
    }

    #[test]
    fn credits_survive_a_round_trip_through_json() {
        for number in [0, 1, 4, 9, u32::MAX - 3, u32::MAX] {
            let credits = quarters(number);
            let json = serde_json::to_string(&credits).expect("JSON");
            assert_eq!(json, credits.to_string());
            assert_eq!(serde_json::from_str::<Credits>(&json).expect("credits"), credits);
            for change in [CreditChange::given(credits), CreditChange::taken(credits)] {
                let json = serde_json::to_string(&change).expect("JSON");
                assert_eq!(json, change.to_string());
                assert_eq!(serde_json::from_str::<CreditChange>(&json).expect("a change"), change);
            }
        }
    }

    #[test]
    fn a_number_that_is_not_a_multiple_of_a_quarter_is_rejected() {
        for json in ["-1", "0.1", "-0.25", "1e12", "99999999999", "null", "\"1\""] {
            assert!(serde_json::from_str::<Credits>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn credits_saturate_at_zero_and_at_the_maximum() {
        let most = Credits::whole(u32::MAX);
        assert_eq!(most.saturating_add(Credits::ONE), most);
        assert_eq!(Credits::ONE.saturating_sub(Credits::whole(2)), Credits::ZERO);
        assert_eq!(Credits::ONE.checked_sub(quarters(5)), None);
        assert_eq!(Credits::ONE.checked_sub(quarters(1)), Some(quarters(3)));
    }
}
