//! Every file that comes out, as tables: one row has all that is known of a format. A new format is a row here and
//! its encoder, to which the compiler leads.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The quality of lossy files if none is asked for, 1 to 100.
pub const QUALITY: u8 = 90;

/// A format that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not an output format; use {}", known.join(", "))]
pub struct UnknownFormat {
    text: String,
    known: &'static [&'static str],
}

/// What holds for a file of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputRow {
    /// Without a dot.
    pub extension: &'static str,
    /// The media type of its bytes.
    pub media_type: &'static str,
    /// Whether it keeps what is transparent. Where it does not, white shows through.
    pub has_alpha: bool,
    /// The quality if none is asked for; `None` where nothing is lost.
    pub quality: Option<u8>,
    /// Its longest side, in pixels, if the format has one.
    pub max_side: Option<u32>,
    /// What a matte alone is written as.
    pub matte: OutputFormat,
    /// Other names that are read.
    pub aliases: &'static [&'static str],
}

/// What holds for a file of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoRow {
    /// Without a dot.
    pub extension: &'static str,
    /// The media type of its bytes.
    pub media_type: &'static str,
    /// Whether it keeps what is transparent, so that no background has to be chosen.
    pub has_alpha: bool,
    /// Whether it has a place for sound.
    pub has_sound: bool,
    /// Whether its sides are even numbers, as H.264 wants them.
    pub has_even_sides: bool,
    /// Whether files of one video's parts can be joined without encoding again.
    pub can_be_joined: bool,
    /// Other names that are read.
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
            /// All of them, in the order in which they are listed to people.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Its name in options and requests.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What holds for it.
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
    /// Files of pictures.
    enum OutputFormat of OutputRow, "A file format." {
        /// PNG where anything is transparent, JPEG where nothing is. Its row is that of PNG: what it is to be
        /// shows when it is written.
        Auto "auto" {
            extension: "png", media_type: "image/png", has_alpha: true, quality: None, max_side: None,
            matte: OutputFormat::Png, aliases: &[],
        }
        /// Lossless with alpha.
        #[default]
        Png "png" {
            extension: "png", media_type: "image/png", has_alpha: true, quality: None, max_side: None,
            matte: OutputFormat::Png, aliases: &[],
        }
        /// Lossy or lossless, with alpha. It stores sides in 14 bits.
        WebP "webp" {
            extension: "webp", media_type: "image/webp", has_alpha: true, quality: Some(QUALITY),
            max_side: Some(16_383), matte: OutputFormat::WebP, aliases: &[],
        }
        /// Without alpha.
        Jpeg "jpg" {
            extension: "jpg", media_type: "image/jpeg", has_alpha: false, quality: Some(QUALITY),
            max_side: None, matte: OutputFormat::Jpeg, aliases: &["jpeg"],
        }
        /// `color.jpg` and `alpha.png`, stored: half the size of a PNG. A matte alone has nothing to be put
        /// beside.
        Zip "zip" {
            extension: "zip", media_type: "application/zip", has_alpha: true, quality: Some(QUALITY),
            max_side: None, matte: OutputFormat::Png, aliases: &[],
        }
    }
}

table! {
    /// Files of videos.
    enum VideoFormat of VideoRow, "A file that comes out of a video." {
        /// VP9 with alpha and Opus: what browsers play.
        #[default]
        WebM "webm" {
            extension: "webm", media_type: "video/webm", has_alpha: true, has_sound: true,
            has_even_sides: false, can_be_joined: true, aliases: &[],
        }
        /// ProRes 4444 with alpha, sound as PCM or AAC: what editors want.
        Mov "mov" {
            extension: "mov", media_type: "video/quicktime", has_alpha: true, has_sound: true,
            has_even_sides: false, can_be_joined: true, aliases: &[],
        }
        /// H.264 over a background, AAC: what everything plays.
        Mp4 "mp4" {
            extension: "mp4", media_type: "video/mp4", has_alpha: false, has_sound: true,
            has_even_sides: true, can_be_joined: true, aliases: &[],
        }
        /// The matte as H.264, white for subject, without sound.
        Matte "matte" {
            extension: "mp4", media_type: "video/mp4", has_alpha: true, has_sound: false,
            has_even_sides: true, can_be_joined: true, aliases: &[],
        }
        /// `color.mp4` and `alpha.mp4`, stored: two opaque videos that any editor joins.
        Zip "zip" {
            extension: "zip", media_type: "application/zip", has_alpha: true, has_sound: true,
            has_even_sides: true, can_be_joined: true, aliases: &[],
        }
        /// Animated WebP with alpha, without sound.
        WebP "webp" {
            extension: "webp", media_type: "image/webp", has_alpha: true, has_sound: false,
            has_even_sides: false, can_be_joined: false, aliases: &[],
        }
        /// Animated GIF, pixels opaque or gone, without sound.
        Gif "gif" {
            extension: "gif", media_type: "image/gif", has_alpha: true, has_sound: false,
            has_even_sides: false, can_be_joined: false, aliases: &[],
        }
        /// A ZIP of numbered PNG files and their times, without sound.
        Png "png" {
            extension: "zip", media_type: "application/zip", has_alpha: true, has_sound: false,
            has_even_sides: false, can_be_joined: true, aliases: &[],
        }
    }
}

impl VideoFormat {
    /// Width and height of its frames, for frames of that size. Where sides are even, an odd row or column is cut
    /// off; nothing is stretched.
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
        for format in OutputFormat::ALL {
            assert_eq!(serde_json::to_value(format).expect("JSON"), format.name());
            assert_eq!(format.name().to_uppercase().parse(), Ok(format));
        }
        for format in VideoFormat::ALL {
            assert_eq!(serde_json::to_value(format).expect("JSON"), format.name());
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert_eq!("JPEG".parse(), Ok(OutputFormat::Jpeg));
        let refused = "avi".parse::<OutputFormat>().expect_err("no format").to_string();
        assert_eq!(refused, "“avi” is not an output format; use auto, png, webp, jpg, zip");
    }

    #[test]
    fn a_matte_alone_is_a_picture_and_stays_what_it_is() {
        for format in OutputFormat::ALL {
            let matte = format.row().matte;
            assert!(matte.row().media_type.starts_with("image/"), "{format}");
            assert_eq!(matte.row().matte, matte, "{format}");
        }
    }

    #[test]
    fn odd_sides_lose_a_pixel_where_h264_encodes_and_nowhere_else() {
        for format in VideoFormat::ALL {
            let is_h264 = matches!(format, VideoFormat::Mp4 | VideoFormat::Matte | VideoFormat::Zip);
            let size = format.frame_size((161, 90));
            assert_eq!(size, if is_h264 { (160, 90) } else { (161, 90) }, "{format}");
        }
        assert_eq!(VideoFormat::Mp4.frame_size((1, 9)), (0, 8), "too small to encode");
    }
}
