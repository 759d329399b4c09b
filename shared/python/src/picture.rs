//! A picture from Python: the bytes of a file, or pixels.

use image::{GrayImage, RgbImage};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use sansfond_imaging::{Limits, Picture, decode};

use crate::errors;

/// Pillow's own limit of pixels against decompression bombs, and files of any size: a program chooses its own
/// files.
const LIMITS: Limits = Limits { max_bytes: u64::MAX, max_pixels: 178_956_970, max_side: 65_535 };

/// A decoded picture: upright, sRGB, 8 bits per channel.
#[pyclass(name = "Picture", module = "sansfond._native", frozen)]
pub(crate) struct PyPicture(pub(crate) Picture);

#[pymethods]
impl PyPicture {
    /// Decodes the bytes of a file.
    #[staticmethod]
    fn of_file(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        py.detach(|| decode(data, &LIMITS)).map(Self).map_err(|error| errors::decode(&error))
    }

    /// Takes rows of pixels with three or four bytes each.
    #[staticmethod]
    fn of_pixels(py: Python<'_>, data: &[u8], width: u32, height: u32, channels: u8) -> PyResult<Self> {
        if width == 0 || height == 0 {
            return Err(PyValueError::new_err("the picture has no pixels"));
        }
        py.detach(|| match channels {
            3 => Some(Picture { color: RgbImage::from_raw(width, height, data.to_vec())?, alpha: None }),
            4 => {
                let pixels = data.as_chunks::<4>().0;
                let color = pixels.iter().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
                let alpha =
                    GrayImage::from_raw(width, height, pixels.iter().map(|pixel| pixel[3]).collect())?;
                let is_opaque = alpha.as_raw().iter().all(|&alpha| alpha == 255);
                let color = RgbImage::from_raw(width, height, color)?;
                Some(Picture { color, alpha: (!is_opaque).then_some(alpha) })
            }
            _ => None,
        })
        .map(Self)
        .ok_or_else(|| {
            PyValueError::new_err(format!("{} bytes are not {width} × {height} pixels", data.len()))
        })
    }

    #[getter]
    fn size(&self) -> (u32, u32) {
        self.0.dimensions()
    }
}
