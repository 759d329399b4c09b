//! The unit of times.

use ffmpeg_next::Rational;
use serde::{Deserialize, Serialize};

/// The unit of times: `num / den` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeBase {
    /// Numerator.
    pub num: i32,
    /// Denominator.
    pub den: i32,
}

impl TimeBase {
    /// Converts ticks to seconds.
    #[must_use]
    pub fn seconds(self, ticks: i64) -> f64 {
        ticks as f64 * f64::from(self.num) / f64::from(self.den)
    }

    pub(crate) fn rational(self) -> Rational {
        Rational(self.num, self.den)
    }
}

impl From<Rational> for TimeBase {
    fn from(rational: Rational) -> Self {
        Self { num: rational.0, den: rational.1 }
    }
}
