//! `GET /api/usage`: what is left this month.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::ports::{Accounts, Credits};
use sansfond_domain::{Balance, JobKind, Plan, Plans};
use sansfond_web::{Caller, Code, Problem, RateLimit, now};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(Clone)]
struct Ports {
    accounts: Arc<dyn Accounts>,
    credits: Arc<dyn Credits>,
    plans: Arc<Plans>,
}

/// What has been used and what is left.
#[derive(Serialize, ToSchema)]
struct Usage {
    plan: String,
    /// The calendar month (UTC), as in `2026-11`.
    month: String,
    /// When the allowances renew.
    renews_at: String,
    images: Allowance,
    videos: Allowance,
    /// Credits that were bought; they do not expire with the month and are used after the allowance.
    purchased: u32,
    /// Jobs that have not ended.
    open_jobs: u32,
    /// How many of them may be open at the same time.
    jobs_at_once: u32,
}

/// A monthly allowance.
#[derive(Serialize, ToSchema)]
struct Allowance {
    per_month: u32,
    used: u32,
    left: u32,
}

/// The function of this route.
pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["GetItem"], ACCOUNTS)],
    settings: &[Setting::FreePlan],
    ..Function::route::<__path_handle>("get_usage", || run_route(router))
};

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let table = boot.table()?;
    let ports = Ports { accounts: table.clone(), credits: table, plans: boot.plans() };
    boot.frame(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::ORDINARY)
}

/// What is left this month.
#[utoipa::path(get, path = "/api/usage", tag = "credits", security(("session" = []), ("key" = [])),
    responses((status = 200, body = Usage)))]
async fn handle(State(ports): State<Ports>, caller: Caller) -> Result<axum::Json<Usage>, Problem> {
    let month = now().month();
    let account = ports.accounts.account(&caller.account).await?;
    let account = account.ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    let plan = ports.plans.named(&account.plan);
    let balance = ports.credits.balance(&account.id).await?;
    let balance = balance.unwrap_or_else(|| Balance::new(month)).in_month(month);
    Ok(axum::Json(Usage {
        plan: plan.name.clone(),
        month: balance.month.to_string(),
        renews_at: balance.month.end().to_rfc3339(),
        images: allowance(&balance, plan, JobKind::Image, balance.images_used),
        videos: allowance(&balance, plan, JobKind::Video, balance.videos_used),
        purchased: balance.purchased,
        open_jobs: balance.open_jobs,
        jobs_at_once: plan.jobs_at_once,
    }))
}

fn allowance(balance: &Balance, plan: &Plan, kind: JobKind, used: u32) -> Allowance {
    Allowance { per_month: plan.allowance(kind), used, left: balance.allowance_left(kind, plan) }
}
