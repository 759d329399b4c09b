//! Multi-level foreground estimation (Germer, Uelwer, Conrad, Harmeling, "Fast Multi-Level
//! Foreground Estimation", arXiv:2006.14970).
//!
//! A soft pixel is a mix of subject and background: `I = α F + (1 − α) B`. If it keeps its color, the old
//! background shows as a halo. F and B are estimated so that they explain the picture and change little from
//! pixel to pixel where alpha changes little, by minimizing
//!
//! ```text
//! Σ over pixels i and channels:  (αᵢ Fᵢ + (1 − αᵢ) Bᵢ − Iᵢ)²
//!   + Σ over neighbors j:       (δ + ω |αᵢ − αⱼ|) ((Fᵢ − Fⱼ)² + (Bᵢ − Bⱼ)²)
//! ```
//!
//! from the coarsest level of a pyramid to the finest; each level starts from the result of the one before.
//!
//! Difference from the paper: only coarse levels are solved everywhere. On fine levels only soft pixels are
//! unknown, because F is the picture where alpha is 1 and is never visible where alpha is 0. Soft pixels and
//! their direct neighbors are stored in sparse rows, in strips that are solved in parallel. A 12-megapixel
//! picture has a few percent of soft pixels, so this saves most of the time and memory.

use image::{GrayImage, RgbImage};
use rayon::prelude::*;

/// δ: weight of smooth colors where alpha does not change.
const REGULARIZATION: f32 = 1e-5;
/// ω: weight of smooth colors along changes of alpha.
const GRADIENT_WEIGHT: f32 = 0.1;
/// Levels up to this side are solved in many rounds, which spread colors over long distances.
const SMALL_SIDE: usize = 32;
const ROUNDS_SMALL: usize = 10;
const ROUNDS: usize = 2;
/// The finest level has most of the pixels and the smallest remaining error: a second round would take a
/// fifth of the time and remove a twentieth of the error.
const ROUNDS_FINEST: usize = 1;
/// Levels up to this many pixels are solved everywhere, finer ones only at soft pixels.
const DENSE_PIXELS: usize = 128 * 128;
/// Pixels of a row that are tested together in the search for soft ones.
const STRIDE: usize = 64;

/// Scales a byte to 0…1.
const UNIT: f32 = 1.0 / 255.0;

type Color = [f32; 3];

/// Replaces the colors of soft pixels (0 < alpha < 255) by estimated foreground colors. `strength` 0 leaves
/// the picture unchanged, 1 uses the estimate. Opaque and transparent pixels keep every bit.
///
/// # Panics
/// When picture and matte differ in size.
pub fn estimate(picture: &mut RgbImage, alpha: &GrayImage, strength: f32) {
    assert_eq!(picture.dimensions(), alpha.dimensions(), "picture and matte have one size. This is a bug.");
    let strength = strength.clamp(0.0, 1.0);
    if strength == 0.0 || !alpha.as_raw().iter().any(|&alpha| is_soft(alpha)) {
        return;
    }
    let finest = solve_pyramid(picture, alpha);
    let width = picture.width() as usize;
    let rows = picture.par_chunks_exact_mut(width * 3).enumerate();
    rows.for_each(|(y, pixels)| {
        let pixels = pixels.as_chunks_mut::<3>().0;
        for cell in finest.row(y).iter().filter(|cell| cell.unknown) {
            for (value, estimate) in pixels[cell.column as usize].iter_mut().zip(cell.foreground) {
                let mixed = f32::from(*value) * (1.0 - strength) + estimate * 255.0 * strength;
                *value = mixed.round() as u8;
            }
        }
    });
}

fn is_soft(alpha: u8) -> bool {
    alpha != 0 && alpha != 255
}

/// Picture and matte at one level: every 2ⁿ-th pixel, not the mean of all. A mean would mix subject and
/// background at sharp edges, and they could not be separated again.
struct Layer<'a> {
    pixels: &'a [[u8; 3]],
    alphas: &'a [u8],
    /// Width and height of the full picture.
    full: (usize, usize),
    /// n of 2ⁿ.
    shift: u32,
    width: usize,
    height: usize,
    /// 1 for pixels that cover a soft pixel of the full picture.
    soft: Vec<u8>,
}

impl<'a> Layer<'a> {
    fn finest(picture: &'a RgbImage, alpha: &'a GrayImage) -> Self {
        let (width, height) = (alpha.width() as usize, alpha.height() as usize);
        Self {
            pixels: picture.as_chunks::<3>().0,
            alphas: alpha.as_raw(),
            full: (width, height),
            shift: 0,
            width,
            height,
            soft: alpha.as_raw().iter().map(|&alpha| u8::from(is_soft(alpha))).collect(),
        }
    }

    fn halved(&self) -> Self {
        let mut soft = Vec::with_capacity(self.soft.len() / 4 + self.width);
        for rows in self.soft.chunks(2 * self.width) {
            // The last row and column of an odd size have no partner.
            let (upper, lower) = rows.split_at(self.width);
            let lower = if lower.is_empty() { upper } else { lower };
            let pairs = upper.chunks(2).zip(lower.chunks(2));
            soft.extend(
                pairs.map(|(upper, lower)| upper.iter().chain(lower).fold(0, |any, soft| any | soft)),
            );
        }
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        Self { shift: self.shift + 1, width, height, soft, ..*self }
    }

