//! Runs `sansfond video` in `sansfond-video`, which links FFmpeg and is installed beside `sansfond` or on the
//! PATH.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

const NAME: &str = "sansfond-video";

/// Replaces this process by the other program with the same arguments; returns only if that fails. The
/// arguments have been parsed already, so mistakes in them are reported without FFmpeg.
pub(crate) fn video(words: &[OsString]) -> Result<ExitCode> {
    let own = std::env::current_exe().context("the path of this program cannot be found")?;
    let beside = own.with_file_name(NAME);
    let other = if beside.exists() { beside } else { PathBuf::from(NAME) };
    let error = Command::new(&other).args(words.iter().skip(1)).exec();
    if error.kind() == ErrorKind::NotFound {
        bail!(
            "videos need the program {NAME}, which is neither beside {} nor on the PATH; it is in the release archive for Linux, and `make build` builds it in a checkout",
            own.display()
        );
    }
    bail!("{} cannot be started: {error}", other.display());
}
