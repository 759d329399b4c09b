//! The engine: the model, loaded once before the first event and kept for all that follow.
//!
//! What is deliberately not here: pictures (`cutout` works on them) and a warm-up. The first picture
//! takes a fifth longer than the next; a warm-up before it would take as long as a whole one.

use std::path::{Path, PathBuf};

use sansfond_matting::matter::WhenFull;
use sansfond_matting::runtime::RuntimeHome;
use sansfond_matting::{
    Catalog, LoadOptions, Matter, MatterError, Provider, Runtime, RuntimeError, WeightStore,
};
use sansfond_telemetry::settings::{self, SettingError};

/// Pictures that may wait while another is in the network; more are turned away.
const QUEUE_LENGTH: usize = 2;

/// Where the engine's files lie and how it runs.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// `SANSFOND_HOME`: the folder with `runtime/` and `models/`. May be read-only.
    pub home: PathBuf,
    /// `SANSFOND_MODEL`; the catalogue's default if it is not set.
    pub model: Option<String>,
    /// `SANSFOND_PROVIDER`; the CPU if it is not set: the package holds no other library.
    pub provider: Provider,
    /// `SANSFOND_THREADS`; every core if it is not set.
    pub threads: Option<usize>,
    /// `SANSFOND_PREPARED`: a writable folder for the graph that has been made ready for this machine;
    /// beside the weights if it is not set.
    pub prepared: Option<PathBuf>,
    /// `ORT_DYLIB_PATH`: a library of ONNX Runtime instead of the one in the home.
    pub library: Option<PathBuf>,
}

impl EngineSettings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingError`] names the variable.
    pub fn read() -> Result<Self, SettingError> {
        Ok(Self {
            home: settings::required("SANSFOND_HOME")?,
            model: settings::optional("SANSFOND_MODEL")?,
            provider: settings::optional("SANSFOND_PROVIDER")?.unwrap_or(Provider::Cpu),
            threads: settings::optional::<std::num::NonZeroUsize>("SANSFOND_THREADS")?.map(usize::from),
            prepared: settings::optional("SANSFOND_PREPARED")?,
            library: settings::optional("ORT_DYLIB_PATH")?,
        })
    }
}

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

/// What runs here, for the health route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The model's name.
    pub model: String,
    /// Who runs it.
    pub provider: &'static str,
    /// The version of ONNX Runtime, if its file says so.
    pub runtime: Option<String>,
}

/// A loaded model.
#[derive(Debug)]
pub struct Engine {
    matter: Matter,
    library: PathBuf,
}

impl Engine {
    /// Loads the model. Nothing that the engine needs is looked for later. `when_full` says what
    /// happens to a picture that comes while too many wait: an event waits, a request is refused.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn load(settings: &EngineSettings, when_full: WhenFull) -> Result<Self, EngineError> {
        let started = std::time::Instant::now();
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
        let matter =
            Matter::load(&runtime, &WeightStore::new(settings.home.join("models")), model, &options)?;
        let engine = Self { matter, library: runtime.library().to_owned() };
        tracing::info!(
            model = engine.matter.model().name,
            provider = %engine.matter.provider(),
            took_ms = started.elapsed().as_millis() as u64,
            "the engine is loaded"
        );
        Ok(engine)
    }

    /// What runs here.
    #[must_use]
    pub fn about(&self) -> About {
        About {
            model: self.matter.model().name.clone(),
            provider: self.matter.provider().name(),
            runtime: version(&self.library),
        }
    }

    pub(crate) fn matter(&self) -> &Matter {
        &self.matter
    }
}

/// `libonnxruntime.so.1.31.1` → `1.31.1`.
fn version(library: &Path) -> Option<String> {
    let (_, version) = library.file_name()?.to_str()?.split_once(".so.")?;
    Some(version.to_owned())
}
