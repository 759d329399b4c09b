//! The preview of a video: its first frame with a subject, kept on its way through the pipeline.

use std::sync::{Mutex, PoisonError};

use image::{GrayImage, RgbaImage};
use sansfond_imaging::frames::{Cause, FrameMatter};
use sansfond_imaging::{Composition, Cutout, Picture, Rect, compose};

/// A matter that keeps its first cutout with a subject.
pub(crate) struct Poster<'a> {
    matter: &'a dyn FrameMatter,
    found: Mutex<Found>,
}

enum Found {
    Nothing,
    Picture(Box<RgbaImage>),
    Taken,
}

impl<'a> Poster<'a> {
    /// `is_there`: the job has its preview, and no frame is kept.
    pub(crate) fn over(matter: &'a dyn FrameMatter, is_there: bool) -> Self {
        Self { matter, found: Mutex::new(if is_there { Found::Taken } else { Found::Nothing }) }
    }

    /// The first frame with a subject, once.
    pub(crate) fn take(&self) -> Option<RgbaImage> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *found, Found::Taken) {
            Found::Picture(picture) => Some(*picture),
            Found::Taken => None,
            Found::Nothing => {
                *found = Found::Nothing;
                None
            }
        }
    }
}

impl FrameMatter for Poster<'_> {
    fn batch(&self) -> usize {
        self.matter.batch()
    }

    fn warm_up(&self) -> usize {
        self.matter.warm_up()
    }

    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        self.matter.mattes(pictures)
    }

    fn forget(&self) {
        self.matter.forget();
    }

    fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        let cutout = self.matter.cutout(picture, alpha);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*found, Found::Nothing) && Rect::around(&cutout.alpha).is_some() {
            let picture = compose(&cutout, &Composition::default(), false).image;
            *found = Found::Picture(Box::new(picture));
        }
        cutout
    }
}
