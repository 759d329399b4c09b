//! Keep and remove strokes that the user painted over the picture.

use image::{GrayImage, RgbaImage, imageops};
use sansfond_imaging::resize;

/// The strength of the strokes for each pixel, at the size of the picture or any other.
#[derive(Debug, Clone, PartialEq)]
pub struct Strokes {
    /// 255 forces subject.
    keep: GrayImage,
    /// 255 forces background.
    remove: GrayImage,
}

impl Strokes {
    /// Width of the soft border as a share of the picture's longer side.
    const SOFTNESS: f32 = 0.001;

    /// Reads painted strokes: green keeps, red removes, and the paint's alpha is the strength. Other colors
    /// and transparent pixels do not change the matte.
    #[must_use]
    pub fn from_painting(painting: &RgbaImage) -> Self {
        let (width, height) = painting.dimensions();
        let (mut keep, mut remove) = (GrayImage::new(width, height), GrayImage::new(width, height));
        let planes = keep.as_mut().iter_mut().zip(remove.as_mut().iter_mut());
        for ((keep, remove), &[r, g, b, alpha]) in planes.zip(painting.as_chunks::<4>().0) {
            // How much a channel exceeds the other two.
            let stands_out = |channel: u8, others: [u8; 2]| channel.saturating_sub(others[0].max(others[1]));
            let strength = |purity: u8| if purity >= 64 { alpha } else { 0 };
            *keep = strength(stands_out(g, [r, b]));
            *remove = strength(stands_out(r, [g, b]));
        }
        Self { keep, remove }
    }

    /// Crops the strokes to a part of the picture: left, top, width, height in pixels of a picture of the
    /// size `picture`.
    #[must_use]
    pub(crate) fn crop(&self, picture: (u32, u32), part: sansfond_imaging::Rect) -> Self {
        let cut = |plane: &GrayImage| {
            let whole = resize::resize_gray(plane, picture.0, picture.1);
            imageops::crop_imm(&whole, part.left, part.top, part.width, part.height).to_image()
        };
        Self { keep: cut(&self.keep), remove: cut(&self.remove) }
    }

    /// Applies the strokes to a matte; where both are painted, removing wins.
    pub fn apply(&self, matte: &mut GrayImage) {
        let (width, height) = matte.dimensions();
        let softness = (width.max(height) as f32 * Self::SOFTNESS).max(0.6);
        let fit =
            |plane: &GrayImage| imageops::fast_blur(&resize::resize_gray(plane, width, height), softness);
        let (keep, remove) = (fit(&self.keep), fit(&self.remove));
        for ((alpha, keep), remove) in matte.as_mut().iter_mut().zip(keep.as_raw()).zip(remove.as_raw()) {
            let kept = u32::from(*alpha) * (255 - u32::from(*keep)) + 255 * u32::from(*keep);
            *alpha = ((kept * (255 - u32::from(*remove)) + 32_512) / 65_025) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Luma, Rgba};

    /// Green on the left third, red on the right third.
    fn painting() -> RgbaImage {
        RgbaImage::from_fn(90, 30, |x, _| match x {
            0..30 => Rgba([0, 255, 0, 255]),
            60.. => Rgba([255, 0, 0, 255]),
            _ => Rgba([255, 255, 255, 0]),
        })
    }

    #[test]
    fn green_keeps_red_removes_and_other_pixels_are_unchanged() {
        let mut matte = GrayImage::from_pixel(90, 30, Luma([100]));
        Strokes::from_painting(&painting()).apply(&mut matte);
        assert_eq!([5, 45, 85].map(|x| matte.get_pixel(x, 15).0[0]), [255, 100, 0]);
    }

    #[test]
    fn the_border_of_a_stroke_is_soft() {
        let mut matte = GrayImage::from_pixel(900, 300, Luma([0]));
        Strokes::from_painting(&painting()).apply(&mut matte);
        let steps: Vec<u8> = (294..306).map(|x| matte.get_pixel(x, 150).0[0]).collect();
        assert!(steps.is_sorted_by(|a, b| a >= b), "{steps:?}");
        assert!(steps.iter().any(|&alpha| alpha > 20 && alpha < 235), "{steps:?}");
    }

    #[test]
    fn half_transparent_paint_moves_alpha_half_way() {
        let mut matte = GrayImage::from_pixel(20, 20, Luma([0]));
        Strokes::from_painting(&RgbaImage::from_pixel(20, 20, Rgba([0, 200, 0, 128]))).apply(&mut matte);
        assert_eq!(matte.get_pixel(10, 10).0[0], 128);
    }
}
