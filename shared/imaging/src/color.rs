//! What the numbers of a file mean, and their conversion to 8-bit sRGB: one rule for every format and bit depth.
//!
//! `moxcms` converts by curves and a matrix, which is the case of cameras and screens: it is six times as fast as
//! Little CMS, and their results differ by at most two steps. Profiles with tables (CMYK, printers, scanners) are
//! converted by Little CMS, because only it compensates for the black point: without that, the black of
//! printed paper becomes dark gray.
//!
//! If a profile cannot be used, the pixels are left as they are: a picture in slightly wrong colors is better
//! than none, and browsers do the same. A profile that is equivalent to sRGB leaves every bit untouched.

use image::{DynamicImage, GrayImage, RgbImage};
use lcms2::{DisallowCache, Flags, GlobalContext, Intent, PixelFormat, Pod, Transform};
use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, RenderingIntent, ToneReprCurve, TransferCharacteristics, TransformOptions,
};
use rayon::prelude::*;

use crate::Picture;
use crate::hdr::{ToneMap, Transfer};

/// Pixels converted at a time: small enough for the cache.
const CHUNK: usize = 4096;

/// What the numbers of a file mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ColorSpace {
    /// Also the meaning of a file that does not say.
    Srgb,
    /// An ICC profile.
    Icc(Vec<u8>),
    /// The numbers of color primaries and transfer function in ITU-T H.273.
    CodePoints { primaries: u8, transfer: u8 },
    /// Light is a power of the numbers.
    Gamma {
        /// 1 for linear light.
        exponent: f32,
        /// x and y of white, red, green, blue; `None` for those of sRGB.
        chromaticities: Option<[(f32, f32); 4]>,
    },
}

/// The conversion from one color space.
enum Conversion {
    /// Curves and a matrix.
    Matrix(Box<ColorProfile>),
    /// A table, or CMYK.
    Table(lcms2::Profile),
    /// High dynamic range.
    Light(Transfer),
}

impl Conversion {
    /// `None` if the numbers are sRGB already, or if the profile is of no use.
    fn of(space: &ColorSpace) -> Option<Self> {
        match space {
            ColorSpace::Srgb => None,
            ColorSpace::Icc(profile) => Self::of_profile(profile),
            ColorSpace::CodePoints { transfer: 16, .. } => Some(Self::Light(Transfer::Pq)),
            ColorSpace::CodePoints { transfer: 18, .. } => Some(Self::Light(Transfer::Hlg)),
            ColorSpace::CodePoints { primaries, transfer } => {
                code_points(*primaries, *transfer).map(|profile| Self::Matrix(Box::new(profile)))
            }
            ColorSpace::Gamma { exponent, chromaticities } => {
                gamma(*exponent, *chromaticities).map(|profile| Self::Matrix(Box::new(profile)))
            }
        }
    }

    fn of_profile(icc: &[u8]) -> Option<Self> {
        if let Ok(profile) = ColorProfile::new_from_slice(icc)
            && matches!(profile.color_space, DataColorSpace::Rgb | DataColorSpace::Gray)
            && profile.lut_a_to_b_perceptual.is_none()
            && profile.lut_a_to_b_colorimetric.is_none()
        {
            return Some(Self::Matrix(Box::new(profile)));
        }
        lcms2::Profile::new_icc(icc)
            .inspect_err(|_| tracing::debug!("the ICC profile cannot be read; the picture is taken for sRGB"))
            .ok()
            .map(Self::Table)
    }
}

/// Splits color from alpha and converts the color. 16 bits are reduced after the conversion, so that a wide gamut
/// does not band.
pub(crate) fn to_srgb(picture: DynamicImage, space: &ColorSpace) -> Picture {
    let alpha = picture.color().has_alpha().then(|| alpha_of(&picture)).flatten();
    let size = (picture.width(), picture.height());
    let is_deep = picture.color().bytes_per_pixel() > picture.color().channel_count();
    let color = match Conversion::of(space) {
        Some(Conversion::Light(light)) => Some(tone_mapped(&picture, light)),
        Some(conversion) if is_deep => converted_16(picture.to_rgb16().as_raw(), &conversion),
        Some(conversion) => converted_8(picture.to_rgb8().as_raw(), &conversion),
        None => None,
    };
    let color = color
        .map(|samples| RgbImage::from_raw(size.0, size.1, samples).expect("3 values a pixel. This is a bug."))
        .unwrap_or_else(|| picture.into_rgb8());
    Picture { color, alpha }
}

