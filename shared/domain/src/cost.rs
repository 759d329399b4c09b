//! The operator's cost of a job: an estimate from time and list prices. Customers do not see it.
//!
//! Deliberately absent: credits, which are the customer's price.

use std::str::FromStr;
use std::time::Duration;

use crate::rules::Decision;

/// A price in US dollars, read from a setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usd(f64);

/// The text is not a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a price is a number of dollars that is not negative, as in 0.526")]
pub struct PriceError;

impl FromStr for Usd {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        let usd = text.parse().map_err(|_| PriceError)?;
        if f64::is_finite(usd) && usd >= 0.0 { Ok(Self(usd)) } else { Err(PriceError) }
    }
}

/// The price of a second of work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    usd_per_s: f64,
}

impl Rate {
    /// The rate of a Lambda function with `memory_mb` megabytes (1,024 to a gigabyte), from the price of one
    /// gigabyte-second.
    #[must_use]
    pub fn of_function(Usd(gb_second): Usd, memory_mb: u32) -> Self {
        Self { usd_per_s: gb_second * f64::from(memory_mb) / 1024.0 }
    }

    /// The rate of a machine, from its price per hour.
    #[must_use]
    pub fn of_machine(Usd(hour): Usd) -> Self {
        Self { usd_per_s: hour / 3600.0 }
    }

    /// The cost of a duration in millionths of a dollar, rounded; at least one if it is not free.
    #[must_use]
    pub fn micro_usd(self, time: Duration) -> u64 {
        let exactly = self.usd_per_s * time.as_secs_f64() * 1e6;
        // The cast saturates.
        let rounded = exactly.round() as u64;
        if exactly > 0.0 { rounded.max(1) } else { 0 }
    }
}

impl Decision {
    /// Adds the cost of an attempt to the job that is written. `None`: the price is not known.
    #[must_use]
    pub fn with_cost(mut self, micro_usd: Option<u64>) -> Self {
        if let (Self::Write(change), Some(cost)) = (&mut self, micro_usd)
            && let Some(job) = &mut change.job
        {
            let before = job.cost_micro_usd.unwrap_or(0);
            job.cost_micro_usd = Some(before.saturating_add(cost));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        text.parse().expect("a price")
    }

    #[test]
    fn a_cost_is_time_multiplied_by_the_rate() {
        // 4 s × 2.9375 GB × $0.0000133334
        let function = Rate::of_function(usd("0.0000133334"), 3008);
        assert_eq!(function.micro_usd(Duration::from_secs(4)), 157);
        assert_eq!(function.micro_usd(Duration::from_millis(1)), 1);
        let machine = Rate::of_machine(usd("0.526"));
        assert_eq!(machine.micro_usd(Duration::from_secs(3600)), 526_000);
        assert_eq!(machine.micro_usd(Duration::from_secs(90)), 13_150);
        assert_eq!(Rate::of_machine(usd("0")).micro_usd(Duration::from_secs(90)), 0);
        assert_eq!(Rate::of_machine(usd("1e300")).micro_usd(Duration::MAX), u64::MAX);
    }

    #[test]
    fn a_text_that_is_not_a_price_is_rejected() {
        for text in ["", "-1", "NaN", "inf", "$1", "0,5"] {
            assert_eq!(text.parse::<Usd>(), Err(PriceError), "{text}");
        }
    }
}
