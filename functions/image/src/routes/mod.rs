//! The routes of this package. `remove_background` and `health` share a function; the routes without an account have a
//! function each.

pub mod fetch_image;
pub mod health;
mod media;
pub mod preview_cutout;
mod problems;
pub mod remove_background;

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use sansfond_boot::{Boot, Function};
use sansfond_engine::Engine;
use sansfond_matting::matting_model::WhenFull;
use utoipa::OpenApi;

use crate::boot;
use sansfond_fetch::Fetcher;

/// The routes that need the model; [`fetch_image::FUNCTION`] needs none.
pub const FUNCTIONS: &[Function] = &[remove_background::FUNCTION, preview_cutout::FUNCTION];

#[derive(OpenApi)]
#[openapi(paths(remove_background::handle, health::handle, preview_cutout::handle, fetch_image::handle))]
struct Paths;

/// `remove_background` and `health`, with the loaded model.
pub fn router(boot: &Boot) -> Result<Router> {
    let engine = boot::engine(WhenFull::Refuse)?;
    let context = boot::context(boot, engine.clone())?;
    with(boot, &engine, context, Fetcher::default())
}

/// For tests.
pub fn with(
    boot: &Boot,
    engine: &Arc<Engine>,
    context: crate::work::ImageContext,
    fetcher: Fetcher,
) -> Result<Router> {
    Ok(health::router(boot, engine).merge(remove_background::router(boot, context, fetcher)?))
}

/// The OpenAPI document of these routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Paths::openapi()
}
