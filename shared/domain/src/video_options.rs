//! What a customer may ask of a video, checked before a credit is taken.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;
use crate::options::{Backdrop, OptionError};

/// What the result shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VideoOptions {
    /// Kind of file.
    pub format: VideoFormat,
    /// What stands behind the subject.
    pub background: VideoBackdrop,
    /// Where to begin, in milliseconds from the first frame.
    pub from_ms: u64,
    /// Where to end, in milliseconds from the first frame; `None` is the end of the video.
    pub until_ms: Option<u64>,
    /// Whether the sound is kept, where the format has a place for it.
    pub sound: bool,
    /// Whether mattes are steadied by looking at the frames around.
    pub steady: bool,
    /// A first look: the first [`PREVIEW_MS`], small and free of charge.
    pub preview: bool,
    /// Whether the owner wants a mail when it is done.
    pub notify: bool,
}

/// How long a first look is.
pub const PREVIEW_MS: u64 = 3_000;
/// Longest side of a first look, in pixels.
pub const PREVIEW_SIDE: u32 = 640;

/// Largest picture that may stand behind a video, in bytes: it comes in the request itself, where it is a
/// third longer, and Lambda takes 6 MB.
pub const BACKDROP_BYTES: u64 = 3_000_000;
/// Largest picture that may stand behind a video, in pixels.
pub const BACKDROP_PIXELS: u64 = 40_000_000;
/// Longest side of a picture that is sent, in pixels.
pub const BACKDROP_SENT_SIDE: u32 = 16_384;
/// Longest side of the picture as it is drawn, in pixels: that of a 4K frame.
pub const BACKDROP_SIDE: u32 = 3_840;

/// What stands behind the subject of a video: what may stand behind that of a picture, or `picture`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum VideoBackdrop {
    /// What any cutout may have behind it.
    Plain(Backdrop),
    /// A picture that came with the request.
    Picture,
}

closed_list! {
    /// Files that come out of a video.
    #[derive(Default)]
    enum VideoFormat, name {
        /// VP9 with alpha and Opus.
        #[default]
        Webm "webm",
        /// ProRes 4444 with alpha.
        Mov "mov",
        /// H.264 over a background.
        Mp4 "mp4",
        /// The matte as H.264.
        Matte "matte",
        /// `color.mp4` and `alpha.mp4`.
        Zip "zip",
        /// Animated WebP with alpha.
        Webp "webp",
        /// Animated GIF.
        Gif "gif",
        /// Numbered PNG files in a ZIP.
        Png "png",
    }
}

impl Default for VideoBackdrop {
    fn default() -> Self {
        Self::Plain(Backdrop::Transparent)
    }
}

impl FromStr for VideoBackdrop {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        match text {
            "picture" => Ok(Self::Picture),
            _ => text.parse().map(Self::Plain).map_err(|error| match error {
                OptionError::Background(text) => OptionError::VideoBackground(text),
                other => other,
            }),
        }
    }
}

impl fmt::Display for VideoBackdrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(backdrop) => backdrop.fmt(f),
            Self::Picture => f.write_str("picture"),
        }
    }
}

impl TryFrom<String> for VideoBackdrop {
    type Error = OptionError;

    fn try_from(text: String) -> Result<Self, OptionError> {
        text.parse()
    }
}

impl From<VideoBackdrop> for String {
    fn from(backdrop: VideoBackdrop) -> Self {
        backdrop.to_string()
    }
}

impl From<Backdrop> for VideoBackdrop {
    fn from(backdrop: Backdrop) -> Self {
        Self::Plain(backdrop)
    }
}

impl Default for VideoOptions {
    fn default() -> Self {
        Self {
            format: VideoFormat::default(),
            background: VideoBackdrop::default(),
            from_ms: 0,
            until_ms: None,
            sound: true,
            steady: true,
            preview: false,
            notify: false,
        }
    }
}

