//! Multi-level foreground estimation (Germer, Uelwer, Conrad, Harmeling, "Fast Multi-Level
//! Foreground Estimation", arXiv:2006.14970).
//!
//! A soft pixel shows subject and background mixed: `I = α F + (1 − α) B`. Cut out as it is, it
//! carries the old background along as a halo. F and B are found so that they explain the picture
//! and change little from pixel to pixel where alpha changes little, by minimising
//!
//! ```text
//! Σ over pixels i and channels:  (αᵢ Fᵢ + (1 − αᵢ) Bᵢ − Iᵢ)²
//!   + Σ over neighbours j:       (δ + ω |αᵢ − αⱼ|) ((Fᵢ − Fⱼ)² + (Bᵢ − Bⱼ)²)
//! ```
//!
//! from the coarsest level of a pyramid to the finest, each level starting from the one before.
//!
//! What differs from the paper: only coarse levels are solved everywhere. On fine levels only soft
//! pixels are unknown, because F *is* the picture where alpha is 1 and is never seen where alpha is
//! 0; they and their direct neighbours are kept in sparse rows. A 12-megapixel picture has a few per
//! cent of soft pixels, and that is what it costs, in time and in memory.

use std::borrow::Cow;

use image::{GrayImage, RgbImage};
use sansfond_imaging::resize;

/// δ: how strongly colours are held together where alpha does not change.
const REGULARIZATION: f32 = 1e-5;
/// ω: how strongly colours are held together along changes of alpha.
const GRADIENT_WEIGHT: f32 = 1.0;
/// Levels up to this side are solved with many rounds: they spread colours over long distances.
const SMALL_SIDE: u32 = 32;
const ROUNDS_SMALL: usize = 10;
const ROUNDS: usize = 2;
/// Levels up to this many pixels are solved everywhere, finer ones at soft pixels only.
const DENSE_PIXELS: u32 = 128 * 128;
/// Pixels of a row that are looked at together when soft ones are searched.
const STRIDE: usize = 64;

type Color = [f32; 3];

/// Replaces the colours of soft pixels (0 < alpha < 255) by the subject's own. `strength` 0 leaves
/// the picture as it is, 1 takes the estimate. Opaque and transparent pixels keep every bit.
///
/// # Panics
/// When picture and matte differ in size.
pub fn estimate(picture: &mut RgbImage, alpha: &GrayImage, strength: f32) {
    assert_eq!(picture.dimensions(), alpha.dimensions(), "picture and matte belong together. This is a bug.");
    let strength = strength.clamp(0.0, 1.0);
    if strength == 0.0 || !alpha.as_raw().iter().any(|&alpha| is_soft(alpha)) {
        return;
    }
    let finest = solve_pyramid(picture, alpha);
    let width = picture.width() as usize;
    let pixels = picture.as_chunks_mut::<3>().0;
    for y in 0..finest.height {
        for at in finest.row(y) {
            if finest.unknown[at] {
                let pixel = &mut pixels[y * width + finest.columns[at] as usize];
                for (value, estimate) in pixel.iter_mut().zip(finest.foreground[at]) {
                    let mixed =
                        f32::from(*value) * (1.0 - strength) + estimate.clamp(0.0, 1.0) * 255.0 * strength;
                    *value = mixed.round() as u8;
                }
            }
        }
    }
}

fn is_soft(alpha: u8) -> bool {
    alpha != 0 && alpha != 255
}

/// Picture and matte at one level.
struct Layer<'a> {
    picture: Cow<'a, RgbImage>,
    alpha: Cow<'a, GrayImage>,
    /// 1 for pixels that are soft themselves or have a soft pixel below them.
    soft: Vec<u8>,
}

impl Layer<'_> {
    fn halved(&self) -> Layer<'static> {
        let (picture, (alpha, soft)) = rayon::join(
            || resize::halve_rgb(&self.picture),
            || (resize::halve_gray(&self.alpha), self.halved_soft()),
        );
        Layer { picture: Cow::Owned(picture), alpha: Cow::Owned(alpha), soft }
    }

    fn halved_soft(&self) -> Vec<u8> {
        let width = self.alpha.width() as usize;
        let mut half = Vec::with_capacity(self.soft.len() / 4 + width);
        for rows in self.soft.chunks(2 * width) {
            // The last row and column of an odd size stand for themselves.
            let (upper, lower) = rows.split_at(width);
            let lower = if lower.is_empty() { upper } else { lower };
            let pairs = upper.chunks(2).zip(lower.chunks(2));
            half.extend(
                pairs.map(|(upper, lower)| upper.iter().chain(lower).fold(0, |any, soft| any | soft)),
            );
        }
        half
    }
}

