//! The engine at a terminal, for the programs that are one: `sansfond`, and the Python package.
//!
//! [`program`] runs a command line. Videos are handed over to `sansfond-video`, so nothing here needs FFmpeg. The engine
//! itself is `sansfond-matting`; this crate adds what a user's machine needs: settings, the folder of weights, and
//! fetching them.

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

/// A setting of the environment that cannot be used.
pub use sansfond_telemetry::settings::SettingError;

/// Does what a command line says. `words` begin with the program's name; `library` is the ONNX Runtime that is used if none
/// is installed in Sansfond's own folder. Ends the process where the words make no sense or ask for help.
#[must_use]
pub fn run(words: Vec<OsString>, library: Option<&Path>) -> ExitCode {
    let handed_over = words.clone();
    program::run(words, library, move |_| hand_over::video(&handed_over))
}

/// Which model [`load`] loads, and how. What is not set comes from the environment, as for the command line.
#[derive(Debug, Default)]
pub struct Choice {
    /// A name of the catalog.
    pub model: Option<String>,
    /// An ONNX file of the user's own instead of the catalog's.
    pub weights: Option<PathBuf>,
    /// Who runs the network.
    pub provider: Option<Provider>,
    /// Threads inside the network.
    pub threads: Option<u16>,
    /// The ONNX Runtime that is used if none is installed in Sansfond's own folder.
    pub library: Option<PathBuf>,
}

/// Loads a model as `sansfond image` does. Weights that are missing are fetched, with what happens told on standard error.
///
/// # Errors
/// With the text that the command line would print; the causes are those of `sansfond-matting`.
pub fn load(choice: Choice) -> Result<MattingModel> {
    let catalog = Catalog::shipped();
    let Choice { model, weights, provider, threads, library } = choice;
    let args = ModelArgs { model, weights, provider, threads, mark: Vec::new(), cloth: None };
    let model = catalog.model(&engine::chosen_model(&args, &catalog)?)?;
    engine::load(&args, model, library.as_deref())
}
