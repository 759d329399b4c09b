//! The drop shadow: its options, its geometry, and its drawing.

use image::{GrayImage, Rgba, RgbaImage, imageops};

use crate::blend::over;
use crate::{Length, Rect};

/// Beyond this many deviations, a blur is invisible.
const VISIBLE_DEVIATIONS: f64 = 2.0;

/// A soft shadow of the subject on its background. Pixels are those of the picture before it is scaled; a share
/// refers to the subject's longer side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shadow {
    /// Offset to the right.
    pub offset_x: Length,
    /// Offset downwards.
    pub offset_y: Length,
    /// Standard deviation of the blur.
    pub blur: Length,
    /// Opacity in percent: 0 is invisible, 100 is black.
    pub opacity: f64,
}

impl Default for Shadow {
    fn default() -> Self {
        Self {
            offset_x: Length::Percent(1.0),
            offset_y: Length::Percent(2.5),
            blur: Length::Percent(1.5),
            opacity: 50.0,
        }
    }
}

impl Shadow {
    /// The reach of the shadow beyond its subject: top, right, bottom, left, in pixels of the picture.
    pub(crate) fn reach(&self, subject: Rect) -> [i64; 4] {
        let side = f64::from(subject.longer_side());
        let soft = VISIBLE_DEVIATIONS * self.blur.of(side).max(0.0);
        let (x, y) = (self.offset_x.of(side), self.offset_y.of(side));
        [soft - y, soft + x, soft + y, soft - x].map(|reach| reach.max(0.0).ceil() as i64)
    }

    /// The shadow of a subject that is drawn at `factor` times its size in the picture.
    pub(crate) fn placed(&self, subject: Rect, factor: f64) -> PlacedShadow {
        let on_canvas = |length: Length| length.of(f64::from(subject.longer_side())) * factor;
        PlacedShadow {
            x: on_canvas(self.offset_x).round() as i64,
            y: on_canvas(self.offset_y).round() as i64,
            blur: on_canvas(self.blur).max(0.0),
            opacity: (self.opacity / 100.0).clamp(0.0, 1.0),
        }
    }
}

/// A shadow in pixels of the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedShadow {
    /// Offset to the right.
    pub x: i64,
    /// Offset downwards.
    pub y: i64,
    /// Standard deviation of the blur.
    pub blur: f64,
    /// Opacity, 0 to 1.
    pub opacity: f64,
}

impl PlacedShadow {
    /// Draws the shadow of `matte` onto `canvas` (same size, straight alpha).
    pub(crate) fn draw(&self, matte: &GrayImage, canvas: &mut RgbaImage) {
        let soft = if self.blur > 0.3 { imageops::fast_blur(matte, self.blur as f32) } else { matte.clone() };
        for (x, y, pixel) in canvas.enumerate_pixels_mut() {
            let (from_x, from_y) = (i64::from(x) - self.x, i64::from(y) - self.y);
            let Some(cover) = u32::try_from(from_x)
                .ok()
                .zip(u32::try_from(from_y).ok())
                .and_then(|(x, y)| soft.get_pixel_checked(x, y))
            else {
                continue;
            };
            let alpha = (f64::from(cover.0[0]) * self.opacity).round() as u8;
            *pixel = over(Rgba([0, 0, 0, alpha]), *pixel);
        }
    }
}
