//! WebP and GIF, decoded by `image`.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::ImageError;
use image::{AnimationDecoder, DynamicImage, ImageDecoder};

use super::{DecodeError, InputFormat, blank, check_size, ends_early, upright};
use crate::color::{self, ColorSpace};
use crate::{Limits, Picture};

pub(super) fn webp(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let open = || WebPDecoder::new(Cursor::new(bytes)).map_err(failed(InputFormat::WebP));
    let mut decoder = open()?;
    // A broken profile or EXIF block does not affect the pixels, so it is ignored, as in browsers.
    let space = decoder.icc_profile().ok().flatten().map_or(ColorSpace::Srgb, ColorSpace::Icc);
    let orientation = decoder.orientation().ok();
    let is_animated = decoder.has_animation();
    let mut picture = pixels(decoder, InputFormat::WebP, limits)?;
    if is_animated && blank::is_blank(&picture) {
        picture = blank::first_visible(open()?.into_frames()).unwrap_or(picture);
    }
    Ok(color::to_srgb(upright(picture, orientation), &space))
}

pub(super) fn gif(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let open = || GifDecoder::new(Cursor::new(bytes)).map_err(failed(InputFormat::Gif));
    let mut picture = pixels(open()?, InputFormat::Gif, limits)?;
    if blank::is_blank(&picture) {
        picture = blank::first_visible(open()?.into_frames()).unwrap_or(picture);
    }
    Ok(color::to_srgb(picture, &ColorSpace::Srgb))
}

/// Decodes the picture, or the first frame of an animation, within the limits.
pub(super) fn pixels(
    mut decoder: impl ImageDecoder,
    format: InputFormat,
    limits: &Limits,
) -> Result<DynamicImage, DecodeError> {
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    let mut memory = image::Limits::no_limits();
    memory.max_alloc = Some(limits.max_decoder_bytes());
    decoder.set_limits(memory).map_err(failed(format))?;
    DynamicImage::from_decoder(decoder).map_err(failed(format))
}

pub(super) fn failed(format: InputFormat) -> impl Fn(ImageError) -> DecodeError {
    move |error| {
        if let ImageError::Unsupported(_) = error {
            return DecodeError::unsupported_kind(format);
        }
        // The source of an `ImageError` is the cause of its I/O error, not the I/O error itself.
        let early = match &error {
            ImageError::IoError(io) => ends_early(io),
            other => ends_early(other),
        };
        if early {
            DecodeError::Truncated { format }
        } else {
            DecodeError::Corrupt { format, source: error.into() }
        }
    }
}
