//! ICC profiles → sRGB, by `moxcms`.
//!
//! If a profile cannot be used, the pixels are left as they are: a picture in slightly wrong colors is better
//! than none, and browsers do the same. A profile that is equivalent to sRGB leaves every bit untouched.

use image::{ImageBuffer, Rgb, RgbImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, RenderingIntent, TransformOptions};
use rayon::prelude::*;

/// Values converted at a time: small enough for the cache, and a multiple of 3.
const CHUNK: usize = 3 * 4096;

/// Converts interleaved 8-bit RGB in place. A gray profile reads the first channel.
pub(crate) fn rgb8_to_srgb(pixels: &mut [u8], icc: &[u8]) {
    let Some(profile) = parse(icc) else { return };
    let (layout, channels) = match profile.color_space {
        DataColorSpace::Rgb => (Layout::Rgb, 3),
        DataColorSpace::Gray => (Layout::Gray, 1),
        _ => return,
    };
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, options(&profile)) else {
        tracing::debug!("the ICC profile cannot be converted to sRGB; colors are left as they are");
        return;
    };
    if channels == 3 && is_srgb(|from, to| transform.transform(from, to).is_ok()) {
        return;
    }
    pixels.par_chunks_mut(CHUNK).for_each(|chunk| {
        let source: Vec<u8> = if channels == 3 {
            chunk.to_vec()
        } else {
            chunk.as_chunks::<3>().0.iter().map(|pixel| pixel[0]).collect()
        };
        transform
            .transform(&source, chunk)
            .expect("both sides have the same number of pixels. This is a bug.");
    });
}

/// Converts 16-bit RGB and rounds it to 8 bits.
pub(crate) fn rgb16_to_srgb(pixels: &ImageBuffer<Rgb<u16>, Vec<u16>>, icc: &[u8]) -> RgbImage {
    let (width, height) = pixels.dimensions();
    let mut converted = pixels.as_raw().clone();
    if let Some(profile) = parse(icc)
        && profile.color_space == DataColorSpace::Rgb
        && let Ok(transform) = profile.create_transform_16bit(
            Layout::Rgb,
            &ColorProfile::new_srgb(),
            Layout::Rgb,
            options(&profile),
        )
    {
        converted.par_chunks_mut(CHUNK).for_each(|chunk| {
            let source = chunk.to_vec();
            transform
                .transform(&source, chunk)
                .expect("both sides have the same number of pixels. This is a bug.");
        });
    }
    let reduced = converted.into_iter().map(|value| ((u32::from(value) + 128) / 257) as u8).collect();
    RgbImage::from_raw(width, height, reduced).expect("three values a pixel. This is a bug.")
}

/// Converts CMYK, 4 bytes a pixel with 255 for full ink, to RGB. Without a usable profile the inks
/// are multiplied, as viewers without color management do.
pub(crate) fn cmyk_to_srgb(inks: &[u8], icc: Option<&[u8]>) -> Vec<u8> {
    let mut rgb = vec![0; inks.len() / 4 * 3];
    if let Some(profile) = icc.and_then(parse)
        && profile.color_space == DataColorSpace::Cmyk
        && let Ok(transform) = profile.create_transform_8bit(
            Layout::Rgba,
            &ColorProfile::new_srgb(),
            Layout::Rgb,
            options(&profile),
        )
    {
        rgb.par_chunks_mut(CHUNK).zip(inks.par_chunks(CHUNK / 3 * 4)).for_each(|(rgb, inks)| {
            transform
                .transform(inks, rgb)
                .expect("both sides have the same number of pixels. This is a bug.");
        });
        return rgb;
    }
    for (rgb, [c, m, y, k]) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(inks.as_chunks::<4>().0) {
        let paper = 255 - u32::from(*k);
        *rgb = [c, m, y].map(|ink| (((255 - u32::from(*ink)) * paper + 127) / 255) as u8);
    }
    rgb
}

fn parse(icc: &[u8]) -> Option<ColorProfile> {
    ColorProfile::new_from_slice(icc)
        .inspect_err(
            |error| tracing::debug!(%error, "the ICC profile cannot be read; the picture is taken for sRGB"),
        )
        .ok()
}

/// Relative colorimetric between screens; perceptual from print, because its gamut has a different shape.
fn options(profile: &ColorProfile) -> TransformOptions {
    let rendering_intent = match profile.color_space {
        DataColorSpace::Cmyk => RenderingIntent::Perceptual,
        _ => RenderingIntent::RelativeColorimetric,
    };
    TransformOptions { rendering_intent, ..TransformOptions::default() }
}

/// Whether a transform moves no color of a coarse lattice by more than one step: there are dozens of
/// variants of profiles named sRGB, so the name is not sufficient.
fn is_srgb(transform: impl Fn(&[u8], &mut [u8]) -> bool) -> bool {
    const STEPS: [u8; 9] = [0, 32, 64, 96, 128, 160, 192, 224, 255];
    let mut lattice = Vec::with_capacity(STEPS.len().pow(3) * 3);
    for r in STEPS {
        for g in STEPS {
            for b in STEPS {
                lattice.extend([r, g, b]);
            }
        }
    }
    let mut moved = vec![0; lattice.len()];
    transform(&lattice, &mut moved) && lattice.iter().zip(&moved).all(|(a, b)| a.abs_diff(*b) <= 1)
}
