//! `GET /api/usage/history`: every change of the credits, newest first.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, run_route};
use sansfond_domain::LedgerEntry;
use sansfond_domain::ports::Credits;
use sansfond_web::{Caller, PageQuery, Problem, Query, RateLimit, cursor, page_request};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::schemas::{KindSchema, ReasonSchema, SourceSchema};

/// A page of the ledger.
#[derive(Serialize, ToSchema)]
struct Ledger {
    entries: Vec<EntryView>,
    /// `after` of the next page; `null` on the last.
    next: Option<String>,
}

/// One change.
#[derive(Serialize, ToSchema)]
struct EntryView {
    at: String,
    #[schema(value_type = ReasonSchema)]
    reason: &'static str,
    /// −1 when a job is accepted, 0 when its credit is kept, +1 when it comes back.
    credits: i32,
    #[schema(value_type = SourceSchema)]
    source: &'static str,
    job: String,
    #[schema(value_type = KindSchema)]
    kind: &'static str,
}

impl From<LedgerEntry> for EntryView {
    fn from(entry: LedgerEntry) -> Self {
        Self {
            at: entry.at.to_rfc3339(),
            reason: entry.reason.name(),
            credits: entry.credits,
            source: entry.reservation.source().name(),
            job: entry.job.to_string(),
            kind: entry.kind.name(),
        }
    }
}

/// The function of this route.
pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["Query"], ACCOUNTS)],
    ..Function::route::<__path_handle>("list_ledger", || run_route(router))
};

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let credits: Arc<dyn Credits> = boot.table()?;
    boot.frame(OpenApiRouter::new().routes(routes!(handle)).with_state(credits), RateLimit::ORDINARY)
}

/// Every change of my credits.
#[utoipa::path(get, path = "/api/usage/history", tag = "credits", security(("session" = []), ("key" = [])),
    params(PageQuery), responses((status = 200, body = Ledger)))]
async fn handle(
    State(credits): State<Arc<dyn Credits>>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Ledger>, Problem> {
    let page = credits.ledger(&caller.account, &page_request(query)?).await?;
    let entries = page.items.into_iter().map(EntryView::from).collect();
    Ok(axum::Json(Ledger { entries, next: page.next.as_deref().map(cursor) }))
}
