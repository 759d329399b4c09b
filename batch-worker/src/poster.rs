//! The preview of a video: its first frame with a subject, captured in the pipeline.

use std::sync::{Mutex, PoisonError};

use image::{GrayImage, RgbaImage};
use sansfond_imaging::frames::{Cause, FrameMatting};
use sansfond_imaging::{Composition, Cutout, Picture, Rect, compose};

/// A matting that keeps its first cutout with a subject.
pub(crate) struct PosterCapture<'a> {
    frame_matting: &'a dyn FrameMatting,
    found: Mutex<PosterState>,
}

enum PosterState {
    Nothing,
    Picture(Box<RgbaImage>),
    Taken,
}

impl<'a> PosterCapture<'a> {
    /// `is_there`: the job has a preview already, so no frame is kept.
    pub(crate) fn over(frame_matting: &'a dyn FrameMatting, is_there: bool) -> Self {
        Self {
            frame_matting,
            found: Mutex::new(if is_there { PosterState::Taken } else { PosterState::Nothing }),
        }
    }

    /// Takes the first frame with a subject.
    pub(crate) fn take(&self) -> Option<RgbaImage> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *found, PosterState::Taken) {
            PosterState::Picture(picture) => Some(*picture),
            PosterState::Taken => None,
            PosterState::Nothing => {
                *found = PosterState::Nothing;
                None
            }
        }
    }
}

impl FrameMatting for PosterCapture<'_> {
    fn batch(&self) -> usize {
        self.frame_matting.batch()
    }

    fn warm_up(&self) -> usize {
        self.frame_matting.warm_up()
    }

    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        self.frame_matting.mattes(pictures)
    }

    fn forget(&self) {
        self.frame_matting.forget();
    }

    fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        let cutout = self.frame_matting.cutout(picture, alpha);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*found, PosterState::Nothing) && Rect::around(&cutout.alpha).is_some() {
            let picture = compose(&cutout, &Composition::default(), false).image;
            *found = PosterState::Picture(Box::new(picture));
        }
        cutout
    }
}
