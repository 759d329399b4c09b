//! `GET /api/usage`: returns the credits of the current period.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::Plan;
use sansfond_domain::ports::{Accounts, Balances};
use sansfond_web::{Caller, Code, Problem, RateLimit, now};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::credit_views::UsageView;

#[derive(Clone)]
struct Ports {
    accounts: Arc<dyn Accounts>,
    credits: Arc<dyn Balances>,
    free: Arc<Plan>,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["GetItem"], ACCOUNTS)],
    settings: &[Setting::FreePlan],
    ..Function::route::<__path_handle>("get_usage", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let table = boot.table()?;
    let ports = Ports { accounts: table.clone(), credits: table, free: boot.free_plan() };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::ORDINARY)
}

/// Returns the credits for the current period.
#[utoipa::path(get, path = "/api/usage", tag = "credits", security(("session" = []), ("api_key" = [])),
    responses((status = 200, body = UsageView, description = "The credits.")))]
async fn handle(State(ports): State<Ports>, caller: Caller) -> Result<axum::Json<UsageView>, Problem> {
    let account = ports.accounts.account(&caller.account).await?;
    let account = account.ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    let balance = ports.credits.balance(&account.id).await?;
    Ok(axum::Json(UsageView::new(balance.as_ref(), &ports.free, now())))
}
