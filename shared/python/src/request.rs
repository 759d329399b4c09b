//! A request from Python, as a dictionary with all of these keys.

use image::Rgba;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use sansfond_imaging::{Background, Composition};
use sansfond_matting::matting_model::MatteRequest;
use sansfond_matting::{CutoutOptions, Prompt, Refinement};

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Request {
    /// The recipe: `sansfond` or `rembg`.
    recipe: String,
    /// Estimate soft pixels again from the colors around them.
    edges: bool,
    /// How much estimated foreground colors replace those of soft pixels; `None` is the recipe's default.
    foreground: Option<f32>,
    post_process: bool,
    /// Marks in the format of the command line.
    marks: Vec<String>,
    cloth: Option<String>,
    /// Return only the matte.
    pub(crate) only_mask: bool,
    /// Keep the picture's colors under transparent pixels.
    pub(crate) put_alpha: bool,
    background: Option<[u8; 4]>,
}

impl Request {
    pub(crate) fn cutout_options(&self) -> PyResult<CutoutOptions> {
        let options = match self.recipe.as_str() {
            "sansfond" => CutoutOptions::default(),
            "rembg" => CutoutOptions::like_rembg(),
            other => {
                return Err(PyValueError::new_err(format!(
                    "“{other}” is not a recipe; use \"sansfond\" or \"rembg\""
                )));
            }
        };
        let marks = self.marks.iter().map(|mark| mark.parse()).collect::<Result<_, _>>();
        let cloth = self.cloth.as_deref().map(str::parse).transpose();
        Ok(CutoutOptions {
            request: MatteRequest {
                prompt: Prompt(marks.map_err(PyValueError::new_err)?),
                cloth: cloth.map_err(PyValueError::new_err)?.unwrap_or_default(),
                ..options.request
            },
            refinement: if self.edges { Refinement::Edges } else { options.refinement },
            foreground: self.foreground.unwrap_or(options.foreground),
            post_process: self.post_process,
            ..options
        })
    }

    pub(crate) fn composition(&self) -> Composition {
        let background =
            self.background.map_or(Background::Transparent, |color| Background::Color(Rgba(color)));
        Composition { background, ..Composition::default() }
    }
}
