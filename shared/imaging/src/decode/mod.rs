//! Untrusted bytes → [`Picture`]. The type is detected from the bytes, never from a name.
//!
//! Order of work: file size, type, header, limits, pixels, orientation, color. No pixel memory is allocated
//! before the header has passed [`Limits`]. A picture is either decoded completely or rejected: a truncated
//! file never becomes a half-gray picture.

mod blank;
mod bmp;
mod jpeg;
mod other;
mod png;
mod samples;
mod sniff;
mod tiff;

use std::error::Error;
use std::io;

use image::DynamicImage;
use image::metadata::Orientation;

use crate::{Limits, Picture};

pub use sniff::{InputFormat, sniff};

/// A picture could not be decoded. The texts are for the user who chose the file.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file has more bytes than [`Limits::max_bytes`].
    #[error("the file is larger than {} MB", megabytes(*limit))]
    TooManyBytes {
        /// The limit in bytes.
        limit: u64,
    },
    /// The format is unknown.
    #[error("this is not a picture; use JPEG, PNG, WebP, GIF, BMP or TIFF")]
    NotAPicture,
    /// The format is known but not supported.
    #[error("{what} is not supported; {advice}")]
    Unsupported {
        /// Name of the format.
        what: &'static str,
        /// What the user can do.
        advice: &'static str,
    },
    /// The picture has more pixels than [`Limits::max_pixels`].
    #[error("{width} × {height} are {} megapixels, more than the {} that are allowed; make the picture smaller", megapixels(*width, *height), limit / 1_000_000)]
    TooManyPixels {
        /// Width in pixels, from the header.
        width: u32,
        /// Height in pixels, from the header.
        height: u32,
        /// The limit in pixels.
        limit: u64,
    },
    /// A side is longer than [`Limits::max_side`].
    #[error("{width} × {height} is too long on one side; at most {limit} pixels are allowed")]
    SideTooLong {
        /// Width in pixels, from the header.
        width: u32,
        /// Height in pixels, from the header.
        height: u32,
        /// The limit in pixels.
        limit: u32,
    },
    /// A side is 0 in the header.
    #[error("the picture has no pixels")]
    NoPixels,
    /// The file ends before its last pixel.
    #[error("the {format} file is cut off before its end; export or download it again")]
    Truncated {
        /// The format found.
        format: InputFormat,
    },
    /// The file violates its format.
    #[error("the {format} file is damaged and cannot be read; export or download it again")]
    Corrupt {
        /// The format found.
        format: InputFormat,
        /// The decoder's error.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl DecodeError {
    /// The raw data of a camera's sensor. Such files begin with a thumbnail, which looks like the picture.
    pub(crate) const RAW: Self =
        Self::Unsupported { what: "a camera's RAW file", advice: "export it as JPEG, PNG or TIFF" };

    /// A variant of a format that the decoder knows and does not read.
    const fn unsupported_kind(format: InputFormat) -> Self {
        let what = match format {
            InputFormat::Jpeg => "this kind of JPEG",
            InputFormat::Png => "this kind of PNG",
            InputFormat::WebP => "this kind of WebP",
            InputFormat::Gif => "this kind of GIF",
            InputFormat::Bmp => "this kind of BMP",
            InputFormat::Tiff => "this kind of TIFF",
        };
        Self::Unsupported { what, advice: "save it as PNG or JPEG" }
    }
}

/// Decodes a picture: the first frame that is not blank, or the main page; upright by its EXIF orientation, converted to 8-bit
/// sRGB.
///
/// # Errors
/// [`DecodeError`], with advice for the user.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    if bytes.len() as u64 > limits.max_bytes {
        return Err(DecodeError::TooManyBytes { limit: limits.max_bytes });
    }
    match sniff(bytes)? {
        InputFormat::Jpeg => jpeg::decode(bytes, limits),
        InputFormat::Png => png::decode(bytes, limits),
        InputFormat::Tiff => tiff::decode(bytes, limits),
        InputFormat::Bmp => bmp::decode(bytes, limits),
        InputFormat::WebP => other::webp(bytes, limits),
        InputFormat::Gif => other::gif(bytes, limits),
    }
}

/// Compares the size in the header with the limits.
fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), DecodeError> {
    if width == 0 || height == 0 {
        return Err(DecodeError::NoPixels);
    }
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(DecodeError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    if width.max(height) > limits.max_side {
        return Err(DecodeError::SideTooLong { width, height, limit: limits.max_side });
    }
    Ok(())
}

/// Turns and mirrors a picture as its file says.
fn upright(mut picture: DynamicImage, orientation: Option<Orientation>) -> DynamicImage {
    picture.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    picture
}

/// Whether the chain of causes contains an "unexpected end of file".
fn ends_early(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>()
            && io.kind() == io::ErrorKind::UnexpectedEof
        {
            return true;
        }
        cause = error.source();
    }
    false
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

fn megapixels(width: u32, height: u32) -> String {
    format!("{:.0}", f64::from(width) * f64::from(height) / 1e6)
}
