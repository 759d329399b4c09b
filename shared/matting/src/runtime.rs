//! ONNX Runtime: finding its library, and loading it once for the process.

use std::path::{Path, PathBuf};

use ort::environment::Environment;

use crate::Provider;

/// The folder of installed libraries: `<home>/<kind>/libonnxruntime.so*`, one folder for each build.
#[derive(Debug, Clone)]
pub struct RuntimeHome {
    folder: PathBuf,
    library: Option<PathBuf>,
    fallback: Option<PathBuf>,
}

/// ONNX Runtime cannot be used. Each message contains advice for the user.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The folder contains no library.
    #[error("ONNX Runtime for {provider} is not installed in {}; {}", folder.display(), how_to_install(*provider))]
    Missing {
        /// The execution provider.
        provider: Provider,
        /// The folder that was searched.
        folder: PathBuf,
    },
    /// The library is older than the program needs.
    #[error("ONNX Runtime {found} in {} is too old; 1.24 or newer is needed", path.display())]
    TooOld {
        /// The library's version.
        found: String,
        /// The library.
        path: PathBuf,
    },
    /// The file is not a library, or is one for another machine.
    #[error("{} cannot be loaded as ONNX Runtime: {reason}", path.display())]
    NotLoadable {
        /// The library.
        path: PathBuf,
        /// The loader's message.
        reason: String,
    },
    /// Another library is loaded in this process, and there can be only one.
    #[error("{} is loaded in this process; {} cannot be loaded beside it", loaded.display(), wanted.display())]
    AlreadyLoaded {
        /// The library in use.
        loaded: PathBuf,
        /// The requested library.
        wanted: PathBuf,
    },
    /// The library was loaded but did not start.
    #[error("ONNX Runtime could not be started")]
    DoesNotStart {
        /// The library's error.
        source: ort::Error,
    },
}

fn how_to_install(provider: Provider) -> &'static str {
    match provider {
        Provider::Auto | Provider::Cpu | Provider::OpenVino => {
            "run `make setup` in a checkout, `pip install onnxruntime` beside the Python package, or put libonnxruntime.so there"
        }
        Provider::Cuda | Provider::TensorRt => "put the libraries of the onnxruntime-gpu wheel there",
    }
}

impl RuntimeHome {
    /// Searches `folder`; `library` is a path that the user has set, and has priority.
    #[must_use]
    pub fn new(folder: PathBuf, library: Option<PathBuf>) -> Self {
        Self { folder, library, fallback: None }
    }

    /// Adds a library that is used if the folder contains none, such as that of a Python package.
    #[must_use]
    pub fn or_library(mut self, fallback: Option<PathBuf>) -> Self {
        self.fallback = fallback;
        self
    }

    /// Whether a build for this provider is installed.
    pub(crate) fn has(&self, provider: Provider) -> bool {
        self.library.is_none() && self.installed(provider).is_some()
    }

    fn installed(&self, provider: Provider) -> Option<PathBuf> {
        let fallback = || self.fallback.clone().filter(|library| supports(library, provider));
        find(&self.folder_of(provider)).or_else(fallback)
    }

    fn folder_of(&self, provider: Provider) -> PathBuf {
        self.folder.join(match provider {
            Provider::Auto | Provider::Cpu => "cpu",
            Provider::OpenVino => "openvino",
            Provider::Cuda | Provider::TensorRt => "cuda",
        })
    }

    fn library_for(&self, provider: Provider) -> Result<PathBuf, RuntimeError> {
        if let Some(library) = &self.library {
            return Ok(library.clone());
        }
        self.installed(provider)
            .ok_or_else(|| RuntimeError::Missing { provider, folder: self.folder_of(provider) })
    }
}

/// Whether a library supports this provider: all but ONNX Runtime's own CPU kernels are in a library beside
/// it.
fn supports(library: &Path, provider: Provider) -> bool {
    let beside = |name: &str| library.with_file_name(format!("libonnxruntime_providers_{name}.so")).is_file();
    match provider {
        Provider::Auto | Provider::Cpu => true,
        Provider::OpenVino => beside("openvino"),
        Provider::Cuda => beside("cuda"),
        Provider::TensorRt => beside("tensorrt"),
    }
}

/// The newest `libonnxruntime.so*` in a folder.
fn find(folder: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
                name.starts_with("libonnxruntime.so")
                    || matches!(name, "libonnxruntime.dylib" | "onnxruntime.dll")
            })
        })
        .collect();
    found.sort();
    found.pop()
}

/// A loaded library. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Runtime {
    pub(crate) environment: Environment,
    provider: Provider,
    library: PathBuf,
}

impl Runtime {
    /// Chooses a provider and loads the library for it. Later calls in the same process return the library
    /// and the environment of the first call.
    ///
    /// # Errors
    /// [`RuntimeError`]; there is never a silent fallback to another provider.
    pub fn load(home: &RuntimeHome, provider: Provider) -> Result<Self, RuntimeError> {
        static LOADED: std::sync::Mutex<Option<(PathBuf, Environment)>> = std::sync::Mutex::new(None);
        let resolved = provider.resolve(home);
        let library = home.library_for(resolved)?;
        let mut loaded = LOADED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let environment = match loaded.as_ref() {
            Some((loaded, _)) if *loaded != library => {
                return Err(RuntimeError::AlreadyLoaded { loaded: loaded.clone(), wanted: library });
            }
            Some((_, environment)) => environment.clone(),
            None => {
                let environment = ort::init_from(&library)
                    .map_err(|error| load_error(error, &library))?
                    .with_name("sansfond")
                    .build()
                    .map_err(|source| RuntimeError::DoesNotStart { source })?;
                *loaded = Some((library.clone(), environment.clone()));
                environment
            }
        };
        if provider == Provider::Auto {
            tracing::info!(provider = %resolved, "auto chose this execution provider");
        }
        tracing::debug!(provider = %resolved, library = %library.display(), build = ort::info(), "ONNX Runtime is loaded");
        Ok(Self { environment, provider: resolved, library })
    }

    /// The execution provider; never [`Provider::Auto`].
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// The library in use.
    #[must_use]
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// The version and commit of the library, as it reports them.
    #[must_use]
    pub fn build(&self) -> &'static str {
        ort::info()
    }
}

fn load_error(error: ort::LoadDynamicError, path: &Path) -> RuntimeError {
    match error {
        ort::LoadDynamicError::BadVersion { version_str, path } => {
            RuntimeError::TooOld { found: version_str, path }
        }
        other => RuntimeError::NotLoadable { path: path.to_owned(), reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fallback_library_is_used_only_without_an_installed_one() {
        let scratch = tempfile::tempdir().expect("a folder");
        let make = |name: &str| {
            let path = scratch.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(&path, "").expect("a file");
            path
        };
        let (fallback, provider) = (make("pip/libonnxruntime.so.1"), "pip/libonnxruntime_providers_cuda.so");
        let home = RuntimeHome::new(scratch.path().join("runtime"), None).or_library(Some(fallback.clone()));
        assert_eq!(home.library_for(Provider::Cpu).expect("the fallback"), fallback);
        assert!(matches!(home.library_for(Provider::Cuda), Err(RuntimeError::Missing { .. })));
        make(provider);
        assert_eq!(home.library_for(Provider::Cuda).expect("the fallback"), fallback);
        let own = make("runtime/cpu/libonnxruntime.so.2");
        assert_eq!(home.library_for(Provider::Cpu).expect("the folder"), own);
    }
}
