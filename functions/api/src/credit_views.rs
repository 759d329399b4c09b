//! The API's view of credits: the balance and the entries of the ledger.

use sansfond_domain::credits::Cause;
use sansfond_domain::{Balance, CreditChange, Credits, JobKind, LedgerEntry, Plan, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schemas::{KindSchema, PlanChangeSchema, ReasonSchema, SourceSchema};

/// The credits for the current period. One credit pays for one image or up to 30 seconds of video. Amounts are
/// multiples of 0.25.
#[derive(Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageView {
    /// The name of the current plan.
    plan: String,
    /// Start of the current period (RFC 3339). On the free plan, a period is a calendar month (UTC).
    #[schema(format = DateTime)]
    period_starts_at: String,
    /// Time at which the allowances renew (RFC 3339).
    #[schema(format = DateTime)]
    renews_at: String,
    /// Image credits.
    images: KindUsage,
    /// Video credits.
    videos: KindUsage,
    /// The number of jobs that have not ended.
    open_jobs: u32,
    /// The maximum number of open jobs.
    max_open_jobs: u32,
}

/// The credits of one kind. A job uses the allowance first, then granted credits, then purchased credits.
#[derive(Serialize, ToSchema)]
#[schema(as = CreditBalance)]
struct KindUsage {
    /// The credits that the plan includes in each period.
    allowance: u32,
    /// The part of the allowance that is used or reserved.
    #[schema(value_type = f64, minimum = 0)]
    used: Credits,
    /// The part of the allowance that remains.
    #[schema(value_type = f64, minimum = 0)]
    remaining: Credits,
    /// Granted credits that remain. They do not expire at the end of the period.
    #[schema(value_type = f64, minimum = 0)]
    granted: Credits,
    /// Purchased credits that remain. They do not expire at the end of the period.
    #[schema(value_type = f64, minimum = 0)]
    purchased: Credits,
    /// All credits that can be used now: the sum of `remaining`, `granted` and `purchased`.
    #[schema(value_type = f64, minimum = 0)]
    available: Credits,
}

impl UsageView {
    /// `balance` is `None` before its first change. `free` is the free plan of this installation.
    pub(crate) fn new(balance: Option<&Balance>, free: &Plan, now: Timestamp) -> Self {
        let balance = balance.map_or_else(|| Balance::new(now), |balance| balance.at(now));
        let terms = balance.plan.terms(free);
        let of = |kind: JobKind| KindUsage {
            allowance: terms.per_month(kind),
            used: *balance.used.get(kind),
            remaining: balance.allowance_left(kind, free),
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
            max_open_jobs: terms.jobs_at_once,
        }
    }
}

/// A change to the credit balance, and its cause.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct EntryView {
    /// Time of the change (RFC 3339).
    #[schema(format = DateTime)]
    created_at: String,
    /// The kind of credits.
    #[schema(value_type = KindSchema)]
    kind: &'static str,
    /// The number of credits added; negative if credits were removed. A job uses its credits when it is created. When
    /// it completes, the amount is 0. When it ends without a result, the credits are returned, unless their period
    /// has ended.
    #[schema(value_type = f64)]
    credits: CreditChange,
    /// The cause of the change.
    cause: CauseView,
}

/// The cause of a change to the credit balance.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = LedgerCause)]
enum CauseView {
    /// A job was created or has ended.
    Job {
        /// The ID of the job.
        job_id: String,
        /// What happened to the job.
        #[schema(value_type = ReasonSchema)]
        reason: &'static str,
        /// The credits that the job uses.
        #[schema(value_type = SourceSchema)]
        source: &'static str,
    },
    /// Credits were purchased.
    Purchase {
        /// The ID of the payment.
        payment_id: String,
        /// The purchased product.
        product: String,
    },
    /// A payment was refunded.
    Refund {
        /// The ID of the refund.
        refund_id: String,
        /// The ID of the refunded payment.
        payment_id: String,
    },
    /// The operator granted credits.
    Grant {
        /// The ID of the grant.
        grant_id: String,
    },
    /// A plan period began. The credits are the allowance for that period.
    Plan {
        /// The ID of the payment.
        payment_id: String,
        /// The name of the plan.
        plan: String,
        /// Whether the plan started or was renewed.
        #[schema(value_type = PlanChangeSchema)]
        change: &'static str,
    },
}

impl From<LedgerEntry> for EntryView {
    fn from(entry: LedgerEntry) -> Self {
        let LedgerEntry { at, kind, credits, cause } = entry;
        Self { created_at: at.to_rfc3339(), kind: kind.name(), credits, cause: cause.into() }
    }
}

impl From<Cause> for CauseView {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Job { job, reason, source } => {
                Self::Job { job_id: job.to_string(), reason: reason.name(), source: source.name() }
            }
            Cause::Purchase { payment, product } => {
                Self::Purchase { payment_id: payment.to_string(), product }
            }
            Cause::Refund { refund, payment } => {
                Self::Refund { refund_id: refund.to_string(), payment_id: payment.to_string() }
            }
            Cause::Grant { grant } => Self::Grant { grant_id: grant.to_string() },
            Cause::Plan { payment, plan, change } => {
                Self::Plan { payment_id: payment.to_string(), plan, change: change.name() }
            }
        }
    }
}
