//! Timestamps and months, in UTC. Nothing here reads the clock.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A time, in milliseconds of Unix time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds of Unix time.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds of Unix time.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds of Unix time, the unit of DynamoDB's time to live.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time after a duration.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The start of the day, in UTC.
    #[must_use]
    pub const fn midnight(self) -> Self {
        Self(self.0 - self.0.rem_euclid(DAY_MS))
    }

    /// The end of the day, in UTC.
    #[must_use]
    pub const fn next_midnight(self) -> Self {
        Self(self.midnight().0.saturating_add(DAY_MS))
    }

    /// The calendar month.
    #[must_use]
    pub fn month(self) -> Month {
        let date = self.date_time();
        Month { year: date.year(), month: date.month() as u8 }
    }

    /// The year, month and day.
    #[must_use]
    pub fn date(self) -> (i32, u8, u8) {
        let date = self.date_time();
        (date.year(), date.month().into(), date.day())
    }

    /// The time in the format of RFC 3339, as in `2026-11-22T15:04:05.123Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.date_time().format(&Rfc3339).expect("every date of this range can be written. This is a bug.")
    }

    fn date_time(self) -> OffsetDateTime {
        // Clamped to the years that `time` can write; all our timestamps are within them.
        let millis = self.0.clamp(0, 253_402_300_799_999);
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .expect("the range was clamped. This is a bug.")
    }
}

impl From<SystemTime> for Timestamp {
    fn from(moment: SystemTime) -> Self {
        let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A calendar month, written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: i32,
    month: u8,
}

impl Month {
    /// Its first moment.
    #[must_use]
    pub fn start(self) -> Timestamp {
        let month = time::Month::try_from(self.month).expect("1 to 12. This is a bug.");
        let date =
            time::Date::from_calendar_date(self.year, month, 1).expect("a first of a month. This is a bug.");
        Timestamp(date.midnight().assume_utc().unix_timestamp() * 1000)
    }

    /// The start of the next month: the time at which allowances renew.
    #[must_use]
    pub fn end(self) -> Timestamp {
        let (year, month) = if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        Self { year, month }.start()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

/// A text is not a month.
#[derive(Debug, thiserror::Error)]
#[error("“{0}” is not a month like 2026-11")]
pub struct MonthError(String);

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let parts =
            text.split_once('-').and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
        match parts {
            Some((year, month)) if (1970..=9998).contains(&year) && (1..=12).contains(&month) => {
                Ok(Self { year, month })
            }
            _ => Err(MonthError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Month {
    type Error = MonthError;

    fn try_from(text: String) -> Result<Self, MonthError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_at_the_start_of_the_next() {
        let november: Month = "2026-11".parse().expect("a month");
        assert_eq!(november.start().to_rfc3339(), "2026-11-01T00:00:00Z");
        assert_eq!(november.end().to_rfc3339(), "2026-12-01T00:00:00Z");
        assert_eq!(november.end().date(), (2026, 12, 1));
        let december = november.end().month();
        assert_eq!(december.to_string(), "2026-12");
        assert_eq!(december.end().to_rfc3339(), "2027-01-01T00:00:00Z");
        assert_eq!(Timestamp(november.end().0 - 1).month(), november);
    }

    #[test]
    fn a_text_that_is_not_a_month_is_rejected() {
        for text in ["", "2026", "2026-13", "2026-00", "x-1"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }
}
