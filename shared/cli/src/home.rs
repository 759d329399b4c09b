//! Folders on this machine.

use std::path::{Path, PathBuf};

use sansfond_matting::WeightStore;
use sansfond_matting::runtime::RuntimeHome;
use sansfond_telemetry::settings::{self, SettingError};

/// The folders of weights and of ONNX Runtime.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    models: PathBuf,
    runtime: PathBuf,
}

impl Home {
    /// Both are in `SANSFOND_HOME` if it is set; else in the `.sansfond` of the checkout that the program was
    /// built in; else weights are in the user's data folder, and ONNX Runtime is there or in the release's
    /// folder beside the program's.
    pub(crate) fn find() -> Result<Self, SettingError> {
        if let Some(home) = settings::optional::<PathBuf>("SANSFOND_HOME")? {
            return Ok(Self::of(&home));
        }
        let program = std::env::current_exe().ok();
        let beside = program
            .as_deref()
            .and_then(|program| program.parent()?.parent())
            .map(|folder| folder.join("runtime"));
        if let Some(runtime) = beside.filter(|runtime| runtime.is_dir()) {
            return Ok(Self { models: data_folder()?.join("sansfond/models"), runtime });
        }
        let checkout = program.as_deref().and_then(|program| {
            program.ancestors().map(|folder| folder.join(".sansfond")).find(|home| home.is_dir())
        });
        Ok(match checkout {
            Some(home) => Self::of(&home),
            None => Self::of(&data_folder()?.join("sansfond")),
        })
    }

    fn of(home: &Path) -> Self {
        Self { models: home.join("models"), runtime: home.join("runtime") }
    }

    pub(crate) fn weights(&self) -> WeightStore {
        WeightStore::new(self.models.clone())
    }

    /// ONNX Runtime from the folder or from `ORT_DYLIB_PATH`; else `library`, if there is one.
    pub(crate) fn runtime(&self, library: Option<&Path>) -> Result<RuntimeHome, SettingError> {
        let home = RuntimeHome::new(self.runtime.clone(), settings::optional("ORT_DYLIB_PATH")?);
        Ok(home.or_library(library.map(Path::to_owned)))
    }
}

/// `$XDG_DATA_HOME` or `~/.local/share`.
fn data_folder() -> Result<PathBuf, SettingError> {
    match settings::optional::<PathBuf>("XDG_DATA_HOME")? {
        Some(folder) => Ok(folder),
        None => Ok(settings::required::<PathBuf>("HOME")?.join(Path::new(".local/share"))),
    }
}
