//! A picture's own transparency: what was cut out before stays as it is, and cutting out twice changes nothing.
//!
//! A pixel that is partly transparent in the file has the color of its subject already, and its alpha says how much of
//! the pixel the subject covers. The network sees the picture over white, where such a pixel is a mix of subject and
//! white, so its matte is the pixel's own alpha times the share of it that belongs to the subject. Faint pixels are
//! invisible to the network, so connected soft pixels stay together: if nearly all belong to the subject, all of them
//! keep their alpha. Otherwise, as for a half-transparent backdrop, the share is that of the neighborhood.

use std::borrow::Cow;

use image::{GrayImage, RgbImage, imageops};
use sansfond_imaging::Picture;

use super::foreground;
use crate::{RecipeStyle, subjects};

/// What the network sees: the picture over white, because colors under transparent pixels are often garbage. A picture
/// that is partly transparent everywhere, as a faded one, is made opaque where it is most opaque.
pub(crate) fn as_network_input(picture: &Picture) -> Cow<'_, RgbImage> {
    let strongest = picture.alpha.as_ref().map_or(255, strongest);
    if matches!(strongest, 0 | 255) {
        return picture.over_white();
    }
    let alpha = picture.alpha.as_ref().map(|own| as_opaque(own, strongest));
    let opaque = Picture { color: picture.color.clone(), alpha };
    Cow::Owned(opaque.over_white().into_owned())
}

/// Turns the network's matte into the alpha of the result. rembg multiplies both.
pub(crate) fn keep(matte: &mut GrayImage, own: &GrayImage, style: RecipeStyle) {
    if style == RecipeStyle::Rembg {
        for (alpha, own) in matte.as_mut().iter_mut().zip(own.as_raw()) {
            *alpha = scaled(*alpha, *own, 255);
        }
        return;
    }
    let strongest = strongest(own).max(1);
    let opaque = as_opaque(own, strongest);
    let around = |alpha: &GrayImage| imageops::fast_blur(alpha, reach(alpha.dimensions()));
    let (matte_around, own_around) = (around(matte), around(&opaque));
    let groups = SoftGroups::find(matte, &opaque);
    for (x, y, pixel) in matte.enumerate_pixels_mut() {
        let own = own.get_pixel(x, y).0[0];
        let neighborhood = (matte_around.get_pixel(x, y).0[0], own_around.get_pixel(x, y).0[0]);
        pixel.0[0] = match (own, neighborhood) {
            (0, _) => 0,
            (1.., _) if groups.stay(x, y) => own,
            // Nothing was cut out around this pixel.
            (1.., (_, 255)) if groups.is_cutout => scaled(pixel.0[0], strongest, 128).min(own),
            (1.., (_, 255)) => scaled(pixel.0[0], strongest, 255).min(own),
            (1.., (_, 0)) => scaled(pixel.0[0], own, 255),
            (1.., (matte_around, own_around)) => {
                let share = f32::from(matte_around) / f32::from(own_around);
                (f32::from(own) * decided(share)).round() as u8
            }
        };
    }
}

/// Connected soft pixels.
struct SoftGroups {
    labels: Vec<u16>,
    /// Size of the grid of labels.
    size: (u32, u32),
    /// Size of the picture.
    full: (u32, u32),
    /// Whether nine tenths of a group belong to the subject, by label. In cutouts it is 97 % and more, in vignettes around a
    /// photo a half.
    stay: Vec<bool>,
    /// Whether nine tenths of all soft pixels belong to the subject. Then its opaque pixels were found before, and the
    /// network's second answer, which is never exactly the first one, counts only if it says "background".
    is_cutout: bool,
}

impl SoftGroups {
    /// Longer side of the grid.
    const WORKING_SIDE: u32 = 1024;

