//! PNG, decoded by `png` itself: `image` hides what the file says about its colors, and rejects a file whose pixels
//! are complete but whose last bytes are missing.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage};
use png::{BitDepth, ColorType, Decoder, DecodingError, Info, Transformations};

use super::samples::{Samples, assemble};
use super::{DecodeError, InputFormat, blank, check_size, ends_early, upright};
use crate::color::{self, ColorSpace};
use crate::{Limits, Picture};

pub(super) fn decode(file_bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let memory = png::Limits { bytes: usize::try_from(limits.max_decoder_bytes()).unwrap_or(usize::MAX) };
    let mut decoder = Decoder::new_with_limits(Cursor::new(file_bytes), memory);
    decoder.set_ignore_text_chunk(true);
    // Palettes become colors, and each sample has at least 8 bits.
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(failed)?;
    let (width, height) = (header.width, header.height);
    check_size(width, height, limits)?;
    let mut file = decoder.read_info().map_err(failed)?;
    let space = color_space(file.info());
    let orientation = file.info().exif_metadata.as_deref().and_then(Orientation::from_exif_chunk);

    let (color, depth) = file.output_color_type();
    let too_large = || failed(DecodingError::LimitsExceeded);
    let line = file.output_line_size(width).ok_or_else(too_large)?;
    let mut bytes = vec![0; line * height as usize];
    if file.info().interlaced {
        file.next_frame(&mut bytes).map_err(failed)?;
    } else {
        // Row by row, so that nothing after the last row is required.
        for row in bytes.chunks_exact_mut(line) {
            file.read_row(row).map_err(failed)?;
        }
    }
    let samples = match depth {
        BitDepth::Sixteen => {
            Samples::Sixteen(bytes.as_chunks::<2>().0.iter().copied().map(u16::from_be_bytes).collect())
        }
        _ => Samples::Eight(bytes),
    };
    let channels = match color {
        ColorType::Grayscale => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb | ColorType::Indexed => 3,
        ColorType::Rgba => 4,
    };
    let is_animated = file.info().animation_control.is_some();
    let mut picture = assemble((width, height), channels, samples, InputFormat::Png)?;
    if is_animated && blank::is_blank(&picture) {
        picture = first_visible(file_bytes).unwrap_or(picture);
    }
    Ok(color::to_srgb(upright(picture, orientation), &space))
}

/// The order is that of the PNG specification, third edition, 4.3.
fn color_space(info: &Info<'_>) -> ColorSpace {
    if let Some(points) = info.coding_independent_code_points {
        return ColorSpace::CodePoints {
            primaries: points.color_primaries,
            transfer: points.transfer_function,
        };
    }
    if let Some(profile) = &info.icc_profile {
        return ColorSpace::Icc(profile.to_vec());
    }
    match info.gama_chunk {
        Some(gamma) if info.srgb.is_none() && gamma.into_value() > 0.0 => ColorSpace::Gamma {
            exponent: 1.0 / gamma.into_value(),
            chromaticities: info.chrm_chunk.map(|points| {
                [points.white, points.red, points.green, points.blue]
                    .map(|(x, y)| (x.into_value(), y.into_value()))
            }),
        },
        _ => ColorSpace::Srgb,
    }
}

fn first_visible(bytes: &[u8]) -> Option<DynamicImage> {
    let animation = PngDecoder::new(Cursor::new(bytes)).ok()?.apng().ok()?;
    blank::first_visible(animation.into_frames())
}

fn failed(error: DecodingError) -> DecodeError {
    let early = match &error {
        DecodingError::IoError(io) => ends_early(io),
        other => ends_early(other),
    };
    if early {
        return DecodeError::Truncated { format: InputFormat::Png };
    }
    DecodeError::Corrupt { format: InputFormat::Png, source: error.into() }
}
