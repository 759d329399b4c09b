//! `sansfond video` is done by `sansfond-video`, which lies beside `sansfond` and has FFmpeg in it.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::args::VideoArgs;

/// Replaces this process by the other program, with the same words; returns only if that fails. The
/// words have been understood already, so mistakes in them are told without FFmpeg.
pub(crate) fn video(_args: &VideoArgs) -> Result<ExitCode> {
    let own = std::env::current_exe().context("this program does not know where it lies")?;
    let other = own.with_file_name("sansfond-video");
    if !other.exists() {
        bail!("{} is missing; `make build` builds it beside sansfond", other.display());
    }
    let error = Command::new(&other).args(std::env::args_os().skip(1)).exec();
    bail!("{} cannot be started: {error}", other.display());
}
