//! What work on a job costs whoever runs the service: an estimate from time and list prices, for their eyes only.
//!
//! Deliberately absent: credits, which are what it costs the customer.

use std::str::FromStr;
use std::time::Duration;

use crate::rules::Decision;

/// Dollars, as a setting gives them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usd(f64);

/// Something is no price.
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

/// The price of the time of a machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    usd_per_s: f64,
}

impl Rate {
    /// Of a function with so many megabytes (of 1,024 to a gigabyte), by the price of a gigabyte for a second.
    #[must_use]
    pub fn of_function(Usd(gb_second): Usd, memory_mb: u32) -> Self {
        Self { usd_per_s: gb_second * f64::from(memory_mb) / 1024.0 }
    }

    /// Of a machine that is rented by the hour.
    #[must_use]
    pub fn of_machine(Usd(hour): Usd) -> Self {
        Self { usd_per_s: hour / 3600.0 }
    }

    /// Micro-dollars for so much time. What costs less than one costs one.
    #[must_use]
    pub fn micro_usd(self, time: Duration) -> u64 {
        let exactly = self.usd_per_s * time.as_secs_f64() * 1e6;
        // Beyond what an integer holds it stays at the largest.
        let rounded = exactly.round() as u64;
        if exactly > 0.0 { rounded.max(1) } else { 0 }
    }
}

impl Decision {
    /// The same, with what the attempt has cost added to its job. `None`: nobody knows the price.
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
    fn time_costs_what_the_price_list_says() {
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
    fn what_is_no_price_is_refused() {
        for text in ["", "-1", "NaN", "inf", "$1", "0,5"] {
            assert_eq!(text.parse::<Usd>(), Err(PriceError), "{text}");
        }
    }
}
