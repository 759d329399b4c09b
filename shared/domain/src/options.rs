//! What a customer asks of a picture or a video. The options themselves are in `sansfond-options`.

pub use sansfond_options::*;
use serde::{Deserialize, Serialize};

use crate::JobKind;

/// What was asked for, for either kind of job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Options {
    /// Of a picture.
    Image(ImageOptions),
    /// Of a video.
    Video(VideoOptions),
}

impl Options {
    /// What the job works on.
    #[must_use]
    pub const fn kind(&self) -> JobKind {
        match self {
            Self::Image(_) => JobKind::Image,
            Self::Video(_) => JobKind::Video,
        }
    }

    /// Those of a picture.
    #[must_use]
    pub const fn image(&self) -> Option<&ImageOptions> {
        match self {
            Self::Image(options) => Some(options),
            Self::Video(_) => None,
        }
    }

    /// Those of a video.
    #[must_use]
    pub const fn video(&self) -> Option<&VideoOptions> {
        match self {
            Self::Image(_) => None,
            Self::Video(options) => Some(options),
        }
    }

    /// Whether it costs a credit: a first look at a video does not.
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
