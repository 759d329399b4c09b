//! What a customer may ask of a picture, checked before a credit is taken.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::JobKind;
use crate::closed_list::closed_list;
pub use crate::video_options::{VideoBackdrop, VideoFormat, VideoOptions};

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

/// What the result shall look like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageOptions {
    /// The file format.
    pub format: Format,
    /// The cutout, or its matte alone.
    pub channels: Channels,
    /// What is put behind the subject.
    pub background: Backdrop,
    /// Whether the empty border is cut away.
    pub crop: bool,
    /// A margin left around the subject when cropping, in percent of its size, 0 to 50.
    pub crop_margin: Percent,
    /// Whether the subject throws a soft shadow.
    pub shadow: bool,
}

closed_list! {
    /// File formats of results.
    #[derive(Default)]
    enum Format, name {
        /// PNG if anything is transparent, else JPEG.
        Auto "auto",
        /// PNG.
        #[default]
        Png "png",
        /// Lossy WebP with alpha.
        Webp "webp",
        /// JPEG; what is transparent becomes white.
        Jpg "jpg",
        /// Colors as JPEG and the matte as PNG, in a ZIP.
        Zip "zip",
    }
}

closed_list! {
    /// Which part of the result is wanted.
    #[derive(Default)]
    enum Channels, name {
        /// Colors and alpha.
        #[default]
        Rgba "rgba",
        /// The matte, in gray.
        Alpha "alpha",
    }
}

/// What is behind the subject: `transparent`, `blur` or a color as `#rgb`, `#rgba`, `#rrggbb` or
/// `#rrggbbaa`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Backdrop {
    /// Nothing.
    #[default]
    Transparent,
    /// The picture itself, out of focus.
    Blur,
    /// One color: red, green, blue, straight alpha.
    Color([u8; 4]),
}

/// 0 to 50.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

/// An option that makes no sense; the text says what would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// A background.
    #[error("“{0}” is not a background; write transparent, blur or a color like #ffcc00")]
    Background(String),
    /// A background of a video.
    #[error("“{0}” is not a background; write transparent, blur, picture or a color like #ffcc00")]
    VideoBackground(String),
    /// A picture was asked for, and none came.
    #[error("the background “picture” needs the picture itself, as “backdrop”")]
    NoBackdrop,
    /// A picture came, and nobody asked for it.
    #[error("a “backdrop” is for the background “picture” only")]
    StrayBackdrop,
    /// A margin.
    #[error("a margin of {0} % is too much; 0 to 50 is possible")]
    Margin(u8),
    /// A file that cannot be transparent.
    #[error("{0} has no transparency; choose a background, or webm or mov")]
    NoAlpha(&'static str),
    /// A part of a video that is none.
    #[error("a part from {from_ms} ms to {until_ms} ms is none; the end must come after the beginning")]
    Part {
        /// Where it begins.
        from_ms: u64,
        /// Where it ends.
        until_ms: u64,
    },
}

impl FromStr for Backdrop {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        match text {
            "transparent" | "" => return Ok(Self::Transparent),
            "blur" => return Ok(Self::Blur),
            _ => {}
        }
        let refused = || OptionError::Background(text.chars().take(40).collect());
        let digits = text.strip_prefix('#').ok_or_else(refused)?;
        let nibbles = digits
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|nibble| u8::try_from(nibble).ok()))
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(refused)?;
        let channels: Vec<u8> = match nibbles.len() {
            3 | 4 => nibbles.iter().map(|nibble| nibble * 17).collect(),
            6 | 8 => nibbles.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect(),
            _ => return Err(refused()),
        };
        let mut color = [255; 4];
        color[..channels.len()].copy_from_slice(&channels);
        Ok(Self::Color(color))
    }
}

impl fmt::Display for Backdrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transparent => f.write_str("transparent"),
            Self::Blur => f.write_str("blur"),
            Self::Color([r, g, b, 255]) => write!(f, "#{r:02x}{g:02x}{b:02x}"),
            Self::Color([r, g, b, a]) => write!(f, "#{r:02x}{g:02x}{b:02x}{a:02x}"),
        }
    }
}

impl TryFrom<String> for Backdrop {
    type Error = OptionError;

    fn try_from(text: String) -> Result<Self, OptionError> {
        text.parse()
    }
}

impl From<Backdrop> for String {
    fn from(backdrop: Backdrop) -> Self {
        backdrop.to_string()
    }
}

impl TryFrom<u8> for Percent {
    type Error = OptionError;

    fn try_from(percent: u8) -> Result<Self, OptionError> {
        if percent <= 50 { Ok(Self(percent)) } else { Err(OptionError::Margin(percent)) }
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_read_in_all_four_lengths() {
        for (text, color) in [
            ("#fc0", [255, 204, 0, 255]),
            ("#fc08", [255, 204, 0, 136]),
            ("#FFCC00", [255, 204, 0, 255]),
            ("#ffcc0080", [255, 204, 0, 128]),
        ] {
            assert_eq!(text.parse(), Ok(Backdrop::Color(color)), "{text}");
        }
        for text in ["ffcc00", "#ff", "#ggg", "red", "#fffffffff"] {
            assert!(text.parse::<Backdrop>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_option_that_nobody_knows_is_refused_instead_of_ignored() {
        assert!(serde_json::from_str::<ImageOptions>(r#"{"bakground":"blur"}"#).is_err());
        assert!(serde_json::from_str::<ImageOptions>(r#"{"crop_margin":51}"#).is_err());
        let options: ImageOptions =
            serde_json::from_str(r##"{"format":"webp","background":"#fff"}"##).expect("valid");
        assert_eq!(options.background, Backdrop::Color([255; 4]));
        assert_eq!(serde_json::to_value(&options).expect("JSON")["background"], "#ffffff");
    }
}
