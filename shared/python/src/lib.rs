//! The engine as a Python extension, `sansfond._native`: pictures in, cutouts out, and the command line.
//!
//! Deliberately absent: rembg's names, options and kinds of pictures. `sansfond/__init__.py`, which uses
//! Pillow and NumPy, translates them; this crate works on bytes. All slow calls release the interpreter for
//! other threads.

mod errors;
mod picture;
mod request;
mod session;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use pyo3::prelude::*;

/// Runs a command line and returns its exit code. `arguments` begin with the program's name.
#[pyfunction]
fn run(py: Python<'_>, arguments: Vec<OsString>, library: Option<PathBuf>) -> u8 {
    let code = py.detach(|| sansfond_cli::run(arguments, library.as_deref()));
    u8::from(code != ExitCode::SUCCESS)
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("NoSubjectError", module.py().get_type::<errors::NoSubjectError>())?;
    module.add("UnknownFormatError", module.py().get_type::<errors::UnknownFormatError>())?;
    module.add_class::<picture::PyPicture>()?;
    module.add_class::<session::PySession>()?;
    module.add_class::<session::PyCutout>()?;
    module.add_function(wrap_pyfunction!(run, module)?)
}
