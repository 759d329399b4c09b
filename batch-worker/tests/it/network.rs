//! A network whose matte follows from the picture, with a hook for failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use image::GrayImage;
use sansfond_batch_worker::engine::MattingLoader;
use sansfond_imaging::Picture;
use sansfond_imaging::frames::{Cause, FrameMatting};

/// Called before each matte with the index of the frame.
type Happens = Arc<dyn Fn(usize) -> Result<(), Cause> + Send + Sync>;

/// Bright pixels are the subject.
#[derive(Clone)]
pub(crate) struct Bright {
    asked: Arc<AtomicUsize>,
    happens: Happens,
}

impl Bright {
    pub(crate) fn new() -> Self {
        Self::with(|_| Ok(()))
    }

    pub(crate) fn with(happens: impl Fn(usize) -> Result<(), Cause> + Send + Sync + 'static) -> Self {
        Self { asked: Arc::default(), happens: Arc::new(happens) }
    }

    /// Number of frames that it has processed.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn load(&self) -> Arc<MattingLoader> {
        let network = self.clone();
        Arc::new(move || Ok(Box::new(network.clone())))
    }
}

impl FrameMatting for Bright {
    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        let matte = |picture: &&Picture| {
            (self.happens)(self.asked.fetch_add(1, Ordering::Relaxed))?;
            let (width, height) = picture.dimensions();
            let alpha = picture.color.pixels().map(|pixel| pixel.0[0].saturating_sub(40));
            Ok(GrayImage::from_raw(width, height, alpha.collect()).expect("one value a pixel"))
        };
        pictures.iter().map(matte).collect()
    }
}
