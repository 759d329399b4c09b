//! Fast guided filter (He and Sun, "Fast Guided Filter", arXiv:1505.00996) with a color guide.
//!
//! The matte is modeled in small windows as a linear function of color, `alpha = a · rgb + b`. The
//! coefficients are computed at the network's resolution and enlarged; alpha is then computed from the
//! picture's own pixels. So edges are as sharp as the photograph, not as the network's output.

use image::{GrayImage, RgbImage};
use rayon::prelude::*;

use crate::Matte;
use crate::matte::to_byte;

/// Windows of 2 r + 1 pixels of the network's grid. Larger windows reach farther into hair and smear fine
/// structure. The value was chosen by eye; there has been no sweep against a true matte.
const RADIUS: usize = 3;
/// Color variance below which a window counts as flat (for values from 0 to 1): 1 % of the full range.
const EPSILON: f32 = 1e-4;

/// `alpha = a · rgb + b` around one pixel of the network's grid; rgb is from 0 to 1.
type Coefficients = [f32; 4];

/// Scales the matte to the size of `picture`. `guide` is the picture at the size of the matte.
///
/// # Panics
/// When `guide` and `matte` differ in size.
#[must_use]
pub fn upsample(matte: &Matte, guide: &RgbImage, picture: &RgbImage) -> GrayImage {
    assert_eq!(matte.size(), guide.dimensions(), "guide and matte have one size. This is a bug.");
    let coefficients = coefficients(matte, guide);
    apply(&coefficients, matte.size(), picture)
}

fn coefficients(matte: &Matte, guide: &RgbImage) -> Vec<Coefficients> {
    let (width, height) = (matte.width as usize, matte.height as usize);
    let pixels = guide.as_chunks::<3>().0;
    let channel = |index: usize| move |at: usize| f32::from(pixels[at][index]) / 255.0;
    let (red, green, blue) = (channel(0), channel(1), channel(2));
    let alpha = |at: usize| matte.values[at];

    // Window means of all terms of the normal equations.
    let products: [&(dyn Fn(usize) -> f32 + Sync); 13] = [
        &alpha,
        &red,
        &green,
        &blue,
        &|at| red(at) * alpha(at),
        &|at| green(at) * alpha(at),
        &|at| blue(at) * alpha(at),
        &|at| red(at) * red(at),
        &|at| red(at) * green(at),
        &|at| red(at) * blue(at),
        &|at| green(at) * green(at),
        &|at| green(at) * blue(at),
        &|at| blue(at) * blue(at),
    ];
    let means: Vec<Vec<f32>> = products
        .par_iter()
        .map(|product| box_mean((0..width * height).map(product).collect(), width, height))
        .collect();

    let solved: Vec<Coefficients> = (0..width * height)
        .into_par_iter()
        .map(|at| {
            let [p, r, g, b, rp, gp, bp, rr, rg, rb, gg, gb, bb] =
                std::array::from_fn(|plane| means[plane][at]);
            let covariance = [rp - r * p, gp - g * p, bp - b * p];
            if covariance.iter().all(|value| value.abs() < 1e-7) {
                return [0.0, 0.0, 0.0, p];
            }
            let variance = [
                [rr - r * r + EPSILON, rg - r * g, rb - r * b],
                [rg - r * g, gg - g * g + EPSILON, gb - g * b],
                [rb - r * b, gb - g * b, bb - b * b + EPSILON],
            ];
            let [ar, ag, ab] = solve_symmetric(variance, covariance);
            [ar, ag, ab, p - ar * r - ag * g - ab * b]
        })
        .collect();

    // Each pixel is in many windows; it uses the mean of their models.
    let averaged: Vec<Vec<f32>> = (0..4)
        .into_par_iter()
        .map(|plane| box_mean(solved.iter().map(|model| model[plane]).collect(), width, height))
        .collect();
    (0..width * height).map(|at| std::array::from_fn(|plane| averaged[plane][at])).collect()
}