/// The unknowns of one level in sparse rows: soft pixels, which are solved, and their neighbours,
/// which are only read. On dense levels that is every pixel.
struct Level {
    width: usize,
    height: usize,
    /// Where each row starts in the arrays below, and the end of the last.
    starts: Vec<usize>,
    columns: Vec<u32>,
    unknown: Vec<bool>,
    foreground: Vec<Color>,
    background: Vec<Color>,
}

impl Level {
    fn row(&self, y: usize) -> std::ops::Range<usize> {
        self.starts[y]..self.starts[y + 1]
    }

    /// An empty level with a place for every pixel that is solved or read.
    fn laid_out(layer: &Layer<'_>, dense: bool) -> Self {
        let (width, height) = (layer.alpha.width() as usize, layer.alpha.height() as usize);
        let mut level = Self {
            width,
            height,
            starts: Vec::with_capacity(height + 1),
            columns: Vec::new(),
            unknown: Vec::new(),
            foreground: Vec::new(),
            background: Vec::new(),
        };
        let soft_row = |y: usize| &layer.soft[y * width..(y + 1) * width];
        for y in 0..height {
            level.starts.push(level.columns.len());
            let (above, here, below) =
                (soft_row(y.saturating_sub(1)), soft_row(y), soft_row((y + 1).min(height - 1)));
            for start in (0..width).step_by(STRIDE) {
                let end = (start + STRIDE).min(width);
                // Most stretches of most rows are far from any soft pixel.
                let near = start.saturating_sub(1)..(end + 1).min(width);
                let soft = |row: &[u8]| row.iter().fold(0, |any, soft| any | soft) != 0;
                if !dense && !soft(&here[near]) && !soft(&above[start..end]) && !soft(&below[start..end]) {
                    continue;
                }
                for x in start..end {
                    let solved = dense || here[x] != 0;
                    let beside = here[x.saturating_sub(1)] | here[(x + 1).min(width - 1)];
                    if solved || (above[x] | below[x] | beside) != 0 {
                        level.columns.push(x as u32);
                        level.unknown.push(solved);
                    }
                }
            }
        }
        level.starts.push(level.columns.len());
        level
    }

    /// Takes colours from the level before; what is known is set to the picture.
    fn start_from(&mut self, coarse: &Self, layer: &Layer<'_>) {
        self.foreground.reserve_exact(self.columns.len());
        self.background.reserve_exact(self.columns.len());
        let pixels = layer.picture.as_chunks::<3>().0;
        for y in 0..self.height {
            let parents = coarse.row((y / 2).min(coarse.height - 1));
            let mut parent = parents.start;
            for at in self.row(y) {
                let column = (self.columns[at] / 2).min(coarse.width as u32 - 1);
                while parent + 1 < parents.end && coarse.columns[parent] < column {
                    parent += 1;
                }
                let place = y * self.width + self.columns[at] as usize;
                let color = pixels[place].map(|value| f32::from(value) / 255.0);
                let alpha = layer.alpha.as_raw()[place];
                self.foreground.push(if alpha == 255 { color } else { coarse.foreground[parent] });
                self.background.push(if alpha == 0 { color } else { coarse.background[parent] });
            }
        }
    }

