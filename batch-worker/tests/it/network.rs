//! A matting by brightness instead of a network, with a hook for failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::GrayImage;
use sansfond_batch_worker::engine::MattingLoader;
use sansfond_imaging::Picture;
use sansfond_imaging::frames::{Cause, FrameMatting};

/// Called before each matte with the index of the frame.
type FrameHook = Arc<dyn Fn(usize) -> Result<(), Cause> + Send + Sync>;

/// BrightnessMatting pixels are the subject.
#[derive(Clone)]
pub(crate) struct BrightnessMatting {
    frames: Arc<AtomicUsize>,
    hook: FrameHook,
}

impl BrightnessMatting {
    pub(crate) fn new() -> Self {
        Self::with(|_| Ok(()))
    }

    pub(crate) fn with(hook: impl Fn(usize) -> Result<(), Cause> + Send + Sync + 'static) -> Self {
        Self { frames: Arc::default(), hook: Arc::new(hook) }
    }

    /// Number of processed frames.
    pub(crate) fn frames(&self) -> usize {
        self.frames.load(Ordering::Relaxed)
    }

    pub(crate) fn load(&self) -> Arc<MattingLoader> {
        let matting = self.clone();
        Arc::new(move || Ok(Box::new(matting.clone())))
    }
}

impl FrameMatting for BrightnessMatting {
    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        let matte = |picture: &&Picture| {
            (self.hook)(self.frames.fetch_add(1, Ordering::Relaxed))?;
            let (width, height) = picture.dimensions();
            let alpha = picture.color.pixels().map(|pixel| pixel.0[0].saturating_sub(40));
            Ok(GrayImage::from_raw(width, height, alpha.collect()).expect("one value a pixel"))
        };
        pictures.iter().map(matte).collect()
    }
}
