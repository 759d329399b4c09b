//! The formats of results, as tables: one row has all properties of a format. To add a format, add a row here and its
//! encoder; the compiler reports the missing places.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The default quality of lossy files, 1 to 100.
pub const QUALITY: u8 = 90;

/// The text is not the name of an output format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not an output format; use {}", known.join(", "))]
pub struct UnknownFormat {
    text: String,
    known: &'static [&'static str],
}

/// The properties of an image format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageFormatRow {
    /// The file extension, without a dot.
    pub extension: &'static str,
    /// The media type.
    pub media_type: &'static str,
    /// Whether the format has alpha. Without alpha, transparent pixels become white.
    pub has_alpha: bool,
    /// The default quality; `None` for lossless formats.
    pub quality: Option<u8>,
    /// The limit of the format in pixels per side, if it has one.
    pub max_side: Option<u32>,
    /// The format of a matte if this format is chosen.
    pub matte: ImageFormat,
    /// Other accepted names.
    pub aliases: &'static [&'static str],
}

/// The properties of a video format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoFormatRow {
    /// The file extension, without a dot.
    pub extension: &'static str,
    /// The media type.
    pub media_type: &'static str,
    /// Whether the format has alpha, so that no background is needed.
    pub has_alpha: bool,
    /// Whether the format has sound.
    pub has_sound: bool,
    /// Whether sides must be even, as H.264 requires.
    pub has_even_sides: bool,
    /// Whether the files of segments can be joined without encoding again.
    pub can_be_joined: bool,
    /// Other accepted names.
    pub aliases: &'static [&'static str],
}

