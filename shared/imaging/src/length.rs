//! A length as users write it, such as `30px` or `10%`. Lengths are doubles, as in the editor of the site, so that both
//! round alike.

use std::fmt;
use std::str::FromStr;

/// An absolute length or a share of a whole that the caller chooses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// Pixels of the input picture.
    Px(f64),
    /// Percent; 100 is the whole.
    Percent(f64),
}

/// The text is not a length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not a length; write pixels like 30px or a share like 10%")]
pub struct LengthError {
    text: String,
}

impl Length {
    /// The length in pixels, where 100 % is `whole`.
    #[must_use]
    pub fn of(self, whole: f64) -> f64 {
        match self {
            Self::Px(pixels) => pixels,
            Self::Percent(share) => whole * share / 100.0,
        }
    }
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let refused = || LengthError { text: text.to_owned() };
        let trimmed = text.trim();
        let (number, unit): (_, fn(f64) -> Self) =
            match (trimmed.strip_suffix("px"), trimmed.strip_suffix('%')) {
                (Some(number), _) => (number, Self::Px),
                (_, Some(number)) => (number, Self::Percent),
                _ => (trimmed, Self::Px),
            };
        let number: f64 = number.trim().parse().map_err(|_| refused())?;
        if number.is_finite() && number.abs() <= 1e6 { Ok(unit(number)) } else { Err(refused()) }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Px(pixels) => write!(f, "{pixels}px"),
            Self::Percent(share) => write!(f, "{share}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_and_shares_are_read() {
        assert_eq!("30px".parse(), Ok(Length::Px(30.0)));
        assert_eq!(" 12.5 %".parse(), Ok(Length::Percent(12.5)));
        assert_eq!("7".parse(), Ok(Length::Px(7.0)));
        assert_eq!(Length::Percent(10.0).of(300.0), 30.0);
    }

    #[test]
    fn an_invalid_length_is_named_in_the_error() {
        for text in ["", "px", "ten", "NaN%", "infpx", "1e9px"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
        assert!("3em".parse::<Length>().unwrap_err().to_string().contains("3em"));
    }
}
