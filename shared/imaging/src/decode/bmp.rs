//! BMP, decoded by `image`, which ignores two fields of the newer headers: the alpha of pixels without bit masks, and
//! an embedded profile.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::{DynamicImage, ImageDecoder};

use super::other::{failed, pixels};
use super::{DecodeError, InputFormat};
use crate::color::{self, ColorSpace};
use crate::{Limits, Picture};

/// Length of the file header; the bitmap header begins after it.
const FILE_HEADER: usize = 14;
/// `BITMAPV4HEADER`, the shortest header with a color space.
const V4: u32 = 108;
/// `BITMAPV5HEADER`, the shortest header with a profile.
const V5: u32 = 124;
/// `BI_RGB`: no compression and no bit masks.
const PLAIN: u32 = 0;
/// The alpha mask of the order blue, green, red, alpha.
const LAST_BYTE: u32 = 0xff00_0000;
/// `PROFILE_EMBEDDED`.
const EMBEDDED: u32 = u32::from_be_bytes(*b"MBED");

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let decoder = BmpDecoder::new(Cursor::new(bytes)).map_err(failed(InputFormat::Bmp))?;
    let has_alpha = decoder.color_type().has_alpha();
    let mut picture = pixels(decoder, InputFormat::Bmp, limits)?;
    let header = Header(bytes);
    if !has_alpha && let Some(alpha) = header.alpha(picture.width(), picture.height()) {
        let mut rgba = picture.into_rgba8();
        rgba.as_chunks_mut::<4>().0.iter_mut().zip(alpha).for_each(|(pixel, alpha)| pixel[3] = alpha);
        picture = DynamicImage::ImageRgba8(rgba);
    }
    let space = header.profile().map_or(ColorSpace::Srgb, |profile| ColorSpace::Icc(profile.to_vec()));
    Ok(color::to_srgb(picture, &space))
}

/// A whole file.
struct Header<'a>(&'a [u8]);

impl<'a> Header<'a> {
    /// A number of the bitmap header.
    fn number(&self, at: usize) -> Option<u32> {
        let bytes = self.0.get(FILE_HEADER + at..FILE_HEADER + at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    fn is_at_least(&self, version: u32) -> bool {
        self.number(0).is_some_and(|length| length >= version)
    }

    /// The last byte of each pixel, from the top row to the bottom one. Programs that leave it empty write 0 everywhere,
    /// which means an opaque picture.
    fn alpha(&self, width: u32, height: u32) -> Option<Vec<u8>> {
        let bits_per_pixel = self.number(14)? & 0xffff;
        let is_plain = self.number(16) == Some(PLAIN) && bits_per_pixel == 32;
        if !is_plain || !self.is_at_least(V4) || self.number(52) != Some(LAST_BYTE) {
            return None;
        }
        let start = u32::from_le_bytes(self.0.get(10..14)?.try_into().ok()?) as usize;
        let stored = self.0.get(start..start + width as usize * height as usize * 4)?;
        let rows = stored.chunks_exact(width as usize * 4);
        let last = |row: &'a [u8]| row.as_chunks::<4>().0.iter().map(|pixel| pixel[3]);
        // A negative height says that the top row is the first one.
        let alpha: Vec<u8> = if self.number(8)?.cast_signed() < 0 {
            rows.flat_map(last).collect()
        } else {
            rows.rev().flat_map(last).collect()
        };
        alpha.iter().any(|alpha| *alpha > 0).then_some(alpha)
    }

    fn profile(&self) -> Option<&'a [u8]> {
        if !self.is_at_least(V5) || self.number(56) != Some(EMBEDDED) {
            return None;
        }
        let start = FILE_HEADER.checked_add(self.number(112)? as usize)?;
        self.0.get(start..start.checked_add(self.number(116)? as usize)?)
    }
}
