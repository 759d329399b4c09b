//! The contract between video processing and matting: neither depends on the other.

use image::GrayImage;

use crate::{Cutout, Picture};

/// The cause of a failure.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Makes mattes for the frames of a video.
pub trait FrameMatting: Sync {
    /// The preferred number of frames in one call.
    fn batch(&self) -> usize {
        1
    }

    /// The number of earlier frames to process before the first frame of the output, when work begins in the
    /// middle of a video. Recurrent networks need it.
    fn warm_up(&self) -> usize {
        0
    }

    /// Makes a matte for each picture, with the picture's size and in the same order. A picture without a
    /// subject gets an empty matte. Values must not be normalized picture by picture: that makes mattes
    /// flicker.
    ///
    /// # Errors
    /// Any; it fails the video.
    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause>;

    /// Resets the state of a recurrent network: the next picture shows another scene, or is from another position.
    fn reset(&self) {}

    /// Cuts the picture out by its matte; soft pixels get the estimated foreground colors.
    fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        Cutout { color: picture.color, alpha }
    }
}
