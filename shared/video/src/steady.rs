//! Smooths mattes over time, so that they do not flicker.
//!
//! A network processes each frame separately, and its uncertain pixels change with the camera's noise. We
//! work offline and can look ahead: a matte becomes the mean of those of up to [`REACH`] frames before and
//! after, weighted for each pixel by how similar its surroundings look in that frame. Where something moves,
//! colors change, the weight falls to zero, and the network's matte is kept, so edges do not lag. Frames are
//! not mixed across a cut.

use image::{GrayImage, RgbImage};
use rayon::prelude::*;

/// Number of frames on each side.
pub const REACH: usize = 2;
/// Side of the blocks whose mean colors are compared: the mean of 16 pixels has a quarter of the noise.
const BLOCK: u32 = 4;
/// Difference of a block's mean at which the weight of its frame is a third, in levels.
const TOLERANCE: f32 = 4.0;
/// Mean difference of all blocks from which on two frames belong to different scenes, in levels.
const CUT: f32 = 40.0;
/// Side of the larger blocks for detecting changes.
const STILL_BLOCK: u32 = 16;
/// Largest change of a large block's mean in a frame that counts as unchanged, in levels. The mean of 256
/// pixels changes by a sixteenth of their noise; an edge of a hundred levels that moves by a quarter of a
/// pixel changes it as much as this.
const STILL: f32 = 1.5;

/// A frame at a fraction of its size: the mean colors of its blocks.
#[derive(Debug, Clone)]
pub struct Thumbnail {
    columns: usize,
    /// Red, green, blue of each block, row by row.
    blocks: Vec<[f32; 3]>,
}

impl Thumbnail {
    /// A thumbnail for comparing the surroundings of pixels.
    #[must_use]
    pub fn fine(picture: &RgbImage) -> Self {
        Self::new(picture, BLOCK)
    }

    /// A thumbnail for detecting changes.
    #[must_use]
    pub fn coarse(picture: &RgbImage) -> Self {
        Self::new(picture, STILL_BLOCK)
    }

    fn new(picture: &RgbImage, side: u32) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let side = side as usize;
        let columns = width.div_ceil(side);
        let rows: Vec<Vec<[f32; 3]>> = picture
            .par_chunks(width * 3 * side)
            .map(|rows| {
                let mut sums = vec![[0_u32; 3]; columns];
                for row in rows.chunks_exact(width * 3) {
                    for (sum, pixels) in sums.iter_mut().zip(row.chunks(side * 3)) {
                        for pixel in pixels.as_chunks::<3>().0 {
                            for (sum, channel) in sum.iter_mut().zip(pixel) {
                                *sum += u32::from(*channel);
                            }
                        }
                    }
                }
                let lines = rows.len() / (width * 3);
                let mean = |(column, sum): (usize, [u32; 3])| {
                    let pixels = lines * side.min(width - column * side);
                    sum.map(|sum| sum as f32 / pixels as f32)
                };
                sums.into_iter().enumerate().map(mean).collect()
            })
            .collect();
        debug_assert_eq!(rows.len(), height.div_ceil(side));
        Self { columns, blocks: rows.concat() }
    }

    /// The largest difference of the channels, for each block.
    fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = f32> + 'a {
        self.blocks.iter().zip(&other.blocks).map(|(ours, theirs)| {
            ours.iter().zip(theirs).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max)
        })
    }

    /// Whether another frame shows another scene.
    #[must_use]
    pub fn is_cut(&self, other: &Self) -> bool {
        if self.blocks.len() != other.blocks.len() {
            return true;
        }
        self.differences(other).sum::<f32>() > CUT * self.blocks.len() as f32
    }

    /// Whether the frame has hardly changed. Use it with [`Self::coarse`] thumbnails.
    #[must_use]
    pub fn is_still(&self, other: &Self) -> bool {
        self.blocks.len() == other.blocks.len()
            && self.differences(other).all(|difference| difference < STILL)
    }
}

/// A frame and its matte, as a neighbor of another frame.
#[derive(Debug, Clone, Copy)]
pub struct Neighbor<'a> {
    /// A thumbnail from [`Thumbnail::fine`].
    pub thumb: &'a Thumbnail,
    /// The network's matte, at the size of the frame.
    pub alpha: &'a GrayImage,
}

/// Smooths the matte of the frame at `place` in `window` by the other frames. The window must not cross a
/// cut.
///
/// # Panics
/// If sizes differ, or there is no frame at `place`.
#[must_use]
pub fn smooth(window: &[Neighbor<'_>], place: usize) -> GrayImage {
    let this = window[place];
    let (width, height) = this.alpha.dimensions();
    let others: Vec<(Vec<f32>, &[u8])> = window
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != place)
        .map(|(_, other)| {
            assert_eq!(other.alpha.dimensions(), (width, height), "one size. This is a bug.");
            let weights = this.thumb.differences(other.thumb);
            let weights = weights.map(|difference| (-(difference / TOLERANCE).powi(2)).exp()).collect();
            (weights, other.alpha.as_raw().as_slice())
        })
        .collect();
    let columns = this.thumb.columns;
    let row_length = width as usize;
    let mut result = this.alpha.clone();
    result.par_chunks_exact_mut(row_length).enumerate().for_each(|(y, row)| {
        let blocks = y / BLOCK as usize * columns;
        let start = y * row_length;
        for (x, value) in row.iter_mut().enumerate() {
            let own = *value;
            // Nearly every pixel is the same in all frames.
            if others.iter().all(|(_, alpha)| alpha[start + x] == own) {
                continue;
            }
            let block = blocks + x / BLOCK as usize;
            let (mut sum, mut weight) = (f32::from(own), 1.0);
            for (weights, alpha) in &others {
                sum += weights[block] * f32::from(alpha[start + x]);
                weight += weights[block];
            }
            *value = (sum / weight).round() as u8;
        }
    });
    result
}