    fn find(matte: &GrayImage, own: &GrayImage) -> Self {
        let full = own.dimensions();
        let factor = (Self::WORKING_SIDE as f32 / full.0.max(full.1) as f32).min(1.0);
        let side = |side: u32| ((side as f32 * factor).round() as u32).max(1);
        let size = (side(full.0), side(full.1));
        let mut groups = Self { labels: Vec::new(), size, full, stay: Vec::new(), is_cutout: false };
        let mut soft = GrayImage::new(size.0, size.1);
        for (x, y, own) in own.enumerate_pixels().filter(|(.., own)| is_soft(own.0[0])) {
            let (column, row) = groups.cell(x, y);
            soft.put_pixel(column, row, *own);
        }
        soft.as_mut().iter_mut().filter(|own| **own > 0).for_each(|own| *own = 255);
        let (labels, areas) = subjects::connected(&soft);
        groups.labels = labels;
        let mut sums = vec![(0_u64, 0_u64); areas.len() + 1];
        for (x, y, own) in own.enumerate_pixels().filter(|(.., own)| is_soft(own.0[0])) {
            let (of_matte, of_own) = &mut sums[groups.label(x, y)];
            *of_matte += u64::from(matte.get_pixel(x, y).0[0].min(own.0[0]));
            *of_own += u64::from(own.0[0]);
        }
        groups.is_cutout = nearly_all(sums.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)));
        groups.stay = sums.into_iter().map(nearly_all).collect();
        groups.stay[0] = false;
        groups
    }

    fn cell(&self, x: u32, y: u32) -> (u32, u32) {
        let scaled = |at: u32, to: u32, from: u32| (u64::from(at) * u64::from(to) / u64::from(from)) as u32;
        (scaled(x, self.size.0, self.full.0), scaled(y, self.size.1, self.full.1))
    }

    fn label(&self, x: u32, y: u32) -> usize {
        let (column, row) = self.cell(x, y);
        usize::from(self.labels[row as usize * self.size.0 as usize + column as usize])
    }

    /// Whether a pixel is next to a group that stays or in one.
    fn stay(&self, x: u32, y: u32) -> bool {
        self.stay[self.label(x, y)]
    }
}

fn nearly_all((of_matte, of_own): (u64, u64)) -> bool {
    10 * of_matte > 9 * of_own
}

fn is_soft(alpha: u8) -> bool {
    (1..255).contains(&alpha)
}

/// Standard deviation of the neighborhood, in pixels.
fn reach((width, height): (u32, u32)) -> f32 {
    (width.max(height) as f32 / 128.0).max(2.0)
}

/// The share of what was cut out before that stays: all or nothing, except for shares near one half.
fn decided(share: f32) -> f32 {
    (share * 2.0 - 0.5).clamp(0.0, 1.0)
}

/// Replaces the colors of soft pixels, unless they were soft in the file: those are not mixed with a background.
pub(crate) fn estimate_foreground(
    color: &mut RgbImage,
    alpha: &GrayImage,
    own: Option<&GrayImage>,
    strength: f32,
) {
    let Some(own) = own else { return foreground::estimate(color, alpha, strength) };
    let mut mixed = alpha.clone();
    for (alpha, own) in mixed.as_mut().iter_mut().zip(own.as_raw()) {
        if is_soft(*own) {
            *alpha = if *alpha == 0 { 0 } else { 255 };
        }
    }
    foreground::estimate(color, &mixed, strength);
}

/// Scales alpha so that the most opaque pixel becomes opaque.
fn as_opaque(own: &GrayImage, strongest: u8) -> GrayImage {
    let mut alpha = own.clone();
    alpha.as_mut().iter_mut().for_each(|alpha| *alpha = scaled(*alpha, 255, strongest));
    alpha
}

fn strongest(alpha: &GrayImage) -> u8 {
    alpha.as_raw().iter().copied().max().unwrap_or(255)
}

/// `value × by / of`, rounded.
fn scaled(value: u8, by: u8, of: u8) -> u8 {
    ((u32::from(value) * u32::from(by) + u32::from(of) / 2) / u32::from(of)).min(255) as u8
}
