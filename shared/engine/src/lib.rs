//! The matting engine of an installation: its settings, and loading its model, for functions and worker.
//!
//! Deliberately absent: pictures and frames, fetching missing weights (the command line does that), and a
//! warm-up. The first picture takes a fifth longer than the next; a warm-up before it would take as long as a
//! whole picture.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use sansfond_matting::catalog::CatalogError;
use sansfond_matting::matting_model::WhenFull;
use sansfond_matting::runtime::RuntimeHome;
use sansfond_matting::{
    Catalog, LoadOptions, MattingModel, ModelLoadError, Provider, Runtime, RuntimeError, WeightStore,
};
use sansfond_telemetry::settings::{SettingError, optional, required};

/// Pictures that may queue for the network; [`WhenFull`] decides about further ones.
const QUEUE_LENGTH: usize = 2;

/// Settings of the engine: its files, model, provider and threads.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// `SANSFOND_HOME`: the folder with `runtime/` and `models/`. May be read-only.
    pub home: PathBuf,
    /// `SANSFOND_MODEL`; the catalog's default if it is not set.
    pub model: Option<String>,
    /// `SANSFOND_PROVIDER`; the CPU if it is not set. A provider that cannot run on this machine is an error,
    /// because an idle GPU costs as much as a busy one.
    pub provider: Provider,
    /// `SANSFOND_THREADS`: threads of the network; every core if it is not set.
    pub threads: Option<usize>,
    /// `SANSFOND_PREPARED`: a writable folder for the graph optimized for this machine; the folder of the
    /// weights if it is not set.
    pub prepared: Option<PathBuf>,
    /// `ORT_DYLIB_PATH`: a library of ONNX Runtime instead of the one in the home.
    pub library: Option<PathBuf>,
}

/// The engine cannot start. The texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The catalog has no such model.
    #[error(transparent)]
    Model(#[from] CatalogError),
    /// ONNX Runtime cannot be loaded.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The weights cannot be loaded, or their graph is not the model's.
    #[error(transparent)]
    MattingModel(#[from] ModelLoadError),
}

/// A loaded model and the ONNX Runtime that runs it.
#[derive(Debug)]
pub struct Engine {
    /// The model.
    pub matting_model: MattingModel,
    /// The file of the ONNX Runtime library.
    pub library: PathBuf,
}

impl EngineSettings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingError`] names the variable.
    pub fn read() -> Result<Self, SettingError> {
        Ok(Self {
            home: required("SANSFOND_HOME")?,
            model: optional("SANSFOND_MODEL")?,
            provider: optional("SANSFOND_PROVIDER")?.unwrap_or(Provider::Cpu),
            threads: optional::<NonZeroUsize>("SANSFOND_THREADS")?.map(usize::from),
            prepared: optional("SANSFOND_PREPARED")?,
            library: optional("ORT_DYLIB_PATH")?,
        })
    }
}

impl Engine {
    /// Loads ONNX Runtime and the model. `when_full` decides whether a picture waits or is rejected if the queue is
    /// full.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn load(settings: &EngineSettings, when_full: WhenFull) -> Result<Self, EngineError> {
        let started = Instant::now();
        let catalog = Catalog::shipped();
        let model = catalog.model(settings.model.as_deref().unwrap_or(&catalog.default))?;
        let home = RuntimeHome::new(settings.home.join("runtime"), settings.library.clone());
        let runtime = Runtime::load(&home, settings.provider)?;
        let options = LoadOptions {
            threads: settings.threads,
            queue_length: QUEUE_LENGTH,
            when_full,
            prepared: settings.prepared.clone(),
            ..LoadOptions::default()
        };
        let weights = WeightStore::new(settings.home.join("models"));
        let matting_model = MattingModel::load(&runtime, &weights, model, &options)?;
        let engine = Self { matting_model, library: runtime.library().to_owned() };
        tracing::info!(
            model = engine.matting_model.model().name,
            provider = %engine.matting_model.provider(),
            library = engine.library.file_name().map(|name| name.to_string_lossy()).as_deref(),
            took_ms = started.elapsed().as_millis() as u64,
            "the engine is ready"
        );
        Ok(engine)
    }

    /// The version of ONNX Runtime, if the file name contains it: `libonnxruntime.so.1.31.1` is 1.31.1.
    #[must_use]
    pub fn runtime_version(&self) -> Option<String> {
        let (_, version) = self.library.file_name()?.to_str()?.split_once(".so.")?;
        Some(version.to_owned())
    }
}
