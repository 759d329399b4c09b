//! Converts errors to Python exceptions, with the engine's texts.

use pyo3::PyErr;
use pyo3::exceptions::{PyFileNotFoundError, PyOSError, PyRuntimeError, PyValueError};
use sansfond_imaging::{DecodeError, EncodeError};
use sansfond_matting::catalog::CatalogError;
use sansfond_matting::{CutoutError, ModelLoadError, RuntimeError, WeightsError};

pyo3::create_exception!(sansfond, NoSubjectError, PyValueError, "The network found no subject in a picture.");
pyo3::create_exception!(
    sansfond,
    UnknownFormatError,
    PyValueError,
    "The bytes are not a picture in a format that the engine reads."
);

pub(crate) fn cutout(error: &CutoutError) -> PyErr {
    let text = error.to_string();
    match error {
        CutoutError::NoSubject => NoSubjectError::new_err(text),
        CutoutError::Region(_) => PyValueError::new_err(text),
        CutoutError::Inference(_) => PyRuntimeError::new_err(text),
    }
}

pub(crate) fn decode(error: &DecodeError) -> PyErr {
    let text = error.to_string();
    match error {
        DecodeError::NotAPicture | DecodeError::Unsupported { .. } => UnknownFormatError::new_err(text),
        DecodeError::Empty
        | DecodeError::TooManyBytes { .. }
        | DecodeError::TooManyPixels { .. }
        | DecodeError::SideTooLong { .. }
        | DecodeError::NoPixels
        | DecodeError::Truncated { .. }
        | DecodeError::Corrupt { .. } => PyValueError::new_err(text),
    }
}

pub(crate) fn encode(error: &EncodeError) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

/// Converts an error of loading a model. An error that is not the engine's comes from a download or a
/// setting.
pub(crate) fn load(error: &anyhow::Error) -> PyErr {
    let text = error.to_string();
    if let Some(error) = error.downcast_ref::<ModelLoadError>() {
        return match error {
            ModelLoadError::Weights(WeightsError::Missing { .. } | WeightsError::NoSuchFile { .. }) => {
                PyFileNotFoundError::new_err(text)
            }
            ModelLoadError::Weights(WeightsError::NeedsFile { .. } | WeightsError::WrongHash { .. })
            | ModelLoadError::NotAModel { .. }
            | ModelLoadError::OtherModel { .. } => PyValueError::new_err(text),
            ModelLoadError::Weights(WeightsError::Io { .. }) => PyOSError::new_err(text),
            ModelLoadError::CannotRun { .. } => PyRuntimeError::new_err(text),
        };
    }
    if let Some(error) = error.downcast_ref::<RuntimeError>() {
        return match error {
            RuntimeError::Missing { .. } => PyFileNotFoundError::new_err(text),
            RuntimeError::TooOld { .. }
            | RuntimeError::NotLoadable { .. }
            | RuntimeError::AlreadyLoaded { .. }
            | RuntimeError::DoesNotStart { .. } => PyRuntimeError::new_err(text),
        };
    }
    if error.is::<CatalogError>() || error.is::<sansfond_cli::SettingError>() {
        return PyValueError::new_err(text);
    }
    PyFileNotFoundError::new_err(text)
}
