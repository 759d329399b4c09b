//! Colors under transparent pixels.
//!
//! They are not visible, but they affect lossy encoders: with colors at half the resolution, black there
//! would darken the subject's edge. So the subject's colors are extended outwards for a few pixels, and
//! everything beyond is gray, which costs nothing to encode. The file does not contain the original
//! background.

use image::{GrayImage, RgbImage};
use rayon::prelude::*;

/// Side of the blocks that share a color; encoders use blocks of this size and its multiples.
const BLOCK: usize = 16;
/// Color of blocks without visible pixels nearby.
const GRAY: [u8; 3] = [128; 3];

/// Mean color of a block's visible pixels, weighted by alpha, and the sum of the weights.
#[derive(Clone, Copy, Default)]
struct Mean {
    sums: [u64; 3],
    weight: u64,
}

impl Mean {
    fn color(self) -> [u8; 3] {
        if self.weight == 0 {
            return GRAY;
        }
        self.sums.map(|sum| ((sum + self.weight / 2) / self.weight) as u8)
    }

    fn add(&mut self, other: Self) {
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            *sum += more;
        }
        self.weight += other.weight;
    }
}

/// Replaces the colors of fully transparent pixels.
pub(super) fn hide_background(color: &mut RgbImage, alpha: &GrayImage) {
    let (width, height) = (color.width() as usize, color.height() as usize);
    let columns = width.div_ceil(BLOCK);
    let means: Vec<Vec<Mean>> = color
        .par_chunks(width * 3 * BLOCK)
        .zip(alpha.par_chunks(width * BLOCK))
        .map(|(colors, alphas)| means_of(colors, alphas, width))
        .collect();
    let near = |row: usize, column: usize| {
        let mut mean = means[row][column];
        if mean.weight == 0 {
            for row in &means[row.saturating_sub(1)..(row + 2).min(height.div_ceil(BLOCK))] {
                for neighbor in &row[column.saturating_sub(1)..(column + 2).min(columns)] {
                    mean.add(*neighbor);
                }
            }
        }
        mean.color()
    };
    color.par_chunks_mut(width * 3 * BLOCK).zip(alpha.par_chunks(width * BLOCK)).enumerate().for_each(
        |(row, (colors, alphas))| {
            let fills: Vec<[u8; 3]> = (0..columns).map(|column| near(row, column)).collect();
            for (line, alphas) in colors.chunks_exact_mut(width * 3).zip(alphas.chunks_exact(width)) {
                for (x, (pixel, alpha)) in line.as_chunks_mut::<3>().0.iter_mut().zip(alphas).enumerate() {
                    if *alpha == 0 {
                        *pixel = fills[x / BLOCK];
                    }
                }
            }
        },
    );
}

fn means_of(colors: &[u8], alphas: &[u8], width: usize) -> Vec<Mean> {
    let mut means = vec![Mean::default(); width.div_ceil(BLOCK)];
    for (line, alphas) in colors.chunks_exact(width * 3).zip(alphas.chunks_exact(width)) {
        for (x, (pixel, alpha)) in line.as_chunks::<3>().0.iter().zip(alphas).enumerate() {
            if *alpha != 0 {
                let weight = u64::from(*alpha);
                means[x / BLOCK].add(Mean { sums: pixel.map(|channel| u64::from(channel) * weight), weight });
            }
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use image::{Luma, Rgb};

    use super::*;

    #[test]
    fn the_background_is_removed_and_the_edge_color_is_extended() {
        // A red subject on the left, and a green background that must disappear.
        let mut color = RgbImage::from_pixel(70, 40, Rgb([0, 200, 0]));
        let mut alpha = GrayImage::new(70, 40);
        for (x, _, pixel) in color.enumerate_pixels_mut() {
            if x < 10 {
                *pixel = Rgb([250, 10, 20]);
            }
        }
        for (x, _, pixel) in alpha.enumerate_pixels_mut() {
            *pixel = Luma([if x < 10 { 255 } else { 0 }]);
        }
        hide_background(&mut color, &alpha);
        assert!(color.pixels().all(|pixel| pixel.0 != [0, 200, 0]));
        assert_eq!(color.get_pixel(11, 20).0, [250, 10, 20]);
        assert_eq!(color.get_pixel(20, 20).0, [250, 10, 20], "the neighboring block");
        assert_eq!(color.get_pixel(69, 39).0, GRAY);
        assert_eq!(color.get_pixel(3, 3).0, [250, 10, 20]);
    }
}
