//! A decoded frame → upright sRGB pixels: color matrix, range, transfer function, pixel aspect ratio,
//! orientation.

use ffmpeg_next::color::{Primaries, Range, Space, TransferCharacteristic};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::{Rational, frame};
use image::{GrayImage, RgbImage};
use sansfond_imaging::Picture;
use sansfond_imaging::hdr::{ToneMap, Transfer};

use crate::orient::Orientation;
use crate::scale::{PixelLayout, Scaler};

/// Converts frames to pictures of one size, even if the size of the frames changes.
pub(crate) struct Converter {
    orientation: Orientation,
    /// Size of the frames before rotation.
    size: (u32, u32),
    scaler: Option<Scaler>,
    tone_map: Option<ToneMap>,
}

impl Converter {
    /// Takes the size of the first frame and makes its pixels square; `max_side` scales it down.
    pub(crate) fn for_frames_like(
        size: (u32, u32),
        aspect: Rational,
        orientation: Orientation,
        max_side: Option<u32>,
    ) -> Self {
        let (width, height) = square(size, aspect);
        let longest = width.max(height);
        let factor = max_side.map_or(1.0, |side| (f64::from(side) / f64::from(longest)).min(1.0));
        let side = |side: u32| ((f64::from(side) * factor).round() as u32).max(1);
        Self { orientation, size: (side(width), side(height)), scaler: None, tone_map: None }
    }

    /// Width and height of the pictures.
    pub(crate) fn upright_size(&self) -> (u32, u32) {
        self.orientation.size(self.size)
    }

    pub(crate) fn convert(&mut self, frame: &frame::Video) -> Result<Picture, ffmpeg_next::Error> {
        let light = match frame.color_transfer_characteristic() {
            TransferCharacteristic::SMPTE2084 => Some(Transfer::Pq),
            TransferCharacteristic::ARIB_STD_B67 => Some(Transfer::Hlg),
            _ if frame.color_primaries() == Primaries::BT2020 => Some(Transfer::Wide),
            _ => None,
        };
        let pixel = frame.format();
        let target = match light {
            Some(_) => NATIVE_RGB48,
            None if has_alpha(pixel) => Pixel::RGBA,
            None => Pixel::RGB24,
        };
        let from = PixelLayout {
            pixel,
            width: frame.width(),
            height: frame.height(),
            full_range: is_full_range(frame),
        };
        let matrix = matrix(frame);
        if !self.scaler.as_ref().is_some_and(|scaler| scaler.fits(from, matrix)) {
            let to = PixelLayout { pixel: target, width: self.size.0, height: self.size.1, full_range: true };
            self.scaler = Some(Scaler::new(from, to, matrix)?);
        }
        let scaler = self.scaler.as_mut().expect("made above. This is a bug.");
        let converted = scaler.run(frame)?;
        let (data, stride) = (converted.data(0), converted.stride(0));
        let (color, alpha) = match light {
            Some(light) => {
                if self.tone_map.as_ref().is_none_or(|map| map.light() != light) {
                    self.tone_map = Some(ToneMap::new(light));
                }
                let map = self.tone_map.as_ref().expect("made above. This is a bug.");
                (map.apply(data, stride, self.size), None)
            }
            None if target == Pixel::RGBA => split(data, stride, self.size),
            None => (packed(data, stride, self.size), None),
        };
        Ok(Picture {
            color: self.orientation.apply(color),
            alpha: alpha.map(|alpha| self.orientation.apply(alpha)),
        })
    }
}

#[cfg(target_endian = "little")]
const NATIVE_RGB48: Pixel = Pixel::RGB48LE;
#[cfg(target_endian = "big")]
const NATIVE_RGB48: Pixel = Pixel::RGB48BE;

/// The size with square pixels. The side that has too few pixels grows, so no pixels are lost.
fn square((width, height): (u32, u32), aspect: Rational) -> (u32, u32) {
    let ratio = if aspect.0 > 0 && aspect.1 > 0 { f64::from(aspect) } else { 1.0 };
    let stretched = |side: u32, by: f64| ((f64::from(side) * by).round() as u32).max(1);
    match ratio {
        // Such ratios are errors in the file.
        ratio if !(0.125..=8.0).contains(&ratio) => (width, height),
        ratio if ratio >= 1.0 => (stretched(width, ratio), height),
        ratio => (width, stretched(height, 1.0 / ratio)),
    }
}

/// The matrix between YUV and RGB. If the file has none, it is the one that players assume: BT.709 from 720
/// lines on, BT.601 below.
fn matrix(frame: &frame::Video) -> Space {
    match frame.color_space() {
        Space::Unspecified | Space::Reserved | Space::RGB => {
            if frame.width().min(frame.height()) >= 720 {
                Space::BT709
            } else {
                Space::SMPTE170M
            }
        }
        known => known,
    }
}

fn is_full_range(frame: &frame::Video) -> bool {
    let pixel = frame.format();
    let is_rgb = pixel.descriptor().is_some_and(|descriptor| {
        let name = descriptor.name();
        ["rgb", "bgr", "gbr", "pal", "argb", "abgr", "0rgb", "0bgr"]
            .iter()
            .any(|start| name.starts_with(start))
    });
    let is_jpeg = matches!(
        pixel,
        Pixel::YUVJ420P | Pixel::YUVJ422P | Pixel::YUVJ444P | Pixel::YUVJ440P | Pixel::YUVJ411P
    );
    is_rgb || is_jpeg || frame.color_range() == Range::JPEG
}

fn has_alpha(pixel: Pixel) -> bool {
    pixel == Pixel::PAL8
        || pixel.descriptor().is_some_and(|descriptor| matches!(descriptor.nb_components(), 2 | 4))
}

/// Copies rows without the padding between them.
fn packed(data: &[u8], stride: usize, (width, height): (u32, u32)) -> RgbImage {
    let row = width as usize * 3;
    let mut pixels = Vec::with_capacity(row * height as usize);
    for line in data.chunks(stride).take(height as usize) {
        pixels.extend_from_slice(&line[..row]);
    }
    RgbImage::from_raw(width, height, pixels).expect("one row a line. This is a bug.")
}

/// Splits colors and alpha; alpha is `None` if nothing is transparent.
fn split(data: &[u8], stride: usize, (width, height): (u32, u32)) -> (RgbImage, Option<GrayImage>) {
    let (mut color, mut alpha) = (RgbImage::new(width, height), GrayImage::new(width, height));
    let rows = color.chunks_exact_mut(width as usize * 3).zip(alpha.chunks_exact_mut(width as usize));
    for ((colors, alphas), line) in rows.zip(data.chunks(stride)) {
        for ((color, alpha), [r, g, b, a]) in
            colors.as_chunks_mut::<3>().0.iter_mut().zip(alphas).zip(line.as_chunks::<4>().0)
        {
            (*color, *alpha) = ([*r, *g, *b], *a);
        }
    }
    let is_opaque = alpha.as_raw().iter().all(|alpha| *alpha == 255);
    (color, (!is_opaque).then_some(alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_become_square_by_growing() {
        assert_eq!(square((720, 576), Rational(16, 11)), (1047, 576));
        assert_eq!(square((1440, 1080), Rational(4, 3)), (1920, 1080));
        assert_eq!(square((720, 480), Rational(8, 9)), (720, 540));
        assert_eq!(square((640, 361), Rational(0, 1)), (640, 361));
        assert_eq!(square((640, 360), Rational(1000, 1)), (640, 360));
    }
}
