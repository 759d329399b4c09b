//! What the functions with a model are made of: the engine, and the workshop around it.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use sansfond_boot::Boot;
use sansfond_domain::Rate;
use sansfond_engine::{Engine, EngineSettings};
use sansfond_jobs::Lifecycle;
use sansfond_matting::matting_model::WhenFull;
use sansfond_telemetry::settings;

use crate::work::ImageContext;

/// The model, loaded as the environment says.
///
/// # Errors
/// What is missing, in words for the operator.
pub fn engine(when_full: WhenFull) -> Result<Arc<Engine>> {
    let engine = Engine::load(&EngineSettings::read()?, when_full).context("the engine does not start")?;
    Ok(Arc::new(engine))
}

/// Everything that a job needs. `SANSFOND_LEASE_SECONDS` is how long a worker has a job to itself:
/// a little longer than Lambda lets the function run, so that a lease never ends under a worker.
///
/// # Errors
/// If a setting is missing.
pub fn context(boot: &Boot, engine: Arc<Engine>) -> Result<ImageContext> {
    let lease = settings::required::<NonZeroU64>("SANSFOND_LEASE_SECONDS")?;
    Ok(ImageContext {
        engine,
        lifecycle: Lifecycle { transactions: boot.table()?, files: boot.bucket()?, rate: rate()? },
        free: boot.free_plan(),
        lease: Duration::from_secs(lease.get()),
    })
}

/// What this function's time costs: `SANSFOND_GB_SECOND_USD`, and the memory that Lambda says it has. `None` where
/// either is not known, as on a developer's machine.
fn rate() -> Result<Option<Rate>> {
    let price = settings::optional("SANSFOND_GB_SECOND_USD")?;
    let memory_mb = settings::optional("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")?;
    Ok(price.zip(memory_mb).map(|(price, memory_mb)| Rate::of_function(price, memory_mb)))
}
