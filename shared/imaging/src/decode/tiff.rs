//! TIFF, decoded by `tiff` itself: `image` takes the first page, which may be a thumbnail, takes colors that are
//! multiplied by their alpha for straight ones, converts CMYK without its profile, and reads no palettes.

mod pages;
mod palette;
mod pixels;

use std::io::Cursor;

use image::metadata::Orientation;
use tiff::TiffError;
use tiff::decoder::Decoder;
use tiff::tags::{ExtraSamples, Tag};

use self::pixels::Pixels;
use super::samples::{Samples, assemble};
use super::{DecodeError, InputFormat, check_size, ends_early, upright};
use crate::color::{self, ColorSpace};
use crate::{Limits, Picture};

/// The value of `SampleFormat` for floating-point numbers.
const FLOAT: u16 = 3;
/// The value of `SampleFormat` for signed integers.
const SIGNED: u16 = 2;

type File<'a> = Decoder<Cursor<&'a [u8]>>;

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let mut file = pages::main_page(bytes, limits)?;
    let size = file.dimensions().map_err(failed)?;
    check_size(size.0, size.1, limits)?;
    check_samples(&mut file)?;
    let profile = file.get_tag_u8_vec(Tag::IccProfile).ok();
    let orientation =
        file.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten().and_then(Orientation::from_exif);

    let Pixels { colors, alpha, samples } = pixels::read(bytes, file, size, limits)?;
    let channels = colors + usize::from(alpha.is_some());
    let samples = match alpha {
        Some(ExtraSamples::AssociatedAlpha) => samples.divided_by_alpha(channels),
        _ => samples,
    };
    if colors == 4 {
        return cmyk(&samples.into_eight(), channels, size, profile.as_deref(), orientation);
    }
    let picture = assemble(size, channels, samples, InputFormat::Tiff)?;
    let space = profile.map_or(ColorSpace::Srgb, ColorSpace::Icc);
    Ok(color::to_srgb(upright(picture, orientation), &space))
}

/// CMYK becomes sRGB by its own profile; the fifth sample is alpha.
fn cmyk(
    samples: &[u8],
    channels: usize,
    size: (u32, u32),
    profile: Option<&[u8]>,
    orientation: Option<Orientation>,
) -> Result<Picture, DecodeError> {
    let inks: Vec<u8> = samples.chunks_exact(channels).flat_map(|pixel| &pixel[..4]).copied().collect();
    let rgb = color::cmyk_to_srgb(&inks, profile);
    let (rgb, channels) = if channels == 5 {
        let alpha = samples.chunks_exact(5).map(|pixel| pixel[4]);
        let colors = rgb.as_chunks::<3>().0.iter();
        (colors.zip(alpha).flat_map(|([r, g, b], alpha)| [*r, *g, *b, alpha]).collect(), 4)
    } else {
        (rgb, 3)
    };
    let picture = assemble(size, channels, Samples::Eight(rgb), InputFormat::Tiff)?;
    Ok(color::to_srgb(upright(picture, orientation), &ColorSpace::Srgb))
}

/// # Errors
/// [`DecodeError::Unsupported`] for numbers without a defined white.
fn check_samples(file: &mut File<'_>) -> Result<(), DecodeError> {
    let mut all = |tag| file.find_tag_unsigned_vec::<u16>(tag).ok().flatten().unwrap_or_default();
    let (bits, formats) = (all(Tag::BitsPerSample), all(Tag::SampleFormat));
    // Without `SampleFormat`, samples are unsigned integers.
    let is_float = !formats.is_empty() && formats.iter().all(|format| *format == FLOAT);
    if formats.contains(&SIGNED) || (bits.iter().any(|bits| *bits > 16) && !is_float) {
        return Err(DecodeError::Unsupported {
            what: "a TIFF with integers that are signed or have more than 16 bits",
            advice: "export it with 8 or 16 bits per channel",
        });
    }
    Ok(())
}

fn unsupported() -> DecodeError {
    DecodeError::unsupported_kind(InputFormat::Tiff)
}

fn failed(error: TiffError) -> DecodeError {
    match error {
        TiffError::UnsupportedError(_) => unsupported(),
        TiffError::IoError(io) if ends_early(&io) => DecodeError::Truncated { format: InputFormat::Tiff },
        other => DecodeError::Corrupt { format: InputFormat::Tiff, source: other.into() },
    }
}
