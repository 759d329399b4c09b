//! One command, one module.

pub(crate) mod completions;
pub(crate) mod engine;
pub(crate) mod image;
pub(crate) mod models;

use std::io::Write;

/// Prints a result. Whoever reads it may have seen enough and gone (`| head`): that is no failure.
pub(crate) fn print(text: &str) {
    let _reader_is_gone = writeln!(std::io::stdout().lock(), "{}", text.trim_end());
}
