//! Credits as a customer sees them: what is left, and each line of the ledger.

use sansfond_domain::credits::Cause;
use sansfond_domain::{Balance, CreditChange, Credits, JobKind, LedgerEntry, Plan, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schemas::{KindSchema, PlanChangeSchema, ReasonSchema, SourceSchema};

/// What has been used and what is left. A credit is one picture, or up to 30 seconds of video; amounts may have
/// quarters, as in `2.25`.
#[derive(Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageView {
    /// The name of the plan that is in force.
    plan: String,
    /// When the period of the allowances began: the calendar month (UTC) on the free plan.
    period_starts_at: String,
    /// When the allowances renew.
    renews_at: String,
    /// Credits for pictures.
    images: KindUsage,
    /// Credits for videos.
    videos: KindUsage,
    /// Jobs that have not ended.
    open_jobs: u32,
    /// How many of them may be open at the same time.
    jobs_at_once: u32,
}

/// The credits of a kind. The allowance is used first, then gifts, then what was bought.
#[derive(Serialize, ToSchema)]
struct KindUsage {
    /// The allowance of a period.
    per_month: u32,
    /// Used or reserved of the allowance.
    #[schema(value_type = f64, minimum = 0)]
    used: Credits,
    /// Left of the allowance.
    #[schema(value_type = f64, minimum = 0)]
    left: Credits,
    /// Left of gifts, which do not end with the period.
    #[schema(value_type = f64, minimum = 0)]
    granted: Credits,
    /// Left of what was bought, which does not end with the period.
    #[schema(value_type = f64, minimum = 0)]
    purchased: Credits,
    /// Everything that can be used now: `left`, `granted` and `purchased`.
    #[schema(value_type = f64, minimum = 0)]
    available: Credits,
}

impl UsageView {
    /// `balance` is `None` before its first change; `free` is the free plan of this installation.
    pub(crate) fn new(balance: Option<&Balance>, free: &Plan, now: Timestamp) -> Self {
        let balance = balance.map_or_else(|| Balance::new(now), |balance| balance.at(now));
        let terms = balance.plan.terms(free);
        let of = |kind: JobKind| KindUsage {
            per_month: terms.per_month(kind),
            used: *balance.used.get(kind),
            left: balance.allowance_left(kind, free),
            granted: *balance.granted.get(kind),
            purchased: *balance.purchased.get(kind),
            available: balance.available(kind, free),
        };
        Self {
            plan: terms.name.clone(),
            period_starts_at: balance.period.starts_at.to_rfc3339(),
            renews_at: balance.period.ends_at.to_rfc3339(),
            images: of(JobKind::Image),
            videos: of(JobKind::Video),
            open_jobs: balance.open_jobs,
            jobs_at_once: terms.jobs_at_once,
        }
    }
}

/// One change of the credits, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct EntryView {
    at: String,
    /// Which credits.
    #[schema(value_type = KindSchema)]
    kind: &'static str,
    /// How many were given, or taken if it is less than 0. A job takes its credits when it is accepted; when it
    /// completes nothing changes any more, and else they come back, unless their period is over.
    #[schema(value_type = f64)]
    credits: CreditChange,
    cause: CauseView,
}

/// Why the credits changed.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = LedgerCause)]
enum CauseView {
    /// A job was accepted or has ended.
    Job {
        /// Its name in `/api/jobs`.
        job: String,
        #[schema(value_type = ReasonSchema)]
        reason: &'static str,
        #[schema(value_type = SourceSchema)]
        source: &'static str,
    },
    /// Credits were bought.
    Purchase {
        payment: String,
        /// What was bought.
        product: String,
    },
    /// A payment was given back.
    Refund {
        refund: String,
        /// The payment that was given back.
        payment: String,
    },
    /// Credits were given as a gift.
    Grant { grant: String },
    /// A period of a plan began; the credits are its allowance.
    Plan {
        payment: String,
        /// The plan's name.
        plan: String,
        #[schema(value_type = PlanChangeSchema)]
        change: &'static str,
    },
}

impl From<LedgerEntry> for EntryView {
    fn from(entry: LedgerEntry) -> Self {
        let LedgerEntry { at, kind, credits, cause } = entry;
        Self { at: at.to_rfc3339(), kind: kind.name(), credits, cause: cause.into() }
    }
}

impl From<Cause> for CauseView {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Job { job, reason, source } => {
                Self::Job { job: job.to_string(), reason: reason.name(), source: source.name() }
            }
            Cause::Purchase { payment, product } => Self::Purchase { payment: payment.to_string(), product },
            Cause::Refund { refund, payment } => {
                Self::Refund { refund: refund.to_string(), payment: payment.to_string() }
            }
            Cause::Grant { grant } => Self::Grant { grant: grant.to_string() },
            Cause::Plan { payment, plan, change } => {
                Self::Plan { payment: payment.to_string(), plan, change: change.name() }
            }
        }
    }
}
