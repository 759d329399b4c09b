//! Parses, dispatches and turns the outcome into an exit code: 0 when all is well, 1 when something could
//! not be done, 2 when the command line makes no sense. Work is done in `commands`.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::args::{Cli, Command, VideoArgs};
use crate::{commands, huge_pages, rembg_dialect};

/// `words` are the command line from the program's name on, `library` the ONNX Runtime that is used if none is installed in
/// our own folder, `video` is who works on videos.
pub(crate) fn run(
    words: Vec<OsString>,
    library: Option<&Path>,
    video: impl FnOnce(&VideoArgs) -> Result<ExitCode>,
) -> ExitCode {
    let cli = Cli::parse_from(rembg_dialect::translate(words));
    let filter = match cli.verbose {
        0 => "error,sansfond_matting=warn,sansfond=warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    sansfond_telemetry::log::init(filter, sansfond_telemetry::log::Format::Text);
    let outcome = match cli.command {
        Command::Image(args) => {
            huge_pages::ask();
            commands::image::run(&args, library)
        }
        Command::Video(args) => video(&args),
        Command::Models(args) => commands::models::run(&args),
        Command::Completions { shell } => commands::completions::run(shell),
    };
    outcome.unwrap_or_else(|error| {
        // The chain of causes goes to the log; the person reads the first sentence.
        tracing::debug!("{error:?}");
        eprintln!("sansfond: {error}");
        ExitCode::FAILURE
    })
}
