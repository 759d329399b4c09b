//! A loaded model and its cutouts.

use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use image::{GrayImage, RgbaImage};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sansfond_cli::ModelChoice;
use sansfond_imaging::{
    Cutout, EncodeOptions, ImageFormat, PngCompression, compose, encode_matte, encode_rgba,
};
use sansfond_matting::{MattingModel, Provider, cut_out};

use crate::errors;
use crate::picture::PyPicture;
use crate::request::Request;

/// A loaded model. Several threads may use it at once; the network processes one picture at a time.
#[pyclass(name = "Session", module = "sansfond._native", frozen)]
pub(crate) struct PySession(MattingModel);

#[pymethods]
impl PySession {
    /// Loads a model, and downloads its weights if they are missing.
    #[new]
    fn new(
        py: Python<'_>,
        model: Option<String>,
        provider: Option<&str>,
        threads: Option<u16>,
        weights: Option<PathBuf>,
        library: Option<PathBuf>,
    ) -> PyResult<Self> {
        let provider = provider.map(str::parse::<Provider>).transpose();
        let provider = provider.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let choice = ModelChoice { model, weights, provider, threads, library };
        match interruptible(py, move || sansfond_cli::load(choice))? {
            Ok(matting_model) => Ok(Self(matting_model)),
            Err(error) => Err(errors::load(&error)),
        }
    }

    /// The model's name in the catalog.
    #[getter]
    fn model(&self) -> &str {
        &self.0.model().name
    }

    /// The execution provider.
    #[getter]
    fn provider(&self) -> &'static str {
        self.0.provider().name()
    }

    /// Cuts the subject out of a picture.
    fn cut_out(&self, py: Python<'_>, picture: &PyPicture, request: Request) -> PyResult<PyCutout> {
        let options = request.cutout_options()?;
        py.detach(|| {
            let cutout =
                cut_out(&self.0, &picture.0, &options).map_err(|error| errors::cutout(&error))?.cutout;
            Ok(PyCutout(if request.only_mask {
                Pixels::Matte(cutout.alpha)
            } else if request.put_alpha {
                Pixels::Color(with_alpha(cutout))
            } else {
                Pixels::Color(compose(&cutout, &request.composition(), false).image)
            }))
        })
    }
}

/// Runs work on another thread until it is done or Ctrl-C is pressed. A running download then continues until
/// Python ends.
fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    const POLL_INTERVAL: Duration = Duration::from_millis(50);
    let (done, result) = channel();
    std::thread::spawn(move || {
        // The receiver is dropped after an interrupt.
        let _nobody_waits = done.send(work());
    });
    // One thread sends and one receives; the lock is needed because Python may call from any thread.
    let result = std::sync::Mutex::new(result);
    loop {
        let received = py.detach(|| {
            result.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv_timeout(POLL_INTERVAL)
        });
        match received {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("loading the model panicked; this is a bug in Sansfond"));
            }
        }
    }
}

/// The original colors, also under transparent pixels.
fn with_alpha(cutout: Cutout) -> RgbaImage {
    let Cutout { color, alpha } = cutout;
    RgbaImage::from_fn(color.width(), color.height(), |x, y| {
        let [red, green, blue] = color.get_pixel(x, y).0;
        image::Rgba([red, green, blue, alpha.get_pixel(x, y).0[0]])
    })
}

/// A finished picture: RGBA with straight alpha, or a matte.
#[pyclass(name = "Cutout", module = "sansfond._native", frozen)]
pub(crate) struct PyCutout(Pixels);

enum Pixels {
    Color(RgbaImage),
    Matte(GrayImage),
}

#[pymethods]
impl PyCutout {
    /// The result for a picture without a subject.
    #[staticmethod]
    fn empty(picture: &PyPicture, request: Request) -> Self {
        let (width, height) = picture.0.dimensions();
        let alpha = GrayImage::new(width, height);
        Self(if request.only_mask {
            Pixels::Matte(alpha)
        } else {
            let cutout = Cutout { color: picture.0.color.clone(), alpha };
            Pixels::Color(compose(&cutout, &request.composition(), false).image)
        })
    }

    /// Pillow's mode of the pixels.
    #[getter]
    fn mode(&self) -> &'static str {
        match self.0 {
            Pixels::Color(_) => "RGBA",
            Pixels::Matte(_) => "L",
        }
    }

    #[getter]
    fn size(&self) -> (u32, u32) {
        match &self.0 {
            Pixels::Color(image) => image.dimensions(),
            Pixels::Matte(matte) => matte.dimensions(),
        }
    }

    /// Rows of pixels with four bytes or one each.
    fn pixels<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(
            py,
            match &self.0 {
                Pixels::Color(image) => image.as_raw(),
                Pixels::Matte(matte) => matte.as_raw(),
            },
        )
    }

    /// Encodes a PNG file.
    fn png<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let encoded = py.detach(|| match &self.0 {
            Pixels::Color(image) => encode_rgba(image, PngCompression::Fast),
            Pixels::Matte(matte) => {
                encode_matte(matte, &EncodeOptions { format: ImageFormat::Png, ..EncodeOptions::default() })
            }
        });
        Ok(PyBytes::new(py, &encoded.map_err(|error| errors::encode(&error))?))
    }
}
