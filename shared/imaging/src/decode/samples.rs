//! The samples of a decoded file, as they are stored.

use image::{DynamicImage, ImageBuffer};

use super::{DecodeError, InputFormat};

/// Interleaved samples of one depth.
pub(super) enum Samples {
    /// 0 to 255.
    Eight(Vec<u8>),
    /// 0 to 65,535.
    Sixteen(Vec<u16>),
}

impl Samples {
    /// Colors that were multiplied by alpha, the last of `channels` samples, become straight.
    pub(super) fn divided_by_alpha(self, channels: usize) -> Self {
        match self {
            Self::Eight(mut samples) => {
                for pixel in samples.chunks_exact_mut(channels) {
                    let [colors @ .., alpha] = pixel else { continue };
                    let alpha = u32::from(*alpha);
                    for color in colors {
                        *color = ((u32::from(*color) * 255 + alpha / 2) / alpha.max(1)).min(255) as u8;
                    }
                }
                Self::Eight(samples)
            }
            Self::Sixteen(mut samples) => {
                for pixel in samples.chunks_exact_mut(channels) {
                    let [colors @ .., alpha] = pixel else { continue };
                    let alpha = u64::from(*alpha);
                    for color in colors {
                        *color = ((u64::from(*color) * 65_535 + alpha / 2) / alpha.max(1)).min(65_535) as u16;
                    }
                }
                Self::Sixteen(samples)
            }
        }
    }

    /// Rounded to 8 bits.
    pub(super) fn into_eight(self) -> Vec<u8> {
        match self {
            Self::Eight(samples) => samples,
            Self::Sixteen(samples) => {
                samples.into_iter().map(|value| ((u32::from(value) + 128) / 257) as u8).collect()
            }
        }
    }
}

/// Makes a picture of 1 (gray), 2 (gray and alpha), 3 (RGB) or 4 (RGBA) samples a pixel.
///
/// # Errors
/// [`DecodeError::Corrupt`] if there are fewer samples than pixels need.
pub(super) fn assemble(
    (width, height): (u32, u32),
    channels: usize,
    samples: Samples,
    format: InputFormat,
) -> Result<DynamicImage, DecodeError> {
    let picture = match samples {
        Samples::Eight(samples) => match channels {
            1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
            2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8),
            3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
            _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
        },
        Samples::Sixteen(samples) => match channels {
            1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16),
            2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16),
            3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb16),
            _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba16),
        },
    };
    picture.ok_or_else(|| DecodeError::Corrupt {
        format,
        source: format!("fewer samples than {width} × {height} pixels of {channels} need").into(),
    })
}