fn apply(coefficients: &[Coefficients], (width, height): (u32, u32), picture: &RgbImage) -> GrayImage {
    let (grid_width, grid_height) = (width as usize, height as usize);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let columns: Vec<(usize, usize, f32)> = (0..width).map(|x| between(x, width, grid_width)).collect();
    let mut alpha = vec![0_u8; width * height];
    let rows = alpha.par_chunks_mut(width).zip(picture.as_raw().par_chunks(width * 3)).enumerate();
    rows.for_each_init(
        || vec![[0.0; 4]; grid_width],
        |row, (y, (alpha, pixels))| {
            let (above, below, share) = between(y, height, grid_height);
            let (above, below) = (
                &coefficients[above * grid_width..][..grid_width],
                &coefficients[below * grid_width..][..grid_width],
            );
            for ((mixed, above), below) in row.iter_mut().zip(above).zip(below) {
                *mixed = lerp(above, below, share);
            }
            for ((alpha, pixel), &(left, right, share)) in
                alpha.iter_mut().zip(pixels.as_chunks::<3>().0).zip(&columns)
            {
                let [ar, ag, ab, b] = lerp(&row[left], &row[right], share);
                let [red, green, blue] = pixel.map(f32::from);
                *alpha = to_byte((ar * red + ag * green + ab * blue) / 255.0 + b);
            }
        },
    );
    GrayImage::from_raw(picture.width(), picture.height(), alpha).expect("one value a pixel. This is a bug.")
}

/// The two neighbors of a pixel on a coarser grid, and the weight of the second.
fn between(at: usize, fine: usize, coarse: usize) -> (usize, usize, f32) {
    let place = ((at as f32 + 0.5) * coarse as f32 / fine as f32 - 0.5).clamp(0.0, (coarse - 1) as f32);
    let first = place as usize;
    (first, (first + 1).min(coarse - 1), place - first as f32)
}

fn lerp(from: &Coefficients, to: &Coefficients, share: f32) -> Coefficients {
    std::array::from_fn(|index| from[index] + (to[index] - from[index]) * share)
}

/// Cramer's rule; the matrix is positive definite because of its ridge.
fn solve_symmetric([[a, b, c], [_, d, e], [_, _, f]]: [[f32; 3]; 3], [x, y, z]: [f32; 3]) -> [f32; 3] {
    let (m00, m01, m02) = (d * f - e * e, c * e - b * f, b * e - c * d);
    let (m11, m12, m22) = (a * f - c * c, b * c - a * e, a * d - b * b);
    let inverse = 1.0 / (a * m00 + b * m01 + c * m02);
    [
        (m00 * x + m01 * y + m02 * z) * inverse,
        (m01 * x + m11 * y + m12 * z) * inverse,
        (m02 * x + m12 * y + m22 * z) * inverse,
    ]
}