    /// The position of a level's pixel in the picture: the middle of the pixels that it covers.
    fn place(&self, x: usize, y: usize) -> usize {
        let middle = (1 << self.shift) >> 1;
        let (width, height) = self.full;
        let along = |at: usize, length: usize| ((at << self.shift) + middle).min(length - 1);
        along(y, height) * width + along(x, width)
    }

    /// A cell with the colors of its parent; known colors come from the picture.
    fn cell(&self, x: usize, y: usize, unknown: bool, parent: &Cell) -> Cell {
        let place = self.place(x, y);
        let (color, alpha) = (self.color(place), self.alphas[place]);
        Cell {
            column: x as u32,
            unknown,
            color,
            alpha: f32::from(alpha) * UNIT,
            foreground: if alpha == 255 { color } else { parent.foreground },
            background: if alpha == 0 { color } else { parent.background },
        }
    }

    fn color(&self, place: usize) -> Color {
        self.pixels[place].map(|value| f32::from(value) * UNIT)
    }
}

/// A pixel that is solved, or that is a neighbor of one.
#[derive(Clone, Copy)]
struct Cell {
    column: u32,
    /// Soft pixels are unknown; on dense levels every pixel is.
    unknown: bool,
    /// The picture's color.
    color: Color,
    alpha: f32,
    foreground: Color,
    background: Color,
}

/// Sparse rows of a level. Strips are built and solved in parallel on all cores.
struct Strip {
    /// Start of each row in `cells`, and the end of the last row.
    starts: Vec<usize>,
    cells: Vec<Cell>,
}

/// All rows of a level.
struct Level {
    width: usize,
    height: usize,
    strips: Vec<Strip>,
}

impl Level {
    /// Rows of a strip. The division changes the last digits of the result, so it must not depend on the
    /// number of cores.
    const ROWS: usize = 64;

    fn row(&self, y: usize) -> &[Cell] {
        self.strips[y / Self::ROWS].row(y % Self::ROWS)
    }

    /// Builds a level and starts it with the colors of the level before.
    fn start_from(coarse: &Self, layer: &Layer<'_>, dense: bool) -> Self {
        let (width, height) = (layer.width, layer.height);
        let strips = (0..height.div_ceil(Self::ROWS))
            .into_par_iter()
            .map(|index| {
                let rows = index * Self::ROWS..((index + 1) * Self::ROWS).min(height);
                Strip::start_from(coarse, layer, dense, rows)
            })
            .collect();
        Self { width, height, strips }
    }

    /// One round of Gauss-Seidel, in reading order within each strip; across strips it uses the values of the
    /// round before.
    fn relax(&mut self) {
        let borders: Vec<[Vec<Cell>; 2]> = self
            .strips
            .iter()
            .map(|strip| [strip.row(0).to_vec(), strip.row(strip.rows() - 1).to_vec()])
            .collect();
        self.strips.par_iter_mut().enumerate().for_each(|(index, strip)| {
            let above = index.checked_sub(1).map_or(&[][..], |above| &borders[above][1]);
            let below = borders.get(index + 1).map_or(&[][..], |below| &below[0]);
            strip.relax(above, below);
        });
    }
}

impl Strip {
    fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    fn row(&self, row: usize) -> &[Cell] {
        &self.cells[self.starts[row]..self.starts[row + 1]]
    }

    fn start_from(coarse: &Level, layer: &Layer<'_>, dense: bool, rows: std::ops::Range<usize>) -> Self {
        let width = layer.width;
        let mut strip = Self { starts: Vec::with_capacity(rows.len() + 1), cells: Vec::new() };
        let soft_row = |y: usize| &layer.soft[y * width..(y + 1) * width];
        for y in rows {
            strip.starts.push(strip.cells.len());
            let mut parents = coarse.row((y / 2).min(coarse.height - 1)).iter().peekable();
            let (above, here, below) =
                (soft_row(y.saturating_sub(1)), soft_row(y), soft_row((y + 1).min(layer.height - 1)));
            for start in (0..width).step_by(STRIDE) {
                let end = (start + STRIDE).min(width);
                // Most parts of most rows are far from any soft pixel.
                let near = start.saturating_sub(1)..(end + 1).min(width);
                let soft = |row: &[u8]| row.iter().fold(0, |any, soft| any | soft) != 0;
                if !dense && !soft(&here[near]) && !soft(&above[start..end]) && !soft(&below[start..end]) {
                    continue;
                }
                for x in start..end {
                    let unknown = dense || here[x] != 0;
                    let beside = here[x.saturating_sub(1)] | here[(x + 1).min(width - 1)];
                    if unknown || (above[x] | below[x] | beside) != 0 {
                        let column = (x / 2).min(coarse.width - 1) as u32;
                        while parents.next_if(|parent| parent.column < column).is_some() {}
                        let parent = parents.peek().expect("every soft pixel has a parent. This is a bug.");
                        strip.cells.push(layer.cell(x, y, unknown, parent));
                    }
                }
            }
        }
        strip.starts.push(strip.cells.len());
        strip
    }

