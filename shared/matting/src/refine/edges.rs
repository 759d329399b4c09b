//! Optional: estimates alpha of soft pixels again, from the colors around them.
//!
//! A network's soft edge is a guess. If subject and background differ clearly in color, the position of a
//! pixel's color on the line between the two says more: `α = (I − B)·(F − B) / |F − B|²`. F and B are the
//! mean colors of solid subject and solid background nearby. Closed-form matting solves the same problem over
//! the whole picture and takes gigabytes; this takes two blurs.

use image::{GrayImage, RgbImage, imageops};
use rayon::prelude::*;
use sansfond_imaging::resize;

/// Longer side of the picture from which mean colors are computed. Finer detail would show in the means.
const WORKING_SIDE: u32 = 512;
/// Blur of the surroundings at that size, in pixels.
const SIGMA: f32 = 12.0;
/// Alpha of solid subject (this or more) and of solid background (this or less).
const SOLID: (u8, u8) = (250, 5);
/// Squared color difference (0 to 3). At the first value or more the estimate is used fully, at the second or
/// less not at all.
const TRUST: (f32, f32) = (0.12, 0.02);

/// Sharpens the soft pixels of a matte. Solid pixels are not changed.
pub fn sharpen(matte: &mut GrayImage, picture: &RgbImage) {
    let (width, height) = matte.dimensions();
    let factor = (WORKING_SIDE as f32 / width.max(height) as f32).min(1.0);
    let side = |side: u32| ((side as f32 * factor).round() as u32).max(1);
    let subject = surroundings(picture, matte, |alpha| alpha >= SOLID.0, (side(width), side(height)));
    let background = surroundings(picture, matte, |alpha| alpha <= SOLID.1, (side(width), side(height)));
    let (grid_width, grid_height) = subject.dimensions();
    let columns = width as usize;
    let rows =
        matte.as_mut().par_chunks_mut(columns).zip(picture.as_raw().par_chunks(columns * 3)).enumerate();
    rows.for_each(|(y, (alphas, pixels))| {
        let grid_y = (y as u64 * u64::from(grid_height) / u64::from(height)) as u32;
        for (x, (alpha, pixel)) in alphas.iter_mut().zip(pixels.as_chunks::<3>().0).enumerate() {
            if *alpha == 0 || *alpha == 255 {
                continue;
            }
            let grid_x = (x as u64 * u64::from(grid_width) / u64::from(width)) as u32;
            let (front, back) = (subject.get_pixel(grid_x, grid_y).0, background.get_pixel(grid_x, grid_y).0);
            // Without solid pixels nearby, nothing can be estimated.
            if front[3] == 0 || back[3] == 0 {
                continue;
            }
            *alpha = blended(*alpha, *pixel, front, back);
        }
    });
}

fn blended(alpha: u8, pixel: [u8; 3], front: [u8; 4], back: [u8; 4]) -> u8 {
    let (mut along, mut length) = (0.0, 0.0);
    for channel in 0..3 {
        let line = (f32::from(front[channel]) - f32::from(back[channel])) / 255.0;
        along += line * (f32::from(pixel[channel]) - f32::from(back[channel])) / 255.0;
        length += line * line;
    }
    let trust = ((length - TRUST.1) / (TRUST.0 - TRUST.1)).clamp(0.0, 1.0);
    let found = (along / length.max(1e-6)).clamp(0.0, 1.0) * 255.0;
    (f32::from(alpha) * (1.0 - trust) + found * trust).round() as u8
}

/// The mean color around each pixel over the pixels that are `requested`; alpha is 0 if there are none.
fn surroundings(
    picture: &RgbImage,
    matte: &GrayImage,
    requested: fn(u8) -> bool,
    (width, height): (u32, u32),
) -> image::RgbaImage {
    let mut solid = image::RgbaImage::new(picture.width(), picture.height());
    let pixels = picture.as_chunks::<3>().0.iter().zip(matte.as_raw());
    for (solid, ([r, g, b], &alpha)) in solid.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
        if requested(alpha) {
            *solid = [*r, *g, *b, 255];
        }
    }
    let mut small = resize::resize_rgba(&solid, width, height);
    for [r, g, b, weight] in small.as_chunks_mut::<4>().0 {
        let premultiply = |value: u8| ((u32::from(value) * u32::from(*weight) + 127) / 255) as u8;
        (*r, *g, *b) = (premultiply(*r), premultiply(*g), premultiply(*b));
    }
    let mut blurred = imageops::fast_blur(&small, SIGMA);
    for [r, g, b, weight] in blurred.as_chunks_mut::<4>().0 {
        // A small weight in 8 bits is too imprecise for a color.
        if *weight < 24 {
            *weight = 0;
            continue;
        }
        let divide = |value: u8| {
            ((u32::from(value) * 255 + u32::from(*weight) / 2) / u32::from(*weight)).min(255) as u8
        };
        (*r, *g, *b) = (divide(*r), divide(*g), divide(*b));
    }
    blurred
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Luma, Rgb};

    #[test]
    fn a_blurred_edge_is_sharpened() {
        let truth = |x: u32| if x < 200 { 255_u8 } else { 0 };
        let picture =
            RgbImage::from_fn(400, 100, |x, _| if x < 200 { Rgb([200, 40, 30]) } else { Rgb([30, 60, 190]) });
        let mut matte =
            GrayImage::from_fn(400, 100, |x, _| Luma([((207.0 - x as f32) * 18.0).clamp(0.0, 255.0) as u8]));
        sharpen(&mut matte, &picture);
        for x in 0..400 {
            assert!(
                matte.get_pixel(x, 50).0[0].abs_diff(truth(x)) < 12,
                "{x}: {}",
                matte.get_pixel(x, 50).0[0]
            );
        }
    }

    #[test]
    fn without_contrast_the_networks_alpha_is_kept() {
        let picture = RgbImage::from_pixel(200, 50, Rgb([120, 120, 120]));
        let matte =
            GrayImage::from_fn(200, 50, |x, _| Luma([((110.0 - x as f32) * 18.0).clamp(0.0, 255.0) as u8]));
        let mut same = matte.clone();
        sharpen(&mut same, &picture);
        assert!(same == matte);
    }
}
