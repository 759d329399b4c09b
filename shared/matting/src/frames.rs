//! The frames of a video, one after the other.
//!
//! What differs from a still picture: values are not stretched frame by frame, a frame without a subject
//! is an empty matte and no error, and the matte comes first, so that it can be steadied before soft
//! pixels get their colours.

use image::GrayImage;
use sansfond_imaging::{Cutout, Picture};

use crate::refine::foreground;
use crate::{CutoutError, CutoutOptions, InferenceError, Matter, cut_out};

/// A model that looks at frames.
#[derive(Debug)]
pub struct Frames<'a> {
    matter: &'a Matter,
    /// With colours left alone: they are found afterwards.
    options: CutoutOptions,
    foreground: f32,
}

impl<'a> Frames<'a> {
    /// `options` as for a still picture.
    #[must_use]
    pub fn new(matter: &'a Matter, mut options: CutoutOptions) -> Self {
        let foreground = std::mem::take(&mut options.foreground);
        options.request.steady = true;
        Self { matter, options, foreground }
    }

    /// The matte of a frame, at its size.
    ///
    /// # Errors
    /// [`InferenceError`].
    pub fn matte(&self, picture: &Picture) -> Result<GrayImage, InferenceError> {
        match cut_out(self.matter, picture, &self.options) {
            Ok(result) => Ok(result.cutout.alpha),
            Err(CutoutError::Inference(error)) => Err(error),
            Err(CutoutError::NoSubject | CutoutError::Region(_)) => {
                let (width, height) = picture.dimensions();
                Ok(GrayImage::new(width, height))
            }
        }
    }

    /// The frame with its matte, soft pixels in the subject's own colours.
    #[must_use]
    pub fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        let mut color = picture.color;
        foreground::estimate(&mut color, &alpha, self.foreground);
        Cutout { color, alpha }
    }
}
