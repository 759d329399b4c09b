//! Output formats.

use std::fmt;
use std::str::FromStr;

use crate::SinkError;

/// An output format. To add one, add a row here and its sink in [`crate::sink`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VideoFormat {
    /// VP9 with alpha and Opus, for browsers.
    #[default]
    WebM,
    /// ProRes 4444 with alpha, sound as PCM or AAC, for video editors.
    Mov,
    /// H.264 over a background, AAC, for all players.
    Mp4,
    /// The matte as H.264, white for the subject, without sound.
    Matte,
    /// `color.mp4` and `alpha.mp4`, stored without compression: two opaque videos that any editor can
    /// combine.
    Zip,
    /// Animated WebP with alpha, without sound.
    WebP,
    /// Animated GIF without partial transparency and without sound.
    Gif,
    /// A ZIP of numbered PNG files and a table of their times, without sound.
    Png,
}

impl VideoFormat {
    /// All formats, in the order of help texts.
    pub const ALL: [Self; 8] =
        [Self::WebM, Self::Mov, Self::Mp4, Self::Matte, Self::Zip, Self::WebP, Self::Gif, Self::Png];

    /// The name in options and requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WebM => "webm",
            Self::Mov => "mov",
            Self::Mp4 => "mp4",
            Self::Matte => "matte",
            Self::Zip => "zip",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Png => "png",
        }
    }

    /// The extension of its files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::WebM => "webm",
            Self::Mov => "mov",
            Self::Mp4 | Self::Matte => "mp4",
            Self::Zip | Self::Png => "zip",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }

    /// The media type of its files.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::WebM => "video/webm",
            Self::Mov => "video/quicktime",
            Self::Mp4 | Self::Matte => "video/mp4",
            Self::Zip | Self::Png => "application/zip",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// Whether the format has alpha, so that no background is needed.
    #[must_use]
    pub fn has_alpha(self) -> bool {
        match self {
            Self::WebM | Self::Mov | Self::Matte | Self::Zip | Self::WebP | Self::Gif | Self::Png => true,
            Self::Mp4 => false,
        }
    }

    /// Whether the format has sound.
    #[must_use]
    pub fn has_sound(self) -> bool {
        match self {
            Self::WebM | Self::Mov | Self::Mp4 | Self::Zip => true,
            Self::Matte | Self::WebP | Self::Gif | Self::Png => false,
        }
    }

    /// Width and height in this format of frames with that size. H.264 needs even sides: an odd row or column
    /// is cropped, nothing is stretched.
    #[must_use]
    pub const fn frame_size(self, (width, height): (u32, u32)) -> (u32, u32) {
        match self {
            Self::Mp4 | Self::Matte | Self::Zip => (width & !1, height & !1),
            Self::WebM | Self::Mov | Self::WebP | Self::Gif | Self::Png => (width, height),
        }
    }
}

impl FromStr for VideoFormat {
    type Err = SinkError;

    fn from_str(text: &str) -> Result<Self, SinkError> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text.to_ascii_lowercase())
            .ok_or_else(|| SinkError::UnknownFormat(text.to_owned()))
    }
}

impl fmt::Display for VideoFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The size of a file, if it depends on the frame size alone: ProRes 4444 with alpha takes about 1.3 bytes
/// per pixel (measured on a detailed clip; clips with less detail take less). A minute of 1080p at 30 frames
/// per second takes 4.9 GB, which users should know before they start.
#[must_use]
pub fn expected_bytes(format: VideoFormat, (width, height): (u32, u32), frames: u64) -> Option<u64> {
    match format {
        VideoFormat::Mov => {
            let pixels = u64::from(width).saturating_mul(u64::from(height)).saturating_mul(frames);
            Some(pixels.saturating_mul(13) / 10)
        }
        VideoFormat::WebM
        | VideoFormat::Mp4
        | VideoFormat::Matte
        | VideoFormat::Zip
        | VideoFormat::WebP
        | VideoFormat::Gif
        | VideoFormat::Png => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sides_lose_a_pixel_where_h264_encodes_and_nowhere_else() {
        let sizes = VideoFormat::ALL.map(|format| (format, format.frame_size((161, 90))));
        for (format, size) in sizes {
            let is_h264 = matches!(format, VideoFormat::Mp4 | VideoFormat::Matte | VideoFormat::Zip);
            assert_eq!(size, if is_h264 { (160, 90) } else { (161, 90) }, "{format}");
        }
        assert_eq!(VideoFormat::Mp4.frame_size((1, 9)), (0, 8), "too small to encode");
    }
}
