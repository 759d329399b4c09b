//! The network that finds the subject, loaded when a job needs it and kept until it is done.

use std::path::PathBuf;
use std::time::Instant;

use image::GrayImage;
use sansfond_imaging::frames::{Cause, FrameMatter};
use sansfond_imaging::{Cutout, Picture};
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

/// A loaded model.
#[derive(Debug)]
pub struct Engine {
    matter: Matter,
    library: PathBuf,
    frames_at_once: usize,
}

impl Engine {
    /// Loads the model. A provider that was asked for and cannot run here is an error: a GPU that does
    /// nothing costs as much as one that works.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn load(settings: &EngineSettings) -> Result<Self, EngineError> {
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
        let library = runtime.library().to_owned();
        let engine = Self { matter, library, frames_at_once: settings.frames_at_once };
        tracing::info!(
            model = engine.matter.model().name,
            provider = %engine.matter.provider(),
            library = engine.library.file_name().map(|name| name.to_string_lossy()).as_deref(),
            frames_at_once = engine.batch(),
            took_ms = started.elapsed().as_millis() as u64,
            "the engine is ready"
        );
        Ok(engine)
    }

    fn frames(&self) -> Frames<'_> {
        Frames::new(&self.matter, CutoutOptions::default()).together(self.frames_at_once)
    }
}

impl FrameMatter for Engine {
    fn batch(&self) -> usize {
        self.frames().batch()
    }

    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        FrameMatter::mattes(&self.frames(), pictures)
    }

    fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        self.frames().cutout(picture, alpha)
    }
}
