//! Alpha blending.
//!
//! Blending uses sRGB values and straight alpha, as design tools and remove.bg do.

use image::{Rgb, RgbImage, Rgba, RgbaImage, imageops};

use crate::picture::mix;

/// `above` over `below`, both with straight alpha.
pub(crate) fn over(above: Rgba<u8>, below: Rgba<u8>) -> Rgba<u8> {
    match (above.0[3], below.0[3]) {
        (255, _) | (_, 0) => above,
        (0, _) => below,
        (alpha, 255) => {
            let channel = |index: usize| mix(below.0[index], above.0[index], alpha);
            Rgba([channel(0), channel(1), channel(2), 255])
        }
        (alpha, under) => {
            let (alpha, under) = (f32::from(alpha) / 255.0, f32::from(under) / 255.0);
            let rest = under * (1.0 - alpha);
            let total = alpha + rest;
            let channel = |index: usize| {
                ((f32::from(above.0[index]) * alpha + f32::from(below.0[index]) * rest) / total).round() as u8
            };
            Rgba([channel(0), channel(1), channel(2), (total * 255.0).round() as u8])
        }
    }
}

/// Puts a picture over one color; the result is opaque.
pub(crate) fn flatten(image: &RgbaImage, color: Rgb<u8>) -> RgbImage {
    let mut flat = RgbImage::new(image.width(), image.height());
    for (flat, [r, g, b, alpha]) in flat.as_chunks_mut::<3>().0.iter_mut().zip(image.as_chunks::<4>().0) {
        *flat = [mix(color.0[0], *r, *alpha), mix(color.0[1], *g, *alpha), mix(color.0[2], *b, *alpha)];
    }
    flat
}

/// Replaces a part of `canvas` by `picture`, whose top left corner goes to `at`. Pixels outside of the canvas
/// are dropped.
pub(crate) fn paint(canvas: &mut RgbaImage, picture: &RgbaImage, at: (i64, i64)) {
    imageops::replace(canvas, picture, at.0, at.1);
}