/// Converts CMYK, 4 bytes a pixel with 255 for full ink, to RGB. Without a usable profile the inks
/// are multiplied, as viewers without color management do.
pub(crate) fn cmyk_to_srgb(inks: &[u8], icc: Option<&[u8]>) -> Vec<u8> {
    let inks = inks.as_chunks::<4>().0;
    if let Some(Conversion::Table(profile)) = icc.and_then(Conversion::of_profile)
        && profile.color_space() == lcms2::ColorSpaceSignature::CmykData
        && let Some(converted) = by_table(&profile, PixelFormat::CMYK_8, inks)
    {
        return converted;
    }
    let multiplied = inks.iter().map(|[c, m, y, k]| {
        let paper = 255 - u32::from(*k);
        [c, m, y].map(|ink| (((255 - u32::from(*ink)) * paper + 127) / 255) as u8)
    });
    multiplied.collect::<Vec<[u8; 3]>>().into_flattened()
}

fn tone_mapped(picture: &DynamicImage, light: Transfer) -> Vec<u8> {
    let deep = picture.to_rgb16();
    let bytes: Vec<u8> = deep.as_raw().iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    ToneMap::new(light).apply(&bytes, deep.width() as usize * 6, deep.dimensions()).into_raw()
}

/// `None` if the numbers stay as they are.
fn converted_8(samples: &[u8], conversion: &Conversion) -> Option<Vec<u8>> {
    match conversion {
        Conversion::Matrix(profile) => by_matrix_8(profile, samples),
        Conversion::Table(profile) => match profile.color_space() {
            lcms2::ColorSpaceSignature::RgbData => {
                by_table(profile, PixelFormat::RGB_8, samples.as_chunks::<3>().0)
            }
            lcms2::ColorSpaceSignature::GrayData => {
                by_table(profile, PixelFormat::GRAY_8, &first_channel(samples))
            }
            _ => None,
        },
        Conversion::Light(_) => None,
    }
}

/// As [`converted_8`].
fn converted_16(samples: &[u16], conversion: &Conversion) -> Option<Vec<u8>> {
    match conversion {
        Conversion::Matrix(profile) => by_matrix_16(profile, samples),
        Conversion::Table(profile) => match profile.color_space() {
            lcms2::ColorSpaceSignature::RgbData => {
                by_table(profile, PixelFormat::RGB_16, samples.as_chunks::<3>().0)
            }
            lcms2::ColorSpaceSignature::GrayData => {
                by_table(profile, PixelFormat::GRAY_16, &first_channel(samples))
            }
            _ => None,
        },
        Conversion::Light(_) => None,
    }
}

fn by_matrix_8(profile: &ColorProfile, samples: &[u8]) -> Option<Vec<u8>> {
    let srgb = ColorProfile::new_srgb();
    let is_gray = profile.color_space == DataColorSpace::Gray;
    let layout = if is_gray { Layout::Gray } else { Layout::Rgb };
    let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, options()).ok()?;
    if !is_gray && is_srgb(|from, to| transform.transform(from, to).is_ok()) {
        return None;
    }
    let mut converted = vec![0; samples.len()];
    converted.par_chunks_mut(CHUNK * 3).zip(samples.par_chunks(CHUNK * 3)).for_each(|(to, from)| {
        let done = if is_gray {
            transform.transform(&first_channel(from), to)
        } else {
            transform.transform(from, to)
        };
        done.expect("both sides have the same number of pixels. This is a bug.");
    });
    Some(converted)
}