/// Mean over a square window that is clipped at the borders.
fn box_mean(mut plane: Vec<f32>, width: usize, height: usize) -> Vec<f32> {
    let mut line = vec![0.0; width];
    for row in plane.chunks_exact_mut(width) {
        line.copy_from_slice(row);
        slide(&line, |at, mean| row[at] = mean);
    }
    // All columns at once, so that memory is read in order.
    let (mut sums, mut result) = (vec![0.0_f64; width], vec![0.0; plane.len()]);
    let row_of = |y: usize| y * width..(y + 1) * width;
    for y in 0..RADIUS.min(height) {
        sums.iter_mut().zip(&plane[row_of(y)]).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    for y in 0..height {
        if y + RADIUS < height {
            sums.iter_mut()
                .zip(&plane[row_of(y + RADIUS)])
                .for_each(|(sum, value)| *sum += f64::from(*value));
        }
        if y > RADIUS {
            sums.iter_mut()
                .zip(&plane[row_of(y - RADIUS - 1)])
                .for_each(|(sum, value)| *sum -= f64::from(*value));
        }
        let count = ((y + RADIUS).min(height - 1) - y.saturating_sub(RADIUS) + 1) as f64;
        result[row_of(y)].iter_mut().zip(&sums).for_each(|(mean, sum)| *mean = (sum / count) as f32);
    }
    result
}

fn slide(line: &[f32], mut put: impl FnMut(usize, f32)) {
    let last = line.len() - 1;
    let mut sum: f64 = line.iter().take(RADIUS).map(|value| f64::from(*value)).sum();
    for at in 0..line.len() {
        if at + RADIUS <= last {
            sum += f64::from(line[at + RADIUS]);
        }
        if at > RADIUS {
            sum -= f64::from(line[at - RADIUS - 1]);
        }
        let count = (at + RADIUS).min(last) - at.saturating_sub(RADIUS) + 1;
        put(at, (sum / count as f64) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, imageops};

    #[test]
    fn the_mean_covers_only_pixels_inside_the_picture() {
        let plane: Vec<f32> = (0..10 * 9).map(|value| value as f32).collect();
        let mean = box_mean(plane.clone(), 10, 9);
        for (x, y) in [(0_i32, 0_i32), (9, 8), (4, 4), (0, 5), (7, 1)] {
            let window = || {
                (y - 3..=y + 3)
                    .flat_map(move |row| (x - 3..=x + 3).map(move |column| (column, row)))
                    .filter(|(column, row)| (0..10).contains(column) && (0..9).contains(row))
            };
            let expected: f32 =
                window().map(|(column, row)| plane[(row * 10 + column) as usize]).sum::<f32>()
                    / window().count() as f32;
            assert!((mean[(y * 10 + x) as usize] - expected).abs() < 1e-3, "{x},{y}");
        }
    }

    /// A green leaf with a sharp, slanted edge on blue, eight times finer than the network's grid.
    fn leaf() -> (RgbImage, GrayImage) {
        let inside = |x: u32, y: u32| (x as f32) < 250.0 + y as f32 * 0.37;
        let picture = RgbImage::from_fn(768, 768, |x, y| {
            let grain = ((x * 7 + y * 13) % 9) as u8;
            if inside(x, y) { Rgb([30 + grain, 160 + grain, 40]) } else { Rgb([50, 70 + grain, 190]) }
        });
        (picture, GrayImage::from_fn(768, 768, |x, y| image::Luma([if inside(x, y) { 255 } else { 0 }])))
    }

    #[test]
    fn a_coarse_matte_follows_the_pictures_edge() {
        let (picture, truth) = leaf();
        let guide = imageops::resize(&picture, 96, 96, imageops::FilterType::Triangle);
        let small = imageops::resize(&truth, 96, 96, imageops::FilterType::Triangle);
        let values = small.as_raw().iter().map(|&alpha| f32::from(alpha) / 255.0).collect();
        let matte = Matte::new(96, 96, values);
        let error = |found: &GrayImage| -> f64 {
            let sum: u64 =
                found.as_raw().iter().zip(truth.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            sum as f64 / truth.as_raw().len() as f64
        };
        let plain = imageops::resize(&small, 768, 768, imageops::FilterType::CatmullRom);
        let guided = upsample(&matte, &guide, &picture);
        assert!(error(&guided) < error(&plain) * 0.35, "{} against {}", error(&guided), error(&plain));
    }

    #[test]
    fn solid_areas_stay_solid() {
        let (picture, _) = leaf();
        let guide = imageops::resize(&picture, 96, 96, imageops::FilterType::Triangle);
        for value in [0.0, 1.0] {
            let matte = Matte::new(96, 96, vec![value; 96 * 96]);
            let expected = (value * 255.0) as u8;
            assert!(upsample(&matte, &guide, &picture).as_raw().iter().all(|&alpha| alpha == expected));
        }
    }
}
