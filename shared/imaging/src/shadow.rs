//! The drop shadow: what it looks like and how it is drawn.

use image::{GrayImage, Rgba, RgbaImage, imageops};

use crate::Length;
use crate::blend::over;

/// A soft shadow that the subject throws on its background.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shadow {
    /// To the right; a share is of the subject's longer side.
    pub offset_x: Length,
    /// Downwards; a share is of the subject's longer side.
    pub offset_y: Length,
    /// Standard deviation of the blur; a share is of the subject's longer side.
    pub blur: Length,
    /// 0 is invisible, 1 is black.
    pub opacity: f32,
}

impl Default for Shadow {
    fn default() -> Self {
        Self {
            offset_x: Length::Percent(1.0),
            offset_y: Length::Percent(2.5),
            blur: Length::Percent(1.5),
            opacity: 0.5,
        }
    }
}

impl Shadow {
    /// How far the shadow goes beyond a subject with this longer side: top, right, bottom, left, in
    /// pixels. Farther out than two deviations a blur is not seen.
    pub(crate) fn reach(&self, subject_side: f32) -> [i64; 4] {
        let soft = 2.0 * self.blur.of(subject_side).max(0.0);
        let (x, y) = (self.offset_x.of(subject_side), self.offset_y.of(subject_side));
        [soft - y, soft + x, soft + y, soft - x].map(|reach| reach.max(0.0).ceil() as i64)
    }

    /// Draws the shadow of `matte` onto `canvas` (same size, straight alpha). `subject_side` is the
    /// subject's longer side on the canvas, in pixels.
    pub(crate) fn draw(&self, matte: &GrayImage, subject_side: f32, canvas: &mut RgbaImage) {
        let sigma = self.blur.of(subject_side).max(0.0);
        let soft = if sigma > 0.3 { imageops::fast_blur(matte, sigma) } else { matte.clone() };
        let (shift_x, shift_y) =
            (self.offset_x.of(subject_side).round() as i64, self.offset_y.of(subject_side).round() as i64);
        let opacity = self.opacity.clamp(0.0, 1.0);
        for (x, y, pixel) in canvas.enumerate_pixels_mut() {
            let (from_x, from_y) = (i64::from(x) - shift_x, i64::from(y) - shift_y);
            let Some(cover) = u32::try_from(from_x)
                .ok()
                .zip(u32::try_from(from_y).ok())
                .and_then(|(x, y)| soft.get_pixel_checked(x, y))
            else {
                continue;
            };
            let alpha = (f32::from(cover.0[0]) * opacity).round() as u8;
            *pixel = over(Rgba([0, 0, 0, alpha]), *pixel);
        }
    }
}
