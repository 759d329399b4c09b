//! The routes of this package. One function serves both: only there is the model known to run.

pub mod health;
pub mod remove_background;

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use sansfond_boot::Boot;
use sansfond_matting::matter::WhenFull;
use utoipa::OpenApi;

use crate::boot;
use crate::engine::Engine;
use crate::fetch::Fetcher;

/// The names of the programs that serve routes.
pub const NAMES: &[&str] = &["remove_background"];

#[derive(OpenApi)]
#[openapi(paths(remove_background::handle, health::handle))]
struct Paths;

/// Both routes, each in its own frame, the model loaded.
///
/// # Errors
/// If a setting or the model is missing.
pub fn router(boot: &Boot) -> Result<Router> {
    let engine = boot::engine(WhenFull::Refuse)?;
    let workshop = boot::workshop(boot, engine.clone())?;
    with(boot, &engine, workshop, Fetcher::default())
}

/// The same with an engine, a workshop and a fetcher that are there already; for tests.
///
/// # Errors
/// If a setting is missing.
pub fn with(
    boot: &Boot,
    engine: &Arc<Engine>,
    workshop: crate::work::Workshop,
    fetcher: Fetcher,
) -> Result<Router> {
    Ok(health::router(boot, engine).merge(remove_background::router(boot, workshop, fetcher)?))
}

/// The description of these routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Paths::openapi()
}