    fn relax(&mut self, above: &[Cell], below: &[Cell]) {
        for row in 0..self.rows() {
            let (start, end) = (self.starts[row], self.starts[row + 1]);
            let (before, rest) = self.cells.split_at_mut(start);
            let (current, after) = rest.split_at_mut(end - start);
            let above = if row == 0 { above } else { &before[self.starts[row - 1]..] };
            let below = self.starts.get(row + 2).map_or(below, |next| &after[..next - end]);
            relax_row(current, above, below);
        }
    }
}

/// Solves the unknown pixels of a row, each from the current values of its four neighbors.
fn relax_row(row: &mut [Cell], above: &[Cell], below: &[Cell]) {
    let (mut finger_above, mut finger_below) = (0, 0);
    for at in 0..row.len() {
        let Cell { column, unknown, alpha, color, .. } = row[at];
        if !unknown {
            continue;
        }
        let neighbors = [
            at.checked_sub(1).map(|left| &row[left]).filter(|cell| cell.column + 1 == column),
            row.get(at + 1).filter(|cell| cell.column == column + 1),
            find(above, &mut finger_above, column),
            find(below, &mut finger_below, column),
        ];
        let (mut held, mut foreground, mut background) = (0.0, [0.0; 3], [0.0; 3]);
        for neighbor in neighbors.into_iter().flatten() {
            let weight = REGULARIZATION + GRADIENT_WEIGHT * (alpha - neighbor.alpha).abs();
            held += weight;
            for channel in 0..3 {
                foreground[channel] += weight * neighbor.foreground[channel];
                background[channel] += weight * neighbor.background[channel];
            }
        }
        // A pixel without neighbors: one equation does not determine two colors.
        if held == 0.0 {
            continue;
        }
        // There are two equations in F and B for each channel; the matrix is the same for all three.
        let rest = 1.0 - alpha;
        let (a, b, d) = (alpha * alpha + held, alpha * rest, rest * rest + held);
        let inverse = 1.0 / (a * d - b * b);
        let cell = &mut row[at];
        for channel in 0..3 {
            let f = alpha * color[channel] + foreground[channel];
            let g = rest * color[channel] + background[channel];
            cell.foreground[channel] = ((d * f - b * g) * inverse).clamp(0.0, 1.0);
            cell.background[channel] = ((a * g - b * f) * inverse).clamp(0.0, 1.0);
        }
    }
}

/// Finds the cell of a column in a sorted row; `cursor` only moves forward.
fn find<'a>(row: &'a [Cell], cursor: &mut usize, column: u32) -> Option<&'a Cell> {
    while row.get(*cursor).is_some_and(|cell| cell.column < column) {
        *cursor += 1;
    }
    row.get(*cursor).filter(|cell| cell.column == column)
}

fn solve_pyramid(picture: &RgbImage, alpha: &GrayImage) -> Level {
    let mut layers = vec![Layer::finest(picture, alpha)];
    while let Some(layer) = layers.last().filter(|layer| layer.width.max(layer.height) > 1) {
        let half = layer.halved();
        layers.push(half);
    }
    let sample = layers.iter().find(|layer| layer.width * layer.height <= DENSE_PIXELS);
    let mut level = coarsest(sample.expect("the last layer has one pixel. This is a bug."));
    while let Some(layer) = layers.pop() {
        let mut finer = Level::start_from(&level, &layer, layer.width * layer.height <= DENSE_PIXELS);
        let rounds = match layer.width.max(layer.height) {
            _ if layer.shift == 0 => ROUNDS_FINEST,
            ..=SMALL_SIDE => ROUNDS_SMALL,
            _ => ROUNDS,
        };
        for _ in 0..rounds {
            finer.relax();
        }
        level = finer;
    }
    level
}

/// One pixel with the mean colors of certain subject and certain background in a sample.
fn coarsest(sample: &Layer<'_>) -> Level {
    let mean = |wanted: fn(u8) -> bool| -> Color {
        let (mut sum, mut count) = ([0.0; 3], 0.0_f32);
        for y in 0..sample.height {
            for place in
                (0..sample.width).map(|x| sample.place(x, y)).filter(|&place| wanted(sample.alphas[place]))
            {
                count += 1.0;
                sum.iter_mut().zip(sample.color(place)).for_each(|(sum, value)| *sum += value);
            }
        }
        sum.map(|sum| sum / count.max(1.0))
    };
    let cell = Cell {
        column: 0,
        unknown: true,
        color: [0.0; 3],
        alpha: 0.5,
        foreground: mean(|alpha| alpha > 229),
        background: mean(|alpha| alpha < 26),
    };
    Level { width: 1, height: 1, strips: vec![Strip { starts: vec![0, 1], cells: vec![cell] }] }
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

    /// Mean error against the true colors over soft pixels, weighted by how visible they are.
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
    fn the_old_background_is_removed_from_the_edge() {
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
    fn strength_scales_the_effect() {
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
