//! High dynamic range and wide gamut → sRGB for videos and images, with a small tone map of our own: FFmpeg's filters
//! for it need a library (zimg) that a small build does not need otherwise.
//!
//! Light is scaled so that the white of standard pictures is 1 (203 cd/m² in PQ and HLG, ITU-R BT.2408).
//! Brighter light is compressed by its largest channel, so hues stay. BT.2020 primaries are converted to
//! those of sRGB, and colors outside the gamut are clipped.

use image::RgbImage;
use rayon::prelude::*;

/// A transfer function that is not close to that of sRGB. The primaries are those of BT.2020.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// SMPTE ST 2084 (PQ): absolute luminance.
    Pq,
    /// ARIB STD-B67 (HLG): relative to a display of 1,000 cd/m².
    Hlg,
    /// Standard dynamic range in BT.2020's wide gamut.
    Wide,
}

/// Luminance of diffuse white, in cd/m².
const WHITE: f32 = 203.0;
/// Peak luminance of the display for which HLG is mastered, in cd/m².
const HLG_PEAK: f32 = 1000.0;
/// Light below this is not compressed.
const KNEE: f32 = 0.5;
/// Steps of the tables: 12 bits, more than common videos have.
const STEPS: usize = 4096;

/// Lookup tables for one transfer function.
pub struct ToneMap {
    light: Transfer,
    to_linear: Vec<f32>,
    /// From the square root of light to sRGB. The square root spreads the steps as perception does.
    to_srgb: Vec<u8>,
}

impl ToneMap {
    /// Fills the tables.
    #[must_use]
    pub fn new(light: Transfer) -> Self {
        let decode = match light {
            Transfer::Pq => |value: f32| pq_luminance(value) / WHITE,
            Transfer::Hlg => hlg_scene,
            Transfer::Wide => srgb_linear,
        };
        Self {
            light,
            to_linear: (0..STEPS).map(|step| decode(step as f32 / (STEPS - 1) as f32)).collect(),
            to_srgb: (0..STEPS)
                .map(|step| (srgb_encoded((step as f32 / (STEPS - 1) as f32).powi(2)) * 255.0).round() as u8)
                .collect(),
        }
    }

    /// The transfer function of the tables.
    #[must_use]
    pub fn light(&self) -> Transfer {
        self.light
    }

    /// Converts rows of 16-bit RGB in native byte order, `stride` bytes apart, to 8-bit sRGB.
    #[must_use]
    pub fn apply(&self, data: &[u8], stride: usize, (width, height): (u32, u32)) -> RgbImage {
        let mut picture = RgbImage::new(width, height);
        let rows = picture.par_chunks_exact_mut(width as usize * 3).zip(data.par_chunks(stride));
        rows.for_each(|(row, samples)| {
            for (pixel, words) in row.as_chunks_mut::<3>().0.iter_mut().zip(samples.as_chunks::<6>().0) {
                let [r0, r1, g0, g1, b0, b1] = *words;
                let step = |low, high| usize::from(u16::from_ne_bytes([low, high])) >> 4;
                *pixel = self.pixel([step(r0, r1), step(g0, g1), step(b0, b1)]);
            }
        });
        picture
    }

    fn pixel(&self, steps: [usize; 3]) -> [u8; 3] {
        let mut light = steps.map(|step| self.to_linear[step]);
        match self.light {
            Transfer::Pq => roll_off(&mut light),
            Transfer::Hlg => {
                // BT.2100: the display's gamma applies to luminance.
                let luminance = 0.2627 * light[0] + 0.678 * light[1] + 0.0593 * light[2];
                let gain = luminance.max(1e-6).powf(0.2) * HLG_PEAK / WHITE;
                light = light.map(|channel| channel * gain);
                roll_off(&mut light);
            }
            Transfer::Wide => {}
        }
        let [r, g, b] = light;
        // BT.2087, inverted for linear light.
        [
            1.6605 * r - 0.5876 * g - 0.0728 * b,
            -0.1246 * r + 1.1329 * g - 0.0083 * b,
            -0.0182 * r - 0.1006 * g + 1.1187 * b,
        ]
        .map(|channel| self.to_srgb[(channel.clamp(0.0, 1.0).sqrt() * (STEPS - 1) as f32 + 0.5) as usize])
    }
}

/// Compresses all light above the knee to below 1, with a smooth transition.
fn roll_off(light: &mut [f32; 3]) {
    let largest = light.iter().copied().fold(0.0, f32::max);
    if largest > KNEE {
        let room = 1.0 - KNEE;
        let squeezed = KNEE + room * (1.0 - (-(largest - KNEE) / room).exp());
        for channel in light {
            *channel *= squeezed / largest;
        }
    }
}

/// SMPTE ST 2084, in cd/m².
fn pq_luminance(value: f32) -> f32 {
    const M1: f32 = 2610.0 / 16384.0;
    const M2: f32 = 2523.0 / 4096.0 * 128.0;
    const C1: f32 = 3424.0 / 4096.0;
    const C2: f32 = 2413.0 / 4096.0 * 32.0;
    const C3: f32 = 2392.0 / 4096.0 * 32.0;
    let root = value.powf(1.0 / M2);
    10_000.0 * ((root - C1).max(0.0) / (C2 - C3 * root)).powf(1.0 / M1)
}

/// ARIB STD-B67, scene light from 0 to 1.
fn hlg_scene(value: f32) -> f32 {
    const A: f32 = 0.178_832_77;
    const B: f32 = 0.284_668_92;
    const C: f32 = 0.559_910_7;
    if value <= 0.5 { value * value / 3.0 } else { (((value - C) / A).exp() + B) / 12.0 }
}

fn srgb_linear(value: f32) -> f32 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn srgb_encoded(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(map: &ToneMap, value: f32) -> [u8; 3] {
        map.pixel([(value * (STEPS - 1) as f32).round() as usize; 3])
    }

    #[test]
    fn diffuse_white_stays_bright_and_highlights_are_not_clipped() {
        // 203 cd/m² is 58 % in PQ and 75 % in HLG (BT.2408).
        for (light, white) in [(Transfer::Pq, 0.58), (Transfer::Hlg, 0.75)] {
            let map = ToneMap::new(light);
            let [r, g, b] = gray(&map, white);
            assert!(r == g && g == b, "gray stays gray");
            assert!((220..=245).contains(&r), "{light:?}: {r}");
            assert!(gray(&map, 1.0)[0] > r, "{light:?}: highlights differ from white");
            assert_eq!(gray(&map, 0.0), [0; 3]);
        }
    }

    #[test]
    fn ordinary_light_in_a_wide_gamut_keeps_its_grays() {
        let map = ToneMap::new(Transfer::Wide);
        for value in [0, 1, 16, 128, 200, 255] {
            let [r, ..] = gray(&map, value as f32 / 255.0);
            assert!(r.abs_diff(value) <= 1, "{value} became {r}");
        }
    }
}