/// Mean absolute difference of two mattes, in levels: the measure of flicker on a static clip.
///
/// # Panics
/// If sizes differ.
#[must_use]
pub fn flicker(before: &GrayImage, after: &GrayImage) -> f64 {
    assert_eq!(before.dimensions(), after.dimensions(), "frames of one video. This is a bug.");
    let sum: u64 = before.as_raw().iter().zip(after.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / before.as_raw().len() as f64
}

#[cfg(test)]
mod tests {
    use image::{Luma, Rgb};

    use super::*;

    /// A disc at `x` on a background with noise, and its matte with noise at the edge.
    fn frame(x: f32, seed: u32) -> (RgbImage, GrayImage) {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
        let mut noise = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as f32 / 255.0 - 0.5
        };
        let (mut picture, mut alpha) = (RgbImage::new(96, 64), GrayImage::new(96, 64));
        for (column, row, pixel) in picture.enumerate_pixels_mut() {
            let distance = (column as f32 - x).hypot(row as f32 - 32.0) - 16.0;
            let inside = (0.5 - distance / 4.0).clamp(0.0, 1.0);
            let level = |from: f32, to: f32, noise: f32| (from + (to - from) * inside + noise * 8.0) as u8;
            *pixel =
                Rgb([level(40.0, 220.0, noise()), level(90.0, 60.0, noise()), level(160.0, 50.0, noise())]);
            let soft = if inside > 0.0 && inside < 1.0 { noise() * 80.0 } else { 0.0 };
            alpha.put_pixel(column, row, Luma([(inside * 255.0 + soft).clamp(0.0, 255.0) as u8]));
        }
        (picture, alpha)
    }

    fn smooth_all(frames: &[(RgbImage, GrayImage)]) -> Vec<GrayImage> {
        let thumbs: Vec<Thumbnail> = frames.iter().map(|(picture, _)| Thumbnail::fine(picture)).collect();
        let all: Vec<Neighbor<'_>> =
            frames.iter().zip(&thumbs).map(|((_, alpha), thumb)| Neighbor { thumb, alpha }).collect();
        (0..all.len())
            .map(|at| {
                let from = at.saturating_sub(REACH);
                smooth(&all[from..(at + REACH + 1).min(all.len())], at - from)
            })
            .collect()
    }

    fn mean_flicker(mattes: &[GrayImage]) -> f64 {
        mattes.windows(2).map(|pair| flicker(&pair[0], &pair[1])).sum::<f64>() / (mattes.len() - 1) as f64
    }

    #[test]
    fn smoothing_cuts_the_flicker_of_a_static_clip_to_a_third() {
        let frames: Vec<_> = (0..12).map(|seed| frame(48.0, seed)).collect();
        let raw: Vec<GrayImage> = frames.iter().map(|(_, alpha)| alpha.clone()).collect();
        let (before, after) = (mean_flicker(&raw), mean_flicker(&smooth_all(&frames)));
        println!("flicker: {before:.3} levels before, {after:.3} after");
        assert!(after < before / 3.0, "{before} became {after}");
    }

    #[test]
    fn a_moving_edge_does_not_lag() {
        let frames: Vec<_> = (0..12).map(|step| frame(20.0 + 4.0 * step as f32, step)).collect();
        let smoothed = smooth_all(&frames);
        for ((_, raw), smoothed) in frames.iter().zip(&smoothed) {
            // Center of gravity along x.
            let center = |alpha: &GrayImage| {
                let (mut sum, mut weight) = (0.0, 0.0);
                for (x, _, Luma([value])) in alpha.enumerate_pixels() {
                    sum += f64::from(x) * f64::from(*value);
                    weight += f64::from(*value);
                }
                sum / weight
            };
            let lag = (center(raw) - center(smoothed)).abs();
            assert!(lag < 0.1, "{lag} pixels");
            assert!(flicker(raw, smoothed) < 1.0, "{}", flicker(raw, smoothed));
        }
    }

    #[test]
    fn noise_is_still_and_a_step_is_not() {
        let thumb = |x, seed| Thumbnail::coarse(&frame(x, seed).0);
        assert!(thumb(48.0, 1).is_still(&thumb(48.0, 2)));
        assert!(!thumb(48.0, 1).is_still(&thumb(49.0, 2)));
        assert!(!thumb(48.0, 1).is_cut(&thumb(60.0, 2)));
        let other = Thumbnail::coarse(&RgbImage::from_pixel(96, 64, Rgb([250; 3])));
        assert!(thumb(48.0, 1).is_cut(&other));
    }
}
