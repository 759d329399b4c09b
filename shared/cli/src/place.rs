//! Where things lie on this machine.

use std::path::{Path, PathBuf};

use sansfond_matting::WeightStore;
use sansfond_matting::runtime::RuntimeHome;
use sansfond_telemetry::settings::{self, SettingError};

/// The folder with `models/` and `runtime/`.
#[derive(Debug, Clone)]
pub(crate) struct Home(PathBuf);

impl Home {
    /// `SANSFOND_HOME`; else the `.sansfond` of the checkout that the program was built in; else the
    /// user's data folder.
    pub(crate) fn find() -> Result<Self, SettingError> {
        if let Some(home) = settings::optional::<PathBuf>("SANSFOND_HOME")? {
            return Ok(Self(home));
        }
        let checkout = std::env::current_exe().ok().and_then(|program| {
            program.ancestors().map(|folder| folder.join(".sansfond")).find(|home| home.is_dir())
        });
        let home = match checkout {
            Some(home) => home,
            None => data_folder()?.join("sansfond"),
        };
        Ok(Self(home))
    }

    /// Everybody's weights.
    pub(crate) fn weights(&self) -> WeightStore {
        WeightStore::new(self.0.join("models"))
    }

    /// ONNX Runtime, in the folder or where `ORT_DYLIB_PATH` says; else `library`, if there is one.
    pub(crate) fn runtime(&self, library: Option<&Path>) -> Result<RuntimeHome, SettingError> {
        let home = RuntimeHome::new(self.0.join("runtime"), settings::optional("ORT_DYLIB_PATH")?);
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
