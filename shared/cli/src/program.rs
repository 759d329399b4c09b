//! Parses the command line, runs the command and returns the exit code: 0 for success, 1 for a failure, 2 for
//! an invalid command line. The work is done in `commands`.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::args::{Cli, Command, VideoArgs};
use crate::{commands, huge_pages, rembg_dialect};

/// `arguments` is the command line with the program's name, `library` the ONNX Runtime that is used if our own
/// folder contains none, `video` the function for videos.
pub(crate) fn run(
    arguments: Vec<OsString>,
    library: Option<&Path>,
    video: impl FnOnce(&VideoArgs) -> Result<ExitCode>,
) -> ExitCode {
    let cli = Cli::parse_from(rembg_dialect::translate(arguments));
    let filter = match cli.verbose {
        0 => "error,sansfond_matting=warn,sansfond=warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    sansfond_telemetry::log::init(filter, sansfond_telemetry::log::Format::Text);
    let outcome = match cli.command {
        Command::Image(args) => {
            huge_pages::enable();
            commands::image::run(&args, library)
        }
        Command::Video(args) => video(&args),
        Command::Models(args) => commands::models::run(&args),
        Command::Completions { shell } => commands::completions::run(shell),
    };
    outcome.unwrap_or_else(|error| {
        // The chain of causes is logged; the user gets the first message.
        tracing::debug!("{error:?}");
        eprintln!("sansfond: {error}");
        ExitCode::FAILURE
    })
}
