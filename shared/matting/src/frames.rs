//! The frames of a video, one after the other.
//!
//! What differs from a still picture: values are not stretched frame by frame, a frame without a subject
//! is an empty matte and no error, and the matte comes first, so that it can be steadied before soft
//! pixels get their colours.

use image::GrayImage;
use sansfond_imaging::frames::{Cause, FrameMatter};
use sansfond_imaging::{Cutout, Picture};

use crate::cutout::cut_out_together;
use crate::refine::foreground;
use crate::{CutoutError, CutoutOptions, CutoutResult, InferenceError, Matter};

/// A model that looks at frames.
#[derive(Debug)]
pub struct Frames<'a> {
    matter: &'a Matter,
    /// With colours left alone: they are found afterwards.
    options: CutoutOptions,
    foreground: f32,
    batch: usize,
}

impl<'a> Frames<'a> {
    /// `options` as for a still picture.
    #[must_use]
    pub fn new(matter: &'a Matter, mut options: CutoutOptions) -> Self {
        let foreground = std::mem::take(&mut options.foreground);
        options.request.steady = true;
        Self { matter, options, foreground, batch: 1 }
    }

    /// The matte of each frame, of its size.
    ///
    /// # Errors
    /// [`InferenceError`].
    pub fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, InferenceError> {
        let found = cut_out_together(self.matter, pictures, &self.options)?;
        found.into_iter().zip(pictures).map(|(result, picture)| matte(result, picture)).collect()
    }

    /// Frames that are best asked about at once; 1 where the network takes no more.
    #[must_use]
    pub fn together(mut self, frames: usize) -> Self {
        self.batch = if self.matter.takes_several() { frames.max(1) } else { 1 };
        self
    }

    /// The frame with its matte, soft pixels in the subject's own colours.
    #[must_use]
    pub fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        let mut color = picture.color;
        foreground::estimate(&mut color, &alpha, self.foreground);
        Cutout { color, alpha }
    }
}

impl FrameMatter for Frames<'_> {
    fn batch(&self) -> usize {
        self.batch
    }

    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        Ok(self.mattes(pictures)?)
    }

    fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        self.cutout(picture, alpha)
    }
}

fn matte(found: Result<CutoutResult, CutoutError>, picture: &Picture) -> Result<GrayImage, InferenceError> {
    match found {
        Ok(result) => Ok(result.cutout.alpha),
        Err(CutoutError::Inference(error)) => Err(error),
        Err(CutoutError::NoSubject | CutoutError::Region(_)) => {
            let (width, height) = picture.dimensions();
            Ok(GrayImage::new(width, height))
        }
    }
}
