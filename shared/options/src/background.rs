//! Backgrounds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::OptionError;

/// The background of an image: `transparent`, `blur` or a color as `#rgb`, `#rgba`, `#rrggbb` or
/// `#rrggbbaa`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Backdrop {
    /// No background.
    #[default]
    Transparent,
    /// The original background, blurred.
    Blur,
    /// One color: red, green, blue, straight alpha.
    Color([u8; 4]),
}

/// The background of a video: that of an image, or `picture`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum VideoBackdrop {
    /// A background that images support too.
    Plain(Backdrop),
    /// The picture in the request.
    Picture,
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
}
