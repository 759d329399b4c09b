//! The contract between those who carry the frames of a video and those who find the subject in them:
//! neither knows the other.

use image::GrayImage;

use crate::{Cutout, Picture};

/// Any cause of a failure.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Whoever makes mattes of frames.
pub trait FrameMatting: Sync {
    /// Frames that are best asked about at once.
    fn batch(&self) -> usize {
        1
    }

    /// Frames that it wants to have seen before the first one that counts, where work begins in the middle
    /// of a video. For networks that remember.
    fn warm_up(&self) -> usize {
        0
    }

    /// A matte for each picture, of its size, in its order. A picture without a subject has an empty
    /// one. Values must not be stretched picture by picture: that is what makes mattes flicker.
    ///
    /// # Errors
    /// Any; the video has failed then.
    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause>;

    /// The next picture shows another scene. For networks that remember.
    fn forget(&self) {}

    /// The picture with its matte, soft pixels in the subject's own colors.
    fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        Cutout { color: picture.color, alpha }
    }
}
