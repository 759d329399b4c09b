//! The command line program, for the binary `sansfond` and the Python package.
//!
//! [`program`] runs a command line. Videos are handed over to `sansfond-video`, so nothing here needs FFmpeg.
//! The engine itself is `sansfond-matting`; this crate adds the needs of a user's machine: settings, the
//! folder of weights, and downloads.

mod args;
mod commands;
mod hand_over;
mod huge_pages;
mod options;
mod place;
mod program;
mod rembg_dialect;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use sansfond_matting::{Catalog, MattingModel, Provider};

use args::ModelArgs;
use commands::engine;

/// A setting from the environment that cannot be used.
pub use sansfond_telemetry::settings::SettingError;

/// Runs a command line. `words` begin with the program's name; `library` is the ONNX Runtime that is used if
/// Sansfond's own folder contains none. Ends the process if the arguments are invalid or ask for help.
#[must_use]
pub fn run(words: Vec<OsString>, library: Option<&Path>) -> ExitCode {
    let handed_over = words.clone();
    program::run(words, library, move |_| hand_over::video(&handed_over))
}

/// The model that [`load`] loads, and its settings. Absent ones come from the environment, as on the command
/// line.
#[derive(Debug, Default)]
pub struct Choice {
    /// A model name from the catalog.
    pub model: Option<String>,
    /// The user's own ONNX file instead of the catalog's weights.
    pub weights: Option<PathBuf>,
    /// The execution provider.
    pub provider: Option<Provider>,
    /// Threads inside the network.
    pub threads: Option<u16>,
    /// The ONNX Runtime that is used if Sansfond's own folder contains none.
    pub library: Option<PathBuf>,
}

/// Loads a model as `sansfond image` does. Missing weights are downloaded, with progress on standard error.
///
/// # Errors
/// The text is that of the command line; the causes are those of `sansfond-matting`.
pub fn load(choice: Choice) -> Result<MattingModel> {
    let catalog = Catalog::shipped();
    let Choice { model, weights, provider, threads, library } = choice;
    let args = ModelArgs { model, weights, provider, threads, mark: Vec::new(), cloth: None };
    let model = catalog.model(&engine::chosen_model(&args, &catalog)?)?;
    engine::load(&args, model, library.as_deref())
}