macro_rules! table {
    ($(#[$about:meta])* enum $list:ident of $row:ident, $described:literal {
        $($(#[$what:meta])* $variant:ident $name:literal $fields:tt)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        pub enum $list { $($(#[$what])* #[serde(rename = $name)] $variant,)* }

        impl $list {
            /// All formats, in the order of help texts.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The name in options and requests.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The properties of the format.
            #[must_use]
            pub const fn row(self) -> &'static $row {
                match self { $(Self::$variant => &$row $fields,)* }
            }
        }

        impl FromStr for $list {
            type Err = UnknownFormat;

            fn from_str(text: &str) -> Result<Self, UnknownFormat> {
                let lower = text.to_ascii_lowercase();
                let is_meant =
                    |format: &Self| format.name() == lower || format.row().aliases.contains(&lower.as_str());
                Self::ALL
                    .into_iter()
                    .find(is_meant)
                    .ok_or_else(|| UnknownFormat { text: text.to_owned(), known: &[$($name),*] })
            }
        }

        impl fmt::Display for $list {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $list {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($name),*]))
                    .description(Some($described))
                    .build()
                    .into()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $list {}
    };
}

table! {
    /// The formats of images.
    enum ImageFormat of ImageFormatRow, "The file format of an image result. `auto` is PNG if the result has transparent pixels, otherwise JPEG. `zip` contains the colors as JPEG and the matte as PNG." {
        /// PNG if any pixel is transparent, otherwise JPEG. The row is that of PNG: the pixels decide when the file is
        /// written.
        Auto "auto" {
            extension: "png", media_type: "image/png", has_alpha: true, quality: None, max_side: None,
            matte: ImageFormat::Png, aliases: &[],
        }
        /// Lossless with alpha.
        #[default]
        Png "png" {
            extension: "png", media_type: "image/png", has_alpha: true, quality: None, max_side: None,
            matte: ImageFormat::Png, aliases: &[],
        }
        /// Lossy or lossless, with alpha. Sides are stored in 14 bits.
        WebP "webp" {
            extension: "webp", media_type: "image/webp", has_alpha: true, quality: Some(QUALITY),
            max_side: Some(16_383), matte: ImageFormat::WebP, aliases: &[],
        }
        /// Without alpha.
        Jpeg "jpg" {
            extension: "jpg", media_type: "image/jpeg", has_alpha: false, quality: Some(QUALITY),
            max_side: None, matte: ImageFormat::Jpeg, aliases: &["jpeg"],
        }
        /// `color.jpg` and `alpha.png`, stored without compression: half the size of a PNG. A matte alone is a PNG.
        Zip "zip" {
            extension: "zip", media_type: "application/zip", has_alpha: true, quality: Some(QUALITY),
            max_side: None, matte: ImageFormat::Png, aliases: &[],
        }
    }
}

table! {
    /// The formats of videos.
    enum VideoFormat of VideoFormatRow, "The file format of a video result. `webm` (VP9), `mov` (ProRes 4444), `webp`, `gif` and `png` (a ZIP file of numbered frames) can be transparent. `mp4` (H.264) needs a background. `matte` is the alpha matte as H.264. `zip` contains `color.mp4` and `alpha.mp4`." {
        /// VP9 with alpha and Opus, for browsers.
        #[default]
        WebM "webm" {
            extension: "webm", media_type: "video/webm", has_alpha: true, has_sound: true,
            has_even_sides: false, can_be_joined: true, aliases: &[],
        }
        /// ProRes 4444 with alpha, sound as PCM or AAC, for video editors.
        Mov "mov" {
            extension: "mov", media_type: "video/quicktime", has_alpha: true, has_sound: true,
            has_even_sides: false, can_be_joined: true, aliases: &[],
        }
        /// H.264 over a background, AAC, for all players.
        Mp4 "mp4" {
            extension: "mp4", media_type: "video/mp4", has_alpha: false, has_sound: true,
            has_even_sides: true, can_be_joined: true, aliases: &[],
        }
        /// The matte as H.264, white for the subject, without sound.
        Matte "matte" {
            extension: "mp4", media_type: "video/mp4", has_alpha: true, has_sound: false,
            has_even_sides: true, can_be_joined: true, aliases: &[],
        }
        /// `color.mp4` and `alpha.mp4`, stored without compression: two opaque videos that any editor can combine.
        Zip "zip" {
            extension: "zip", media_type: "application/zip", has_alpha: true, has_sound: true,
            has_even_sides: true, can_be_joined: true, aliases: &[],
        }
        /// Animated WebP with alpha, without sound.
        WebP "webp" {
            extension: "webp", media_type: "image/webp", has_alpha: true, has_sound: false,
            has_even_sides: false, can_be_joined: false, aliases: &[],
        }
        /// Animated GIF without partial transparency and without sound.
        Gif "gif" {
            extension: "gif", media_type: "image/gif", has_alpha: true, has_sound: false,
            has_even_sides: false, can_be_joined: false, aliases: &[],
        }
        /// A ZIP of numbered PNG files and a table of their times, without sound.
        Png "png" {
            extension: "zip", media_type: "application/zip", has_alpha: true, has_sound: false,
            has_even_sides: false, can_be_joined: true, aliases: &[],
        }
    }
}

impl VideoFormat {
    /// Width and height in this format of frames with that size. Where sides must be even, an odd row or column is
    /// cropped; nothing is stretched.
    #[must_use]
    pub const fn frame_size(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.row().has_even_sides { (width & !1, height & !1) } else { (width, height) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_one_name_in_json_and_in_text() {
        for format in ImageFormat::ALL {
            assert_eq!(serde_json::to_value(format).expect("JSON"), format.name());
            assert_eq!(format.name().to_uppercase().parse(), Ok(format));
        }
        for format in VideoFormat::ALL {
            assert_eq!(serde_json::to_value(format).expect("JSON"), format.name());
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert_eq!("JPEG".parse(), Ok(ImageFormat::Jpeg));
        let refused = "avi".parse::<ImageFormat>().expect_err("no format").to_string();
        let names = ImageFormat::ALL.map(ImageFormat::name).join(", ");
        assert_eq!(refused, format!("“avi” is not an output format; use {names}"));
    }

    #[test]
    fn the_matte_format_of_every_format_is_an_image_format() {
        for format in ImageFormat::ALL {
            let matte = format.row().matte;
            assert!(matte.row().media_type.starts_with("image/"), "{format}");
            assert_eq!(matte.row().matte, matte, "{format}");
        }
    }

    #[test]
    fn odd_sides_lose_a_pixel_only_in_h264() {
        for format in VideoFormat::ALL {
            let is_h264 = matches!(format, VideoFormat::Mp4 | VideoFormat::Matte | VideoFormat::Zip);
            let size = format.frame_size((161, 90));
            assert_eq!(size, if is_h264 { (160, 90) } else { (161, 90) }, "{format}");
        }
        assert_eq!(VideoFormat::Mp4.frame_size((1, 9)), (0, 8), "too small to encode");
    }
}
