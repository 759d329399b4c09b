//! Executes `sansfond-video`, the program that links FFmpeg. It is installed beside `sansfond` or on the PATH.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

const NAME: &str = "sansfond-video";

/// Replaces this process by `sansfond-video` with the same arguments; returns only if that fails. The
/// arguments have been parsed already, so errors in them are reported without FFmpeg.
pub(crate) fn exec(arguments: &[OsString]) -> Result<ExitCode> {
    let current = std::env::current_exe().context("the path of this program cannot be found")?;
    let beside = current.with_file_name(NAME);
    let program = if beside.exists() { beside } else { PathBuf::from(NAME) };
    let error = Command::new(&program).args(arguments.iter().skip(1)).exec();
    if error.kind() == ErrorKind::NotFound {
        bail!(
            "videos need the program {NAME}, which is neither beside {} nor on the PATH; it is in the release archive for Linux, and `make build` builds it in a checkout",
            current.display()
        );
    }
    bail!("{} cannot be started: {error}", program.display());
}
