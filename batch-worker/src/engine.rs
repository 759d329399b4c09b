//! The network that finds the subject, loaded when a job needs it and kept until it is done.

use std::time::Instant;

use sansfond_imaging::frames::{Cause, FrameMatter};
use sansfond_matting::matter::WhenFull;
use sansfond_matting::runtime::RuntimeHome;
use sansfond_matting::{
    Catalog, CutoutOptions, Frames, LoadOptions, Matter, MatterError, Runtime, RuntimeError, WeightStore,
};

use crate::settings::EngineSettings;

/// Gives whoever makes mattes. Called on a thread that may block, once the job is ours.
pub type Load = dyn Fn() -> Result<Box<dyn FrameMatter + Send>, Cause> + Send + Sync;

/// The engine cannot start. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No such model.
    #[error(transparent)]
    Model(#[from] sansfond_matting::catalog::CatalogError),
    /// ONNX Runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The weights, or the graph in them.
    #[error(transparent)]
    Matter(#[from] MatterError),
}

/// Loads the model. A provider that was asked for and cannot run here is an error: a GPU that does
/// nothing costs as much as one that works.
///
/// # Errors
/// [`EngineError`].
pub fn load(settings: &EngineSettings) -> Result<Frames<Matter>, EngineError> {
    let started = Instant::now();
    let catalog = Catalog::shipped();
    let model = catalog.model(settings.model.as_deref().unwrap_or(&catalog.default))?;
    let home = RuntimeHome::new(settings.home.join("runtime"), settings.library.clone());
    let runtime = Runtime::load(&home, settings.provider)?;
    let options = LoadOptions {
        threads: settings.threads,
        when_full: WhenFull::Wait,
        prepared: settings.prepared.clone(),
        ..LoadOptions::default()
    };
    let weights = WeightStore::new(settings.home.join("models"));
    let matter = Matter::load(&runtime, &weights, model, &options)?;
    let (name, provider) = (matter.model().name.clone(), matter.provider());
    let mut frames = Frames::new(matter, CutoutOptions::default());
    if let Some(at_once) = settings.frames_at_once {
        frames = frames.in_batches_of(at_once);
    }
    tracing::info!(
        model = name,
        %provider,
        library = runtime.library().file_name().map(|name| name.to_string_lossy()).as_deref(),
        frames_at_once = frames.batch(),
        took_ms = started.elapsed().as_millis() as u64,
        "the engine is ready"
    );
    Ok(frames)
}
