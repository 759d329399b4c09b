//! Loads the engine and creates the context of the functions that have a model.

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

/// Loads the model that the settings name.
pub fn engine(when_full: WhenFull) -> Result<Arc<Engine>> {
    let engine = Engine::load(&EngineSettings::read()?, when_full).context("the engine does not start")?;
    Ok(Arc::new(engine))
}

/// Creates the context of image jobs. `SANSFOND_LEASE_SECONDS` is the duration of a lease: a little longer than the
/// timeout of the function, so that no lease ends while its worker runs.
pub fn context(boot: &Boot, engine: Arc<Engine>) -> Result<ImageContext> {
    let lease = settings::required::<NonZeroU64>("SANSFOND_LEASE_SECONDS")?;
    Ok(ImageContext {
        engine,
        lifecycle: Lifecycle { transactions: boot.table()?, files: boot.bucket()?, rate: rate()? },
        free: boot.free_plan(),
        lease: Duration::from_secs(lease.get()),
    })
}

/// The price of this function's time, from `SANSFOND_GB_SECOND_USD` and the memory size that Lambda reports. `None` if
/// either is unknown, as on a developer's machine.
fn rate() -> Result<Option<Rate>> {
    let price = settings::optional("SANSFOND_GB_SECOND_USD")?;
    let memory_mb = settings::optional("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")?;
    Ok(price.zip(memory_mb).map(|(price, memory_mb)| Rate::of_function(price, memory_mb)))
}
