//! The two picture types that the crates exchange.

use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

/// A decoded picture: upright, sRGB, 8 bits per channel.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Colors, not premultiplied by alpha.
    pub color: RgbImage,
    /// The file's own transparency; `None` when every pixel is opaque.
    pub alpha: Option<GrayImage>,
}

impl Picture {
    /// Width and height in pixels.
    #[must_use]
    pub fn dimensions(&self) -> (u32, u32) {
        self.color.dimensions()
    }

    /// Color and alpha as one image.
    #[must_use]
    pub fn to_rgba(&self) -> RgbaImage {
        let mut pixels = DynamicImage::ImageRgb8(self.color.clone()).into_rgba8();
        if let Some(alpha) = &self.alpha {
            for (pixel, alpha) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(alpha.as_raw()) {
                pixel[3] = *alpha;
            }
        }
        pixels
    }

    /// The picture over white. The network gets this, because colors under transparent pixels are often
    /// garbage.
    #[must_use]
    pub fn over_white(&self) -> std::borrow::Cow<'_, RgbImage> {
        let Some(alpha) = &self.alpha else {
            return std::borrow::Cow::Borrowed(&self.color);
        };
        let mut flat = self.color.clone();
        for (pixel, alpha) in flat.as_chunks_mut::<3>().0.iter_mut().zip(alpha.as_raw()) {
            for channel in pixel {
                *channel = mix(255, *channel, *alpha);
            }
        }
        std::borrow::Cow::Owned(flat)
    }
}

/// A subject that was cut out of its picture.
#[derive(Debug, Clone)]
pub struct Cutout {
    /// Straight (not premultiplied) colors: the estimated foreground where `alpha` is partial, the original
    /// picture elsewhere, also under transparent pixels. The ZIP output and the blurred background need the
    /// original pixels; every other output sets transparent ones to 0.
    pub color: RgbImage,
    /// The matte: 255 is subject, 0 is background. It has the size of `color`.
    pub alpha: GrayImage,
}

/// Blends `above` over `below` with coverage `alpha` (0 to 255), rounded.
pub(crate) fn mix(below: u8, above: u8, alpha: u8) -> u8 {
    let sum = u32::from(above) * u32::from(alpha) + u32::from(below) * (255 - u32::from(alpha));
    ((sum + 127) / 255) as u8
}
