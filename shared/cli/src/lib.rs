//! The command line program, for the binary `sansfond` and the Python package.
//!
//! [`program`] runs a command line. `sansfond video` runs the program `sansfond-video`, so nothing here needs
//! FFmpeg.
//! The engine itself is `sansfond-matting`; this crate adds the needs of a user's machine: settings, the
//! folder of weights, and downloads.

mod args;
mod commands;
mod home;
mod huge_pages;
mod options;
mod paths;
mod program;
mod rembg_dialect;
mod video_program;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use sansfond_matting::{Catalog, MattingModel, Provider};

use args::ModelArgs;
use commands::engine;

/// A setting from the environment that cannot be used.
pub use sansfond_telemetry::settings::SettingError;

/// Runs a command line. `arguments` begin with the program's name; `library` is the ONNX Runtime that is used if
/// Sansfond's own folder contains none. Ends the process if the arguments are invalid or ask for help.
#[must_use]
pub fn run(arguments: Vec<OsString>, library: Option<&Path>) -> ExitCode {
    let forwarded = arguments.clone();
    program::run(arguments, library, move |_| video_program::exec(&forwarded))
}

/// The model that [`load`] loads, and its settings. Absent ones come from the environment, as on the command
/// line.
#[derive(Debug, Default)]
pub struct ModelChoice {
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
/// With the message of the command line; the causes are errors of `sansfond-matting`.
pub fn load(choice: ModelChoice) -> Result<MattingModel> {
    let catalog = Catalog::shipped();
    let ModelChoice { model, weights, provider, threads, library } = choice;
    let args = ModelArgs { model, weights, provider, threads, mark: Vec::new(), cloth: None };
    let model = catalog.model(&engine::chosen_model(&args, &catalog)?)?;
    engine::load(&args, model, library.as_deref())
}
