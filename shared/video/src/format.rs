//! What can be written.

use std::fmt;
use std::str::FromStr;

use crate::SinkError;

/// Every kind of file that we write. Adding one means a row here and its sink in [`crate::sink`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VideoFormat {
    /// VP9 with alpha and Opus: what browsers play.
    #[default]
    WebM,
    /// ProRes 4444 with alpha, sound as PCM or AAC: what editors want.
    Mov,
    /// H.264 over a background, AAC: what everything plays.
    Mp4,
    /// The matte as H.264, white for subject, without sound.
    Matte,
    /// `color.mp4` and `alpha.mp4`, stored: two opaque videos that any editor joins.
    Zip,
    /// Animated WebP with alpha, without sound.
    WebP,
    /// Animated GIF, pixels opaque or gone, without sound.
    Gif,
    /// A ZIP of numbered PNG files and their times, without sound.
    Png,
}

impl VideoFormat {
    /// All formats, in the order in which help texts list them.
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

    /// Whether it keeps what is transparent, so that no background has to be chosen.
    #[must_use]
    pub fn has_alpha(self) -> bool {
        match self {
            Self::WebM | Self::Mov | Self::Matte | Self::Zip | Self::WebP | Self::Gif | Self::Png => true,
            Self::Mp4 => false,
        }
    }

    /// Whether it has a place for sound.
    #[must_use]
    pub fn has_sound(self) -> bool {
        match self {
            Self::WebM | Self::Mov | Self::Mp4 | Self::Zip => true,
            Self::Matte | Self::WebP | Self::Gif | Self::Png => false,
        }
    }

    /// Width and height of its frames, for frames of that size. H.264 has even sides only: an odd row or
    /// column is cut off, nothing is stretched.
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

/// How large a file will be, where that depends on its size alone: ProRes 4444 with alpha takes about
/// 1.3 bytes for each pixel (measured on a detailed clip; quieter ones take less). A minute of 1080p at
/// 30 frames a second is 4.9 GB, and who asks for it should know before.
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
