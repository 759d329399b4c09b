//! The options of images.

use serde::{Deserialize, Serialize};

use crate::{Backdrop, ImageFormat, OptionError};

/// The options of an image result.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(description = "The options of an image result."))]
#[serde(default, deny_unknown_fields)]
pub struct ImageOptions {
    /// The file format. Defaults to `png`.
    pub format: ImageFormat,
    /// The channels. Defaults to `rgba`.
    pub channels: Channels,
    /// The background: `transparent`, `blur` or a color such as `#ffcc00`.
    #[cfg_attr(
        feature = "schema",
        schema(
            value_type = String,
            example = "#ffcc00",
            pattern = "^(transparent|blur|#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}))?$"
        )
    )]
    pub background: Backdrop,
    /// Crops the result to the subject.
    #[serde(deserialize_with = "crate::text::flag")]
    pub crop: bool,
    /// The margin around a cropped subject, as a percentage of its width and height, 0 to 50. Each margin is capped at 500 pixels.
    #[cfg_attr(feature = "schema", schema(value_type = u8, minimum = 0, maximum = 50))]
    pub crop_margin: Percent,
    /// Adds a soft shadow.
    #[serde(deserialize_with = "crate::text::flag")]
    pub shadow: bool,
}

/// The channels of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "schema",
    schema(
        description = "The channels of the result. `rgba`: color and alpha. `alpha`: only the alpha matte, in gray."
    )
)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// Colors and alpha.
    #[default]
    Rgba,
    /// Only the alpha matte, in gray.
    Alpha,
}

/// A margin of 0 to 50 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(into = "u8")]
pub struct Percent(u8);

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(crate::text::percent(deserializer)?).map_err(serde::de::Error::custom)
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
    fn an_unknown_option_is_rejected() {
        assert!(serde_json::from_str::<ImageOptions>(r#"{"bakground":"blur"}"#).is_err());
        assert!(serde_json::from_str::<ImageOptions>(r#"{"crop_margin":51}"#).is_err());
        let options: ImageOptions =
            serde_json::from_str(r##"{"format":"webp","background":"#fff"}"##).expect("valid");
        assert_eq!(options.background, Backdrop::Color([255; 4]));
        assert_eq!(serde_json::to_value(&options).expect("JSON")["background"], "#ffffff");
    }

    #[test]
    fn options_are_read_alike_from_text_and_json() {
        let read = |json: &str| serde_json::from_str::<ImageOptions>(json);
        let json = read(r#"{"crop":true,"crop_margin":10,"shadow":false}"#).expect("valid");
        for (crop, shadow) in [("true", "false"), ("1", "0"), ("on", "off"), ("yes", "no")] {
            let text = format!(r#"{{"crop":"{crop}","crop_margin":"10%","shadow":"{shadow}"}}"#);
            assert_eq!(read(&text).expect("valid"), json);
        }
        for wrong in
            [r#"{"crop":"maybe"}"#, r#"{"crop":1}"#, r#"{"crop_margin":"1.5"}"#, r#"{"crop_margin":-1}"#]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(r#"{"crop_margin":300}"#).unwrap_err().to_string().contains("from 0 to 50"));
    }
}
