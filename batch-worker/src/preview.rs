//! The preview of a video: its first frame with a subject, captured in the pipeline.

use std::sync::{Mutex, PoisonError};

use image::{GrayImage, RgbaImage};
use sansfond_imaging::frames::{Cause, FrameMatting};
use sansfond_imaging::{Composition, Cutout, Picture, Rect, compose};

/// A matting that keeps its first cutout with a subject.
pub(crate) struct PreviewCapture<'a> {
    frame_matting: &'a dyn FrameMatting,
    state: Mutex<PreviewState>,
}

enum PreviewState {
    Empty,
    Captured(Box<RgbaImage>),
    Taken,
}

impl<'a> PreviewCapture<'a> {
    /// If `has_preview` is set, the job has a preview already, and no frame is kept.
    pub(crate) fn new(frame_matting: &'a dyn FrameMatting, has_preview: bool) -> Self {
        Self {
            frame_matting,
            state: Mutex::new(if has_preview { PreviewState::Taken } else { PreviewState::Empty }),
        }
    }

    /// Takes the first frame with a subject.
    pub(crate) fn take(&self) -> Option<RgbaImage> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, PreviewState::Taken) {
            PreviewState::Captured(picture) => Some(*picture),
            PreviewState::Taken => None,
            PreviewState::Empty => {
                *state = PreviewState::Empty;
                None
            }
        }
    }
}

impl FrameMatting for PreviewCapture<'_> {
    fn batch(&self) -> usize {
        self.frame_matting.batch()
    }

    fn warm_up(&self) -> usize {
        self.frame_matting.warm_up()
    }

    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        self.frame_matting.mattes(pictures)
    }

    fn reset(&self) {
        self.frame_matting.reset();
    }

    fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        let cutout = self.frame_matting.cutout(picture, alpha);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, PreviewState::Empty) && Rect::around(&cutout.alpha).is_some() {
            let picture = compose(&cutout, &Composition::default(), false).image;
            *state = PreviewState::Captured(Box::new(picture));
        }
        cutout
    }
}
