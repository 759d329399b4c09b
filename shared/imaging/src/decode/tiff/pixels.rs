//! The samples of a page, interleaved.

use tiff::ColorType;
use tiff::decoder::DecodingResult;
use tiff::tags::{ExtraSamples, Tag};

use super::palette::{self, PALETTE};
use super::{File, failed, unsupported};
use crate::Limits;
use crate::decode::samples::Samples;
use crate::decode::{DecodeError, InputFormat};

/// What a page holds.
pub(super) struct Pixels {
    /// 1 for gray, 3 for RGB, 4 for CMYK.
    pub(super) colors: usize,
    /// The meaning of the sample after the colors, if it is alpha.
    pub(super) alpha: Option<ExtraSamples>,
    /// `colors` samples a pixel, and one more if there is alpha.
    pub(super) samples: Samples,
}

/// # Errors
/// The decoder's.
pub(super) fn read(
    bytes: &[u8],
    mut file: File<'_>,
    size: (u32, u32),
    limits: &Limits,
) -> Result<Pixels, DecodeError> {
    if file.find_tag_unsigned(Tag::PhotometricInterpretation).ok().flatten() == Some(PALETTE) {
        let samples = palette::read(bytes, file, size, limits)?;
        return Ok(Pixels { colors: 3, alpha: None, samples });
    }
    let extra = file.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).ok().flatten().unwrap_or_default();
    let alpha = extra.first().copied().and_then(ExtraSamples::from_u16);
    let alpha = alpha.filter(|extra| *extra != ExtraSamples::Unspecified);
    let straight = Some(ExtraSamples::UnassociatedAlpha);
    let color = file.colortype().map_err(failed)?;
    let (colors, alpha) = match color {
        ColorType::Gray(_) => (1, None),
        ColorType::Multiband { .. } => (1, alpha),
        ColorType::GrayA(_) => (1, alpha.or(straight)),
        ColorType::RGB(_) | ColorType::YCbCr(_) => (3, None),
        ColorType::RGBA(_) => (3, alpha.or(straight)),
        ColorType::CMYK(_) => (4, None),
        ColorType::CMYKA(_) => (4, alpha.or(straight)),
        _ => return Err(unsupported()),
    };
    let depth = color.bit_depth();
    let samples = match stored(&mut file, color, size, colors + usize::from(alpha.is_some()))? {
        Samples::Eight(packed) if depth < 8 => {
            let step = 255 / ((1_u16 << depth) - 1) as u8;
            Samples::Eight(unpacked(&packed, depth, size).into_iter().map(|value| value * step).collect())
        }
        Samples::Eight(mut samples) if matches!(color, ColorType::YCbCr(_)) => {
            samples.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = rgb(*pixel));
            Samples::Eight(samples)
        }
        samples => samples,
    };
    Ok(Pixels { colors, alpha, samples })
}

/// The first `wanted` samples of each pixel; below 8 bits, packed rows.
pub(super) fn stored(
    file: &mut File<'_>,
    color: ColorType,
    (width, height): (u32, u32),
    wanted: usize,
) -> Result<Samples, DecodeError> {
    let mut buffer = DecodingResult::U8(Vec::new());
    let layout = file.read_image_to_buffer(&mut buffer).map_err(failed)?;
    let grid = Grid {
        pixels: width as usize * height as usize,
        is_planar: layout.planes > 1,
        stored: if layout.planes > 1 { layout.planes } else { usize::from(color.num_samples()) },
        wanted,
    };
    let deep = |value: f64| (value.clamp(0.0, 1.0) * 65_535.0).round() as u16;
    match buffer {
        DecodingResult::U8(samples) if color.bit_depth() < 8 => Ok(Samples::Eight(samples)),
        DecodingResult::U8(samples) => grid.interleaved(samples).map(Samples::Eight),
        DecodingResult::U16(samples) => grid.interleaved(samples).map(Samples::Sixteen),
        DecodingResult::F16(samples) => {
            let samples = samples.into_iter().map(|value| deep(value.into())).collect();
            grid.interleaved(samples).map(Samples::Sixteen)
        }
        DecodingResult::F32(samples) => {
            let samples = samples.into_iter().map(|value| deep(value.into())).collect();
            grid.interleaved(samples).map(Samples::Sixteen)
        }
        DecodingResult::F64(samples) => {
            grid.interleaved(samples.into_iter().map(deep).collect()).map(Samples::Sixteen)
        }
        _ => Err(unsupported()),
    }
}

/// How samples lie in the decoder's buffer.
struct Grid {
    pixels: usize,
    is_planar: bool,
    stored: usize,
    wanted: usize,
}

impl Grid {
    fn interleaved<T: Copy>(&self, samples: Vec<T>) -> Result<Vec<T>, DecodeError> {
        let Self { pixels, is_planar, stored, wanted } = *self;
        if stored < wanted || samples.len() < stored * pixels {
            return Err(DecodeError::Truncated { format: InputFormat::Tiff });
        }
        Ok(if is_planar {
            let of_pixel = |pixel| (0..wanted).map(move |plane| (plane, pixel));
            (0..pixels).flat_map(of_pixel).map(|(plane, pixel)| samples[plane * pixels + pixel]).collect()
        } else if stored == wanted {
            samples
        } else {
            samples.chunks_exact(stored).flat_map(|pixel| &pixel[..wanted]).copied().collect()
        })
    }
}

/// One value a byte, from rows of `depth` bits a pixel that begin at a byte.
pub(super) fn unpacked(packed: &[u8], depth: u8, (width, height): (u32, u32)) -> Vec<u8> {
    let (width, depth) = (width as usize, usize::from(depth));
    let line = (width * depth).div_ceil(8);
    let value = |row: &[u8], x: usize| {
        let bit = x * depth;
        (row[bit / 8] >> (8 - depth - bit % 8)) & ((1_u16 << depth) - 1) as u8
    };
    packed
        .chunks_exact(line)
        .take(height as usize)
        .flat_map(|row| (0..width).map(move |x| value(row, x)))
        .collect()
}

/// JFIF's YCbCr, which is BT.601 in full range.
fn rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|value| value.round() as u8)
}
