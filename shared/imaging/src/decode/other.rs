//! Every format but JPEG, decoded by `image`.

use std::io::Cursor;

use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader};

use super::{DecodeError, InputFormat, check_size, tiff};
use crate::{Limits, Picture, color};

pub(super) fn decode(bytes: &[u8], format: InputFormat, limits: &Limits) -> Result<Picture, DecodeError> {
    if format == InputFormat::Tiff {
        tiff::check(bytes)?;
    }
    let failed = |error| decode_error(error, format);
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), library_format(format))
        .into_decoder()
        .map_err(failed)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;

    let mut memory = image::Limits::no_limits();
    memory.max_alloc = Some(limits.max_decoder_bytes());
    decoder.set_limits(memory).map_err(failed)?;
    // A broken profile or EXIF block does not affect the pixels, so it is ignored, as in browsers.
    let profile = decoder.icc_profile().ok().flatten();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(failed)?;
    picture.apply_orientation(orientation);
    Ok(to_srgb(picture, profile.as_deref()))
}

fn library_format(format: InputFormat) -> ImageFormat {
    match format {
        InputFormat::Jpeg => ImageFormat::Jpeg,
        InputFormat::Png => ImageFormat::Png,
        InputFormat::WebP => ImageFormat::WebP,
        InputFormat::Gif => ImageFormat::Gif,
        InputFormat::Bmp => ImageFormat::Bmp,
        InputFormat::Tiff => ImageFormat::Tiff,
    }
}

fn decode_error(error: ImageError, format: InputFormat) -> DecodeError {
    if let ImageError::Unsupported(_) = error {
        return DecodeError::Unsupported { what: variant_of(format), advice: "save it as PNG or JPEG" };
    }
    // The source of an `ImageError` is the cause of its I/O error, not the I/O error itself.
    let early = match &error {
        ImageError::IoError(io) => ends_early(io),
        other => ends_early(other),
    };
    if early {
        return DecodeError::Truncated { format };
    }
    DecodeError::Corrupt { format, source: error.into() }
}

/// A variant of a format that the decoder knows and does not read.
const fn variant_of(format: InputFormat) -> &'static str {
    match format {
        InputFormat::Jpeg => "this kind of JPEG",
        InputFormat::Png => "this kind of PNG",
        InputFormat::WebP => "this kind of WebP",
        InputFormat::Gif => "this kind of GIF",
        InputFormat::Bmp => "this kind of BMP",
        InputFormat::Tiff => "this kind of TIFF",
    }
}

/// Whether the chain of causes contains an "unexpected end of file".
fn ends_early(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::UnexpectedEof
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Splits color from alpha and converts the color; 16 bits are reduced after the conversion, so
/// that a wide gamut does not band.
fn to_srgb(picture: DynamicImage, profile: Option<&[u8]>) -> Picture {
    let deep = matches!(
        picture,
        DynamicImage::ImageLuma16(_)
            | DynamicImage::ImageLumaA16(_)
            | DynamicImage::ImageRgb16(_)
            | DynamicImage::ImageRgba16(_)
    );
    let alpha = picture.color().has_alpha().then(|| alpha_of(&picture)).flatten();
    let color = match profile {
        Some(profile) if deep => color::rgb16_to_srgb(&picture.into_rgb16(), profile),
        Some(profile) => {
            let mut color = picture.into_rgb8();
            color::rgb8_to_srgb(&mut color, profile);
            color
        }
        None => picture.into_rgb8(),
    };
    Picture { color, alpha }
}

/// The alpha channel, or `None` when it is 255 everywhere.
fn alpha_of(picture: &DynamicImage) -> Option<GrayImage> {
    let rgba = picture.to_rgba8();
    let alpha: Vec<u8> = rgba.as_chunks::<4>().0.iter().map(|pixel| pixel[3]).collect();
    if alpha.iter().all(|&alpha| alpha == 255) {
        return None;
    }
    GrayImage::from_raw(picture.width(), picture.height(), alpha)
}
