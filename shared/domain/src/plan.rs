//! What a plan allows, and which plan is in force.

use serde::{Deserialize, Serialize};

use crate::{Balance, Credits, JobKind, Timestamp};

/// The name of the plan that every account begins with.
pub const FREE: &str = "free";

/// The terms of a plan: allowances of a period, and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Credits for pictures in a period, which is a month.
    pub images_per_month: u32,
    /// Credits for videos in a period, which is a month.
    pub videos_per_month: u32,
    /// The longest video.
    pub video_seconds: u32,
    /// The largest upload, in bytes.
    pub upload_bytes: u64,
    /// The largest upload of a video, in bytes.
    pub video_bytes: u64,
    /// The largest picture, in millions of pixels.
    pub megapixels: u32,
    /// Jobs that may be open at the same time.
    pub jobs_at_once: u32,
}

impl Plan {
    /// How many credits of a kind a period holds.
    #[must_use]
    pub const fn per_month(&self, kind: JobKind) -> u32 {
        match kind {
            JobKind::Image => self.images_per_month,
            JobKind::Video => self.videos_per_month,
        }
    }

    /// How many credits of a kind a period holds.
    #[must_use]
    pub const fn allowance(&self, kind: JobKind) -> Credits {
        Credits::whole(self.per_month(kind))
    }

    /// The plan that is in force for an account at a moment. `balance` is `None` before its first change; `free` is the
    /// free plan of this installation.
    #[must_use]
    pub fn in_force(balance: Option<&Balance>, free: &Self, now: Timestamp) -> Self {
        match balance {
            Some(balance) => balance.at(now).plan.terms(free).clone(),
            None => free.clone(),
        }
    }
}

impl Default for Plan {
    /// The free plan as it is when the settings say nothing. The template's parameters get their defaults from here.
    fn default() -> Self {
        Self {
            name: FREE.to_owned(),
            images_per_month: 10,
            videos_per_month: 2,
            video_seconds: 30,
            upload_bytes: 22_000_000,
            video_bytes: 500_000_000,
            megapixels: 50,
            jobs_at_once: 10,
        }
    }
}

/// The plan of an account, as its balance keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurrentPlan {
    /// The free plan, with the terms that the settings of this installation give it now: a change of the settings
    /// counts at once, for every account. Nobody has paid for other terms.
    Free,
    /// A paid plan, with the terms that were paid for: they were copied when its period began and count to its end.
    Paid(Plan),
}

impl CurrentPlan {
    /// Its terms. `free`: the free plan of this installation.
    #[must_use]
    pub const fn terms<'a>(&'a self, free: &'a Plan) -> &'a Plan {
        match self {
            Self::Free => free,
            Self::Paid(plan) => plan,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credits::Period;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + second * 1000)
    }

    #[test]
    fn the_free_plan_is_what_the_settings_say_now_and_a_paid_one_what_was_paid_for() {
        let free = Plan { images_per_month: 3, ..Plan::default() };
        let paid = Plan { name: "pro".to_owned(), images_per_month: 200, ..Plan::default() };
        let balance = Balance {
            plan: CurrentPlan::Paid(paid.clone()),
            period: Period { starts_at: at(0), ends_at: at(100) },
            ..Balance::new(at(0))
        };
        assert_eq!(Plan::in_force(None, &free, at(0)), free);
        assert_eq!(Plan::in_force(Some(&Balance::new(at(0))), &free, at(0)), free);
        assert_eq!(Plan::in_force(Some(&balance), &free, at(99)), paid);
        assert_eq!(Plan::in_force(Some(&balance), &free, at(100)), free, "its period is over");
    }
}
