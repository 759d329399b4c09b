//! `GET /api/usage/history`: lists the changes to the credit balance, newest first.

use std::sync::Arc;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, run_route};
use sansfond_domain::ports::Balances;
use sansfond_web::{Caller, PageQuery, Problem, Query, RateLimit, cursor, page_request};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::credit_views::EntryView;

/// A page of the credit history.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerEntryList)]
struct Ledger {
    /// The entries on this page, newest first.
    entries: Vec<EntryView>,
    /// The cursor for the next page. Send it as `after`. `null` on the last page.
    next: Option<String>,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["Query"], ACCOUNTS)],
    ..Function::route::<__path_handle>("list_ledger", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let credits: Arc<dyn Balances> = boot.table()?;
    boot.with_middleware(
        OpenApiRouter::new().routes(routes!(handle)).with_state(credits),
        RateLimit::ORDINARY,
    )
}

/// Lists the changes to the credit balance, newest first.
#[utoipa::path(get, path = "/api/usage/history", tag = "credits", security(("session" = []), ("api_key" = [])),
    params(PageQuery), responses((status = 200, body = Ledger, description = "A page of the credit history.")))]
async fn handle(
    State(credits): State<Arc<dyn Balances>>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Ledger>, Problem> {
    let page = credits.ledger(&caller.account, &page_request(query)?).await?;
    let entries = page.items.into_iter().map(EntryView::from).collect();
    Ok(axum::Json(Ledger { entries, next: page.next.as_deref().map(cursor) }))
}
