//! The background of a video: drawn once if it stands still, for each frame if it is the video itself,
//! out of focus.

use image::{GrayImage, RgbImage, RgbaImage};
use rayon::prelude::*;
use sansfond_imaging::{Background, Composition, Cutout, compose};

use super::bleed;

/// What stands behind the subject, at the size of the frames.
pub(super) struct Canvas(Behind);

enum Behind {
    Nothing,
    /// Opaque and always the same.
    Still(RgbImage),
    /// See-through, or different for each frame.
    Drawn(Box<Composition>),
}

impl Canvas {
    pub(super) fn new(background: &Background, (width, height): (u32, u32)) -> Self {
        let composition = Composition { background: background.clone(), ..Composition::default() };
        match background {
            Background::Transparent => Self(Behind::Nothing),
            Background::Blur(_) => Self(Behind::Drawn(Box::new(composition))),
            Background::Color(_) | Background::Gradient(_) | Background::Picture(_) => {
                // Drawn behind nobody.
                let nobody =
                    Cutout { color: RgbImage::new(width, height), alpha: GrayImage::new(width, height) };
                let drawn = compose(&nobody, &composition, false).image;
                let is_opaque = drawn.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255);
                Self(if is_opaque {
                    Behind::Still(opaque(&drawn))
                } else {
                    Behind::Drawn(Box::new(composition))
                })
            }
        }
    }

    /// Straight colours and alpha, for formats that have alpha. Colours under transparent pixels are
    /// such that lossy encoders do no harm to the edge, and tell nothing of what was there.
    pub(super) fn with_alpha(&self, cutout: Cutout) -> (RgbImage, GrayImage) {
        match &self.0 {
            Behind::Nothing => {
                let Cutout { mut color, alpha } = cutout;
                bleed::hide_and_bleed(&mut color, &alpha);
                (color, alpha)
            }
            Behind::Still(behind) => {
                let alpha = GrayImage::from_pixel(behind.width(), behind.height(), image::Luma([255]));
                (over(&cutout, behind), alpha)
            }
            Behind::Drawn(composition) => {
                let drawn = compose(&cutout, composition, false).image;
                let mut alpha = GrayImage::new(drawn.width(), drawn.height());
                for (alpha, pixel) in alpha.iter_mut().zip(drawn.as_chunks::<4>().0) {
                    *alpha = pixel[3];
                }
                let mut color = opaque(&drawn);
                bleed::hide_and_bleed(&mut color, &alpha);
                (color, alpha)
            }
        }
    }

    /// Colours for formats without alpha; what is still transparent becomes white, as in a JPEG.
    pub(super) fn flat(&self, cutout: Cutout) -> RgbImage {
        match &self.0 {
            Behind::Nothing => {
                let white =
                    RgbImage::from_pixel(cutout.color.width(), cutout.color.height(), image::Rgb([255; 3]));
                over(&cutout, &white)
            }
            Behind::Still(behind) => over(&cutout, behind),
            Behind::Drawn(composition) => {
                let drawn = compose(&cutout, composition, false).image;
                let mut flat = opaque(&drawn);
                for (pixel, from) in flat.as_chunks_mut::<3>().0.iter_mut().zip(drawn.as_chunks::<4>().0) {
                    for channel in pixel {
                        *channel = mix(255, *channel, from[3]);
                    }
                }
                flat
            }
        }
    }

    /// Whether nothing stands behind the subject.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.0, Behind::Nothing)
    }
}

/// The subject over something opaque.
fn over(cutout: &Cutout, behind: &RgbImage) -> RgbImage {
    let mut result = behind.clone();
    let row = behind.width() as usize;
    result
        .par_chunks_exact_mut(row * 3)
        .zip(cutout.color.par_chunks_exact(row * 3))
        .zip(cutout.alpha.par_chunks_exact(row))
        .for_each(|((below, above), alpha)| {
            for ((below, above), alpha) in
                below.as_chunks_mut::<3>().0.iter_mut().zip(above.as_chunks::<3>().0).zip(alpha)
            {
                match alpha {
                    0 => {}
                    255 => *below = *above,
                    alpha => {
                        *below = std::array::from_fn(|channel| mix(below[channel], above[channel], *alpha))
                    }
                }
            }
        });
    result
}

fn mix(below: u8, above: u8, alpha: u8) -> u8 {
    let sum = u32::from(above) * u32::from(alpha) + u32::from(below) * (255 - u32::from(alpha));
    ((sum + 127) / 255) as u8
}

fn opaque(image: &RgbaImage) -> RgbImage {
    let mut colors = RgbImage::new(image.width(), image.height());
    for (color, [r, g, b, _]) in colors.as_chunks_mut::<3>().0.iter_mut().zip(image.as_chunks::<4>().0) {
        *color = [*r, *g, *b];
    }
    colors
}