impl VideoOptions {
    /// Whether they fit together.
    ///
    /// # Errors
    /// [`OptionError::NoAlpha`], [`OptionError::Part`].
    pub fn check(&self) -> Result<(), OptionError> {
        if self.format == VideoFormat::Mp4 && self.background == VideoBackdrop::default() {
            return Err(OptionError::NoAlpha(self.format.name()));
        }
        match self.until_ms {
            Some(until_ms) if until_ms <= self.from_ms => {
                Err(OptionError::Part { from_ms: self.from_ms, until_ms })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a picture came with them if and only if they speak of one.
    ///
    /// # Errors
    /// [`OptionError::NoBackdrop`], [`OptionError::StrayBackdrop`].
    pub fn check_backdrop(&self, has_come: bool) -> Result<(), OptionError> {
        match (self.background, has_come) {
            (VideoBackdrop::Picture, false) => Err(OptionError::NoBackdrop),
            (VideoBackdrop::Plain(_), true) => Err(OptionError::StrayBackdrop),
            (VideoBackdrop::Picture, true) | (VideoBackdrop::Plain(_), false) => Ok(()),
        }
    }

    /// Which part of a video of that length is wanted, in milliseconds: `None` if it begins behind the
    /// end.
    #[must_use]
    pub fn part(&self, duration_ms: u64) -> Option<(u64, u64)> {
        let until_ms = self.until_ms.unwrap_or(duration_ms).min(duration_ms);
        let until_ms =
            if self.preview { until_ms.min(self.from_ms.saturating_add(PREVIEW_MS)) } else { until_ms };
        (self.from_ms < until_ms).then_some((self.from_ms, until_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_without_alpha_wants_a_background() {
        let options: VideoOptions = serde_json::from_str(r#"{"format":"mp4"}"#).expect("options");
        assert_eq!(options.check(), Err(OptionError::NoAlpha("mp4")));
        let options: VideoOptions =
            serde_json::from_str(r##"{"format":"mp4","background":"#fff"}"##).expect("options");
        assert_eq!(options.check(), Ok(()));
    }

    #[test]
    fn a_picture_stands_behind_a_video_and_behind_no_picture() {
        let options: VideoOptions =
            serde_json::from_str(r#"{"format":"mp4","background":"picture"}"#).expect("options");
        assert_eq!((options.background, options.check()), (VideoBackdrop::Picture, Ok(())));
        assert_eq!(serde_json::to_value(&options).expect("JSON")["background"], "picture");
        assert_eq!(options.check_backdrop(true), Ok(()));
        assert_eq!(options.check_backdrop(false), Err(OptionError::NoBackdrop));
        let plain = VideoOptions { background: Backdrop::Blur.into(), ..options };
        assert_eq!(plain.check_backdrop(false), Ok(()));
        assert_eq!(plain.check_backdrop(true), Err(OptionError::StrayBackdrop));
        let nothing = "pictures".parse::<VideoBackdrop>();
        assert_eq!(nothing, Err(OptionError::VideoBackground("pictures".to_owned())));
        assert!(serde_json::from_str::<crate::ImageOptions>(r#"{"background":"picture"}"#).is_err());
    }

    #[test]
    fn a_part_ends_where_the_video_does_and_a_first_look_after_three_seconds() {
        let options = VideoOptions { from_ms: 2_000, until_ms: Some(9_000), ..VideoOptions::default() };
        assert_eq!(options.part(60_000), Some((2_000, 9_000)));
        assert_eq!(options.part(5_000), Some((2_000, 5_000)));
        assert_eq!(options.part(2_000), None);
        let look = VideoOptions { preview: true, ..options };
        assert_eq!(look.part(60_000), Some((2_000, 5_000)));
        let backwards = VideoOptions { until_ms: Some(1_000), ..look };
        assert!(matches!(backwards.check(), Err(OptionError::Part { .. })));
    }
}
