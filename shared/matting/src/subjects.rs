//! The separate subjects of a matte: connected parts, each with its box and its area.

use image::GrayImage;
use sansfond_imaging::{Rect, resize};

/// Longer side at which parts are labeled; more detail is not needed.
const WORKING_SIDE: u32 = 1024;
/// Minimum alpha of the solid part of a subject.
const SOLID: u8 = 128;
/// Parts smaller than this share of the picture are not subjects.
const SMALLEST_SHARE: f32 = 0.0005;

/// One connected part of a matte.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The box around all visible pixels of the subject, in pixels of the picture.
    pub bounds: Rect,
    /// The share of the picture that its solid part covers, 0 to 1.
    pub area: f32,
    /// The label of its pixels in [`Subjects::label_at`].
    label: u16,
}

/// All subjects of a matte, the largest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Subjects {
    /// The subjects, the largest first.
    pub list: Vec<Subject>,
    labels: Vec<u16>,
    size: (u32, u32),
}

impl Subjects {
    /// Finds the connected parts. Soft pixels belong to the nearest solid part.
    #[must_use]
    pub fn find(matte: &GrayImage) -> Self {
        let (width, height) = matte.dimensions();
        let factor = (WORKING_SIDE as f32 / width.max(height) as f32).min(1.0);
        let side = |side: u32| ((side as f32 * factor).round() as u32).max(1);
        let size = (side(width), side(height));
        let small = resize::resize_gray(matte, size.0, size.1);
        let (mut labels, areas) = connected(&small);
        spread(&small, &mut labels);

        let all = (size.0 * size.1) as f32;
        // A picture with nothing but small parts still has one subject.
        let largest = areas.iter().copied().max().unwrap_or_default() as f32 / all;
        let mut found = Self { list: Vec::new(), labels, size };
        for (index, area) in areas.into_iter().enumerate() {
            let (label, area) = (index as u16 + 1, area as f32 / all);
            if (area >= SMALLEST_SHARE || area == largest)
                && let Some(bounds) = Rect::around(&found.matte_of(label, matte))
            {
                found.list.push(Subject { bounds, area, label });
            }
        }
        found.list.sort_by(|a, b| b.area.total_cmp(&a.area));
        found
    }

    /// Returns the matte of one subject.
    #[must_use]
    pub fn only(&self, subject: &Subject, matte: &GrayImage) -> GrayImage {
        self.matte_of(subject.label, matte)
    }

    fn matte_of(&self, label: u16, matte: &GrayImage) -> GrayImage {
        let mut alone = matte.clone();
        for (x, y, pixel) in alone.enumerate_pixels_mut() {
            if pixel.0[0] != 0 && self.label_at(x, y, matte.dimensions()) != label {
                pixel.0[0] = 0;
            }
        }
        alone
    }

    /// The label of a pixel of the picture; 0 means that it belongs to no subject.
    fn label_at(&self, x: u32, y: u32, (width, height): (u32, u32)) -> u16 {
        let column = u64::from(x) * u64::from(self.size.0) / u64::from(width);
        let row = u64::from(y) * u64::from(self.size.1) / u64::from(height);
        self.labels[(row * u64::from(self.size.0) + column) as usize]
    }
}

/// Labels the solid pixels by their eight neighbors, and counts them. Labels start at 1.
pub(crate) fn connected(matte: &GrayImage) -> (Vec<u16>, Vec<u32>) {
    let mut labels = vec![0_u16; (matte.width() * matte.height()) as usize];
    let mut areas = Vec::new();
    let mut pending = Vec::new();
    for start in 0..labels.len() {
        if labels[start] != 0 || matte.as_raw()[start] < SOLID || areas.len() >= usize::from(u16::MAX) - 1 {
            continue;
        }
        let label = areas.len() as u16 + 1;
        let mut area = 0;
        labels[start] = label;
        pending.push(start);
        while let Some(at) = pending.pop() {
            area += 1;
            for next in neighbors(at, matte.dimensions()) {
                if labels[next] == 0 && matte.as_raw()[next] >= SOLID {
                    labels[next] = label;
                    pending.push(next);
                }
            }
        }
        areas.push(area);
    }
    (labels, areas)
}

/// Gives every soft pixel the label of the nearest labeled one, in growing rings. The rings also cross fully
/// transparent pixels, so hair that is separated from its head by a faint gap is kept.
fn spread(matte: &GrayImage, labels: &mut [u16]) {
    let mut ring: Vec<usize> = (0..labels.len()).filter(|&at| labels[at] != 0).collect();
    while !ring.is_empty() {
        let mut next_ring = Vec::new();
        for at in ring {
            for next in neighbors(at, matte.dimensions()) {
                if labels[next] == 0 {
                    labels[next] = labels[at];
                    next_ring.push(next);
                }
            }
        }
        ring = next_ring;
    }
}

fn neighbors(at: usize, (width, height): (u32, u32)) -> impl Iterator<Item = usize> {
    let (width, height) = (width as usize, height as usize);
    let (x, y) = (at % width, at / width);
    let (rows, columns) = (y.saturating_sub(1)..(y + 2).min(height), x.saturating_sub(1)..(x + 2).min(width));
    rows.flat_map(move |row| columns.clone().map(move |column| row * width + column))
        .filter(move |&next| next != at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    /// Two discs with soft edges, the right one larger, and a speck.
    fn two_discs(width: u32) -> GrayImage {
        let unit = width as f32 / 100.0;
        GrayImage::from_fn(width, width / 2, |x, y| {
            let (x, y) = (x as f32 / unit, y as f32 / unit);
            let disc = |cx: f32, cy: f32, radius: f32| (radius - (x - cx).hypot(y - cy)) * 100.0 + 128.0;
            let alpha = disc(25.0, 25.0, 10.0).max(disc(70.0, 25.0, 20.0)).max(disc(50.0, 3.0, 0.6));
            Luma([alpha.clamp(0.0, 255.0) as u8])
        })
    }

    #[test]
    fn subjects_are_listed_by_size_without_specks() {
        for width in [400, 3000] {
            let matte = two_discs(width);
            let subjects = Subjects::find(&matte);
            assert_eq!(subjects.list.len(), 2, "{width}");
            let [large, small] = &subjects.list[..] else { panic!("two") };
            assert!((large.area - 0.2513).abs() < 0.01 && (small.area - 0.0628).abs() < 0.005, "{width}");
            let left = small.bounds.left as f32 / width as f32;
            assert!((left - 0.14).abs() < 0.015, "{width}: {left}");
        }
    }

    #[test]
    fn the_mattes_of_all_subjects_add_up() {
        let mut matte = two_discs(400);
        // The speck belongs to no subject.
        for y in 0..30 {
            for x in 190..210 {
                matte.put_pixel(x, y, Luma([0]));
            }
        }
        let subjects = Subjects::find(&matte);
        let mattes: Vec<_> = subjects.list.iter().map(|subject| subjects.only(subject, &matte)).collect();
        for (index, &alpha) in matte.as_raw().iter().enumerate() {
            let sum: u32 = mattes.iter().map(|matte| u32::from(matte.as_raw()[index])).sum();
            assert_eq!(sum, u32::from(alpha));
        }
    }

    #[test]
    fn an_empty_matte_has_no_subject() {
        assert!(Subjects::find(&GrayImage::new(50, 50)).list.is_empty());
    }
}
