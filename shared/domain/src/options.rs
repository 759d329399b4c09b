//! The options of either kind of job. The options themselves are defined in `sansfond-options`.

pub use sansfond_options::*;
use serde::{Deserialize, Serialize};

use crate::JobKind;

/// The options of either kind of job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Options {
    /// Options of an image.
    Image(ImageOptions),
    /// Options of a video.
    Video(VideoOptions),
}

impl Options {
    /// The kind of the job.
    #[must_use]
    pub const fn kind(&self) -> JobKind {
        match self {
            Self::Image(_) => JobKind::Image,
            Self::Video(_) => JobKind::Video,
        }
    }

    /// The options of an image job.
    #[must_use]
    pub const fn image(&self) -> Option<&ImageOptions> {
        match self {
            Self::Image(options) => Some(options),
            Self::Video(_) => None,
        }
    }

    /// The options of a video job.
    #[must_use]
    pub const fn video(&self) -> Option<&VideoOptions> {
        match self {
            Self::Image(_) => None,
            Self::Video(options) => Some(options),
        }
    }

    /// Whether the job is free. Previews of videos are.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        match self {
            Self::Image(_) => false,
            Self::Video(options) => options.preview,
        }
    }
}

impl From<ImageOptions> for Options {
    fn from(options: ImageOptions) -> Self {
        Self::Image(options)
    }
}

impl From<VideoOptions> for Options {
    fn from(options: VideoOptions) -> Self {
        Self::Video(options)
    }
}
