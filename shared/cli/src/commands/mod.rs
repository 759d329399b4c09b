//! One module for each command.

pub(crate) mod completions;
pub(crate) mod engine;
pub(crate) mod image;
pub(crate) mod models;

use std::io::Write;

/// Prints a result. If the reader has closed the pipe (`| head`), that is not a failure.
pub(crate) fn print(text: &str) {
    let _reader_is_gone = writeln!(std::io::stdout().lock(), "{}", text.trim_end());
}