    /// One round of Gauss-Seidel over the unknowns, in reading order.
    fn relax(&mut self, layer: &Layer<'_>) {
        let pixels = layer.picture.as_chunks::<3>().0;
        let alphas = layer.alpha.as_raw();
        for y in 0..self.height {
            let (mut above, mut below) = (
                Finger::new(self, y.checked_sub(1)),
                Finger::new(self, (y + 1 < self.height).then_some(y + 1)),
            );
            let row = self.row(y);
            for at in row.clone() {
                if !self.unknown[at] {
                    continue;
                }
                let column = self.columns[at];
                let place = y * self.width + column as usize;
                let neighbours = [
                    (at > row.start && self.columns[at - 1] + 1 == column).then(|| (at - 1, place - 1)),
                    (at + 1 < row.end && self.columns[at + 1] == column + 1).then(|| (at + 1, place + 1)),
                    above.find(&self.columns, column).map(|at| (at, place - self.width)),
                    below.find(&self.columns, column).map(|at| (at, place + self.width)),
                ];
                let alpha = f32::from(alphas[place]) / 255.0;
                let color = pixels[place].map(|value| f32::from(value) / 255.0);
                let (mut held, mut foreground, mut background) = (0.0, [0.0; 3], [0.0; 3]);
                for (neighbour, neighbour_place) in neighbours.into_iter().flatten() {
                    let change = (alpha - f32::from(alphas[neighbour_place]) / 255.0).abs();
                    let weight = REGULARIZATION + GRADIENT_WEIGHT * change;
                    held += weight;
                    for channel in 0..3 {
                        foreground[channel] += weight * self.foreground[neighbour][channel];
                        background[channel] += weight * self.background[neighbour][channel];
                    }
                }
                // A pixel without neighbours: one equation cannot give two colours.
                if held == 0.0 {
                    continue;
                }
                // Two equations in F and B for each channel; the matrix is the same for all three.
                let rest = 1.0 - alpha;
                let (a, b, d) = (alpha * alpha + held, alpha * rest, rest * rest + held);
                let inverse = 1.0 / (a * d - b * b);
                for channel in 0..3 {
                    let f = alpha * color[channel] + foreground[channel];
                    let g = rest * color[channel] + background[channel];
                    self.foreground[at][channel] = ((d * f - b * g) * inverse).clamp(0.0, 1.0);
                    self.background[at][channel] = ((a * g - b * f) * inverse).clamp(0.0, 1.0);
                }
            }
        }
    }
}

/// A place in a neighbouring row that only moves forward.
struct Finger {
    at: usize,
    end: usize,
}

impl Finger {
    fn new(level: &Level, row: Option<usize>) -> Self {
        let range = row.map_or(0..0, |row| level.row(row));
        Self { at: range.start, end: range.end }
    }

    fn find(&mut self, columns: &[u32], column: u32) -> Option<usize> {
        while self.at < self.end && columns[self.at] < column {
            self.at += 1;
        }
        (self.at < self.end && columns[self.at] == column).then_some(self.at)
    }
}

fn solve_pyramid(picture: &RgbImage, alpha: &GrayImage) -> Level {
    let mut layers = vec![Layer {
        picture: Cow::Borrowed(picture),
        alpha: Cow::Borrowed(alpha),
        soft: alpha.as_raw().iter().map(|&alpha| u8::from(is_soft(alpha))).collect(),
    }];
    while let Some(layer) = layers.last().filter(|layer| layer.alpha.width().max(layer.alpha.height()) > 1) {
        let half = layer.halved();
        layers.push(half);
    }
    let mut level = coarsest(picture, alpha);
    while let Some(layer) = layers.pop() {
        let (width, height) = layer.alpha.dimensions();
        let mut finer = Level::laid_out(&layer, width * height <= DENSE_PIXELS);
        finer.start_from(&level, &layer);
        let rounds = if width.max(height) <= SMALL_SIDE { ROUNDS_SMALL } else { ROUNDS };
        for _ in 0..rounds {
            finer.relax(&layer);
        }
        level = finer;
    }
    level
}