fn by_matrix_16(profile: &ColorProfile, samples: &[u16]) -> Option<Vec<u8>> {
    let srgb = ColorProfile::new_srgb();
    let is_gray = profile.color_space == DataColorSpace::Gray;
    let layout = if is_gray { Layout::Gray } else { Layout::Rgb };
    let transform = profile.create_transform_16bit(layout, &srgb, Layout::Rgb, options()).ok()?;
    let mut converted = vec![0; samples.len()];
    converted.par_chunks_mut(CHUNK * 3).zip(samples.par_chunks(CHUNK * 3)).for_each(|(to, from)| {
        let mut deep = vec![0; from.len()];
        let done = if is_gray {
            transform.transform(&first_channel(from), &mut deep)
        } else {
            transform.transform(from, &mut deep)
        };
        done.expect("both sides have the same number of pixels. This is a bug.");
        for (to, value) in to.iter_mut().zip(deep) {
            *to = ((u32::from(value) + 128) / 257) as u8;
        }
    });
    Some(converted)
}

/// Relative colorimetric with black-point compensation, as Photoshop does it.
fn by_table<P: Pod + Sync>(profile: &lcms2::Profile, format: PixelFormat, pixels: &[P]) -> Option<Vec<u8>> {
    let transform = Transform::<P, [u8; 3], GlobalContext, DisallowCache>::new_flags_context(
        GlobalContext::new(),
        profile,
        format,
        &lcms2::Profile::new_srgb(),
        PixelFormat::RGB_8,
        Intent::RelativeColorimetric,
        Flags::NO_CACHE | Flags::BLACKPOINT_COMPENSATION,
    )
    .inspect_err(|_| tracing::debug!("the ICC profile cannot be converted; colors are left as they are"))
    .ok()?;
    let mut converted = vec![[0; 3]; pixels.len()];
    converted
        .par_chunks_mut(CHUNK)
        .zip(pixels.par_chunks(CHUNK))
        .for_each(|(to, from)| transform.transform_pixels(from, to));
    Some(converted.into_flattened())
}

fn first_channel<T: Copy>(samples: &[T]) -> Vec<T> {
    samples.as_chunks::<3>().0.iter().map(|pixel| pixel[0]).collect()
}

/// `None` if H.273 knows no such primaries or curve, or if the file leaves them unspecified.
fn code_points(primaries: u8, transfer: u8) -> Option<ColorProfile> {
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    profile.red_trc.is_some().then_some(profile)
}

/// `None` for sRGB's own exponent: 1/2.2 is what programs write that mean the curve of sRGB.
fn gamma(exponent: f32, chromaticities: Option<[(f32, f32); 4]>) -> Option<ColorProfile> {
    /// As libpng: differences that nobody sees.
    const THRESHOLD: f32 = 0.05;
    let mut profile = ColorProfile::new_srgb();
    let is_srgb_curve = (exponent / 2.2 - 1.0).abs() <= THRESHOLD;
    if is_srgb_curve && chromaticities.is_none() {
        return None;
    }
    if let Some(points) = chromaticities {
        // A side of the triangle has a length, and no light is darker than black.
        if points.iter().any(|(x, y)| !(0.0..=1.0).contains(x) || !(0.001..=1.0).contains(y)) {
            return None;
        }
        let [white, red, green, blue] = points.map(|(x, y)| Chromaticity::new(x, y));
        profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    }
    if !is_srgb_curve {
        let curve = ToneReprCurve::Parametric(vec![exponent]);
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
        profile.cicp = None;
    }
    Some(profile)
}

fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        ..TransformOptions::default()
    }
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

/// The alpha channel, or `None` when it is 255 everywhere.
fn alpha_of(picture: &DynamicImage) -> Option<GrayImage> {
    let rgba = picture.to_rgba8();
    let alpha: Vec<u8> = rgba.as_chunks::<4>().0.iter().map(|pixel| pixel[3]).collect();
    if alpha.iter().all(|&alpha| alpha == 255) {
        return None;
    }
    GrayImage::from_raw(picture.width(), picture.height(), alpha)
}
