//! The terms of plans, and the current plan of an account.

use serde::{Deserialize, Serialize};

use crate::{Balance, Credits, JobKind, Timestamp};

/// The name of the free plan, with which every account starts.
pub const FREE: &str = "free";

/// The terms of a plan: allowances per period, and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The plan's name.
    pub name: String,
    /// Credits for pictures per period of one month.
    pub images_per_month: u32,
    /// Credits for videos per period of one month.
    pub videos_per_month: u32,
    /// The maximum length of the processed part of a video, in seconds.
    pub video_seconds: u32,
    /// The maximum size of an uploaded picture, in bytes.
    pub upload_bytes: u64,
    /// The maximum size of an uploaded video, in bytes.
    pub video_bytes: u64,
    /// The maximum size of a picture, in millions of pixels.
    pub megapixels: u32,
    /// The maximum number of open jobs.
    pub jobs_at_once: u32,
    /// The maximum number of requests per minute that create or retry a job.
    pub job_requests_per_minute: u32,
}

impl Plan {
    /// The allowance for a kind of job, in whole credits per period.
    #[must_use]
    pub const fn per_month(&self, kind: JobKind) -> u32 {
        match kind {
            JobKind::Image => self.images_per_month,
            JobKind::Video => self.videos_per_month,
        }
    }

    /// The allowance for a kind of job per period.
    #[must_use]
    pub const fn allowance(&self, kind: JobKind) -> Credits {
        Credits::whole(self.per_month(kind))
    }

    /// The maximum number of jobs per day that cost the account nothing: far more than the tries that it takes to use
    /// up the allowance.
    #[must_use]
    pub const fn uncharged_per_day(&self, kind: JobKind) -> u32 {
        self.per_month(kind).saturating_mul(5).saturating_add(20)
    }

    /// The plan of an account at a time. `balance` is `None` before its first change; `free` is the free plan of
    /// this installation.
    #[must_use]
    pub fn in_force(balance: Option<&Balance>, free: &Self, now: Timestamp) -> Self {
        match balance {
            Some(balance) => balance.at(now).plan.terms(free).clone(),
            None => free.clone(),
        }
    }
}

impl Default for Plan {
    /// The free plan without any settings. The template's parameters take their defaults from here.
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
            job_requests_per_minute: 60,
        }
    }
}

/// The plan of an account, as stored in its balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurrentPlan {
    /// The free plan. Its terms come from the settings of this installation, so that a change of the settings
    /// applies to every account at once.
    Free,
    /// A paid plan, with the terms that were paid for. They are copied when its period starts and apply until it
    /// ends.
    Paid(Plan),
}

impl CurrentPlan {
    /// The terms of the plan. `free` is the free plan of this installation.
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
    fn a_free_plan_has_the_current_terms_and_a_paid_plan_those_that_were_paid_for() {
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