/// One pixel with the mean colours of what is surely subject and surely background.
fn coarsest(picture: &RgbImage, alpha: &GrayImage) -> Level {
    let mean = |wanted: fn(u8) -> bool| -> Color {
        let (mut sum, mut count) = ([0_u64; 3], 0_u64);
        for (pixel, &alpha) in picture.as_chunks::<3>().0.iter().zip(alpha.as_raw()) {
            if wanted(alpha) {
                count += 1;
                sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u64::from(*value));
            }
        }
        sum.map(|sum| sum as f32 / 255.0 / count.max(1) as f32)
    };
    Level {
        width: 1,
        height: 1,
        starts: vec![0, 1],
        columns: vec![0],
        unknown: vec![true],
        foreground: vec![mean(|alpha| alpha > 229)],
        background: vec![mean(|alpha| alpha < 26)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Luma, Rgb};

    /// A subject of smoothly changing reds with a wide soft edge, on smoothly changing blues.
    fn composite() -> (RgbImage, GrayImage, RgbImage) {
        let (width, height) = (301, 203);
        let subject =
            RgbImage::from_fn(width, height, |x, y| Rgb([200 + (x / 8) as u8, 40 + (y / 4) as u8, 60]));
        let behind =
            RgbImage::from_fn(width, height, |x, y| Rgb([20, 90 + (x / 4) as u8, 250 - (y / 2) as u8]));
        let alpha = GrayImage::from_fn(width, height, |x, y| {
            let distance = (x as f32 - 150.0).hypot(y as f32 - 100.0);
            Luma([((70.0 - distance) * 10.0 + 128.0).clamp(0.0, 255.0) as u8])
        });
        let mut picture = RgbImage::new(width, height);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let share = f32::from(alpha.get_pixel(x, y).0[0]) / 255.0;
            for channel in 0..3 {
                let (front, back) = (subject.get_pixel(x, y).0[channel], behind.get_pixel(x, y).0[channel]);
                pixel.0[channel] = (f32::from(front) * share + f32::from(back) * (1.0 - share)).round() as u8;
            }
        }
        (picture, alpha, subject)
    }

    /// Mean error against the true colours over soft pixels, weighted by how visible they are.
    fn error(found: &RgbImage, truth: &RgbImage, alpha: &GrayImage) -> f32 {
        let (mut sum, mut weight) = (0.0, 0.0);
        for ((found, truth), alpha) in found.pixels().zip(truth.pixels()).zip(alpha.as_raw()) {
            if is_soft(*alpha) {
                let share = f32::from(*alpha) / 255.0;
                let difference: u32 =
                    found.0.iter().zip(truth.0).map(|(a, b)| u32::from(a.abs_diff(b))).sum();
                sum += difference as f32 / 3.0 * share;
                weight += share;
            }
        }
        sum / weight
    }

    #[test]
    fn the_old_background_leaves_the_edge() {
        let (picture, alpha, truth) = composite();
        let mut cleaned = picture.clone();
        estimate(&mut cleaned, &alpha, 1.0);
        let (before, after) = (error(&picture, &truth, &alpha), error(&cleaned, &truth, &alpha));
        assert!(before > 20.0, "the test has a halo to remove: {before}");
        assert!(after < 3.0, "{after} left of {before}");
    }

    #[test]
    fn solid_pixels_keep_every_bit() {
        let (picture, alpha, _) = composite();
        let mut cleaned = picture.clone();
        estimate(&mut cleaned, &alpha, 1.0);
        for ((before, after), &alpha) in picture.pixels().zip(cleaned.pixels()).zip(alpha.as_raw()) {
            assert!(is_soft(alpha) || before == after);
        }
    }

    #[test]
    fn nearly_opaque_pixels_stay_nearly_as_they_are() {
        let (picture, _, _) = composite();
        let mut cleaned = picture.clone();
        estimate(&mut cleaned, &GrayImage::from_pixel(picture.width(), picture.height(), Luma([253])), 1.0);
        for (before, after) in picture.as_raw().iter().zip(cleaned.as_raw()) {
            assert!(before.abs_diff(*after) <= 6, "{before} became {after}");
        }
    }

    #[test]
    fn strength_goes_from_nothing_to_all() {
        let (picture, alpha, truth) = composite();
        let at = |strength: f32| {
            let mut cleaned = picture.clone();
            estimate(&mut cleaned, &alpha, strength);
            cleaned
        };
        assert!(at(0.0) == picture);
        let errors = [0.0, 0.5, 1.0].map(|strength| error(&at(strength), &truth, &alpha));
        assert!(errors[0] > errors[1] && errors[1] > errors[2], "{errors:?}");
    }

    #[test]
    fn odd_and_tiny_sizes_are_solved() {
        for (width, height) in [(1, 1), (1, 7), (2, 3), (33, 1), (17, 19)] {
            let mut picture = RgbImage::from_pixel(width, height, Rgb([90, 80, 70]));
            estimate(&mut picture, &GrayImage::from_pixel(width, height, Luma([100])), 1.0);
        }
    }
}
