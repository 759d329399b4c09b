//! The options of videos.

use serde::{Deserialize, Serialize};

use crate::{OptionError, VideoBackdrop, VideoFormat};

/// The options of a video result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(description = "The options of a video result."))]
#[serde(default, deny_unknown_fields)]
pub struct VideoOptions {
    /// The file format. Defaults to `webm`. `mp4` needs a background. `gif`, `webp`, `png` and `matte` have no sound.
    pub format: VideoFormat,
    /// The background: `transparent`, `blur`, a color such as `#ffcc00`, or `picture` for the image in `backdrop`.
    #[cfg_attr(
        feature = "schema",
        schema(
            value_type = String,
            pattern = "^(transparent|blur|picture|#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}))?$"
        )
    )]
    pub background: VideoBackdrop,
    /// Start of the part to process, in milliseconds from the first frame.
    pub from_ms: u64,
    /// End of the part to process, in milliseconds from the first frame. Defaults to the end of the video.
    pub until_ms: Option<u64>,
    /// Keeps the sound, if the format supports it.
    pub sound: bool,
    /// Reduces flicker at the edges by comparing neighboring frames.
    pub steady: bool,
    /// Creates a free preview: the first three seconds of the part, at a reduced size.
    pub preview: bool,
    /// Sends an email when the job ends.
    pub notify: bool,
}

/// The duration of a preview, in milliseconds.
pub const PREVIEW_MS: u64 = 3_000;
/// Longest side of a preview, in pixels.
pub const PREVIEW_SIDE: u32 = 640;

/// Largest background image of a video, in bytes. It is sent in the request itself, in base64, which is a third
/// longer, and Lambda accepts 6 MB.
pub const BACKDROP_BYTES: u64 = 3_000_000;
/// Largest background image of a video, in pixels.
pub const BACKDROP_PIXELS: u64 = 40_000_000;
/// Longest side of a background image as it is sent, in pixels.
pub const BACKDROP_SENT_SIDE: u32 = 16_384;
/// Longest side of a background image as it is drawn, in pixels: that of a 4K frame.
pub const BACKDROP_SIDE: u32 = 3_840;

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
    /// Checks that the options can be combined.
    ///
    /// # Errors
    /// [`OptionError::NoAlpha`], [`OptionError::Part`].
    pub fn check(&self) -> Result<(), OptionError> {
        if !self.format.row().has_alpha && self.background == VideoBackdrop::default() {
            return Err(OptionError::NoAlpha(self.format.name()));
        }
        match self.until_ms {
            Some(until_ms) if until_ms <= self.from_ms => {
                Err(OptionError::Part { from_ms: self.from_ms, until_ms })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Checks that a picture was sent if and only if the background is `picture`.
    ///
    /// # Errors
    /// [`OptionError::NoBackdrop`], [`OptionError::StrayBackdrop`].
    pub fn check_backdrop(&self, is_sent: bool) -> Result<(), OptionError> {
        match (self.background, is_sent) {
            (VideoBackdrop::Picture, false) => Err(OptionError::NoBackdrop),
            (VideoBackdrop::Plain(_), true) => Err(OptionError::StrayBackdrop),
            (VideoBackdrop::Picture, true) | (VideoBackdrop::Plain(_), false) => Ok(()),
        }
    }

    /// The part of a video of that duration, in milliseconds. `None` if the part begins after the end.
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
    use crate::Backdrop;

    #[test]
    fn a_format_without_alpha_needs_a_background() {
        let options: VideoOptions = serde_json::from_str(r#"{"format":"mp4"}"#).expect("options");
        assert_eq!(options.check(), Err(OptionError::NoAlpha("mp4")));
        let options: VideoOptions =
            serde_json::from_str(r##"{"format":"mp4","background":"#fff"}"##).expect("options");
        assert_eq!(options.check(), Ok(()));
    }

    #[test]
    fn videos_can_have_a_picture_as_background_and_images_cannot() {
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
    fn a_part_ends_with_the_video_and_a_preview_after_three_seconds() {
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
