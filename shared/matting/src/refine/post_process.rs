//! rembg's `post_process_mask`, for migration: opening removes specks, then the matte is blurred and
//! thresholded. The result is hard: only 0 and 255.

use image::GrayImage;

/// Standard deviation of the smoothing, in pixels.
const SIGMA: f32 = 2.0;
/// The kernel's radius is four standard deviations, as in SciPy.
const REACH: i64 = 8;
const THRESHOLD: f32 = 127.0;

/// Opening by a cross of three pixels, Gaussian blur, threshold.
#[must_use]
pub fn post_process(matte: &GrayImage) -> GrayImage {
    let opened = cross(&cross(matte, u8::min), u8::max);
    let (width, height) = matte.dimensions();
    let mut plane: Vec<f32> = opened.as_raw().iter().map(|&alpha| f32::from(alpha)).collect();
    let weights: Vec<f32> =
        (-REACH..=REACH).map(|step| (-0.5 * (step as f32 / SIGMA).powi(2)).exp()).collect();
    let total: f32 = weights.iter().sum();
    let (columns, rows) = (width as usize, height as usize);
    for (length, stride, lines, line_stride) in [(columns, 1, rows, columns), (rows, columns, columns, 1)] {
        let mut line = vec![0.0; length];
        for start in (0..lines).map(|index| index * line_stride) {
            for (at, value) in line.iter_mut().enumerate() {
                let sum: f32 = weights
                    .iter()
                    .zip(at as i64 - REACH..)
                    .map(|(weight, place)| weight * plane[start + mirrored(place, length) * stride])
                    .sum();
                *value = sum / total;
            }
            for (at, value) in line.iter().enumerate() {
                plane[start + at * stride] = *value;
            }
        }
    }
    let hard = plane.into_iter().map(|value| if value < THRESHOLD { 0 } else { 255 }).collect();
    GrayImage::from_raw(width, height, hard).expect("one value a pixel. This is a bug.")
}

/// The smallest or largest of a pixel and its four neighbors.
fn cross(matte: &GrayImage, choose: fn(u8, u8) -> u8) -> GrayImage {
    let (width, height) = matte.dimensions();
    GrayImage::from_fn(width, height, |x, y| {
        let mut chosen = matte.get_pixel(x, y).0[0];
        for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
            let neighbor = x.checked_add_signed(dx).zip(y.checked_add_signed(dy));
            if let Some(neighbor) = neighbor.and_then(|(x, y)| matte.get_pixel_checked(x, y)) {
                chosen = choose(chosen, neighbor.0[0]);
            }
        }
        image::Luma([chosen])
    })
}

/// The picture is mirrored beyond its border, and the border pixel is repeated.
fn mirrored(place: i64, length: usize) -> usize {
    let length = length as i64;
    let place = place.rem_euclid(2 * length);
    (if place < length { place } else { 2 * length - 1 - place }) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn specks_are_removed_and_the_result_is_hard() {
        let mut matte = GrayImage::from_fn(60, 60, |x, y| Luma([if x.max(y) < 40 { 220 } else { 0 }]));
        matte.put_pixel(50, 50, Luma([255]));
        let hard = post_process(&matte);
        assert_eq!([(20, 20), (50, 50), (58, 3)].map(|(x, y)| hard.get_pixel(x, y).0[0]), [255, 0, 0]);
        assert!(hard.as_raw().iter().all(|&alpha| alpha == 0 || alpha == 255));
    }

    #[test]
    fn mirrors_repeat_the_border_pixel() {
        assert_eq!([-1, -2, 0, 2, 3, 4].map(|place| mirrored(place, 3)), [0, 1, 0, 2, 2, 1]);
        assert_eq!([-8, 0, 8].map(|place| mirrored(place, 1)), [0; 3]);
    }
}
