//! Pixels → tensor → matte, the same three steps for most networks.
//!
//! There are two styles because two details of rembg change the results: it divides by the picture's
//! brightest value, and it rounds the matte to 8 bits before enlarging it. [`RecipeStyle::Sansfond`] does not round, and
//! divides a still picture by its white point, which a few bright pixels do not change: networks are trained on
//! well-exposed photographs, and find holes in the subject of a dark one. The frames of a video are divided by 255,
//! because a white point of each frame would make the matte flicker.

use image::{GrayImage, RgbImage};
use sansfond_imaging::resize;

use crate::Matte;
use crate::catalog::{Activation, Input, InputSize, Output};
use crate::matte::to_byte;
use crate::session::Tensor;

/// The details of pre- and postprocessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RecipeStyle {
    /// Keeps full precision up to the last step.
    #[default]
    Sansfond,
    /// The same numbers as rembg 2.0, for comparisons and for migration.
    Rembg,
}

/// A network's input, and the pixels that it was made from.
pub(crate) struct Prepared {
    /// `[1, 3, height, width]`.
    pub(crate) tensor: Tensor,
    /// The picture at the network's size, which guides refinement.
    pub(crate) guide: RgbImage,
}

/// The value that becomes 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum White {
    /// 255.
    Full,
    /// The value that puts the white point, which only [`ABOVE_WHITE`] of the picture's pixels exceed, at [`USUAL_WHITE`].
    Point,
    /// The brightest value of the picture.
    Brightest,
}

/// The share of pixels that may be brighter than the white point: reflections and lamps.
const ABOVE_WHITE: f32 = 0.005;
/// Where the white point of a well-exposed photograph is. Brighter pictures stay as they are.
const USUAL_WHITE: f32 = 0.9;
/// The darkest white point. A picture without light is black, not a picture in bad light.
const DARKEST_WHITE: u8 = 48;

impl White {
    fn of(self, picture: &RgbImage) -> f32 {
        match self {
            Self::Full => 255.0,
            Self::Point => (f32::from(white_point(picture)) / USUAL_WHITE).min(255.0),
            Self::Brightest => f32::from(picture.as_raw().iter().copied().max().unwrap_or(255)).max(1e-6),
        }
    }
}

fn white_point(picture: &RgbImage) -> u8 {
    let mut counts = [0_u32; 256];
    for [r, g, b] in picture.as_chunks::<3>().0 {
        counts[usize::from(*r.max(g).max(b))] += 1;
    }
    let mut brighter = (picture.width() as f32 * picture.height() as f32 * ABOVE_WHITE) as u32;
    for value in (DARKEST_WHITE..=255).rev() {
        let count = counts[usize::from(value)];
        if count > brighter {
            return value;
        }
        brighter -= count;
    }
    DARKEST_WHITE
}

/// Resizes and normalizes a picture.
pub(crate) fn prepare(picture: &RgbImage, input: &Input, white: White) -> Prepared {
    let (width, height) = network_size(input.size, picture.dimensions());
    let guide = resize::resize_rgb(picture, width, height);
    let scale = white.of(&guide);
    let pixels = guide.as_chunks::<3>().0;
    let mut data = Vec::with_capacity(pixels.len() * 3);
    for channel in 0..3 {
        let (mean, std) = (input.mean[channel], input.std[channel]);
        let table: [f32; 256] = std::array::from_fn(|value| ((value as f32 / scale).min(1.0) - mean) / std);
        data.extend(pixels.iter().map(|pixel| table[usize::from(pixel[channel])]));
    }
    Prepared { tensor: Tensor { shape: vec![1, 3, height as usize, width as usize], data }, guide }
}

fn network_size(size: InputSize, (width, height): (u32, u32)) -> (u32, u32) {
    match size {
        InputSize::Squash([width, height]) => (width, height),
        InputSize::ShortSide(short) => {
            let factor = short as f32 / width.min(height) as f32;
            // The longer side is limited to four times the shorter one, so that a panorama does not take
            // unlimited memory.
            let side =
                |side: u32| ((side as f32 * factor / 32.0).round() as u32 * 32).clamp(32, short.max(32) * 4);
            (side(width), side(height))
        }
        InputSize::AtMost(longest) => {
            let factor = (longest as f32 / width.max(height) as f32).min(1.0);
            let side = |side: u32| ((side as f32 * factor).round() as u32).max(1);
            (side(width), side(height))
        }
    }
}

/// Converts the first plane of a network's first output.
///
/// # Errors
/// The shape, if it is not `[…, height, width]` with at least one plane.
pub(crate) fn finish(tensor: Tensor, output: &Output) -> Result<Matte, Vec<usize>> {
    let [.., height, width] = tensor.shape[..] else { return Err(tensor.shape) };
    let area = width * height;
    if area == 0 || tensor.data.len() < area {
        return Err(tensor.shape);
    }
    let mut values = tensor.data;
    values.truncate(area);
    // A NaN would spread through all later filters.
    values.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = 0.0);
    match output.activation {
        Activation::None => {}
        Activation::Sigmoid => values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp())),
    }
    let matte = Matte::new(width as u32, height as u32, values);
    Ok(if output.min_max { matte.stretched() } else { matte })
}

/// Scales the matte to the picture's size by Lanczos; `style` decides when it is rounded to 8 bits.
pub(crate) fn enlarge(matte: &Matte, (width, height): (u32, u32), style: RecipeStyle) -> GrayImage {
    let bytes = match style {
        RecipeStyle::Rembg => {
            let small = matte.values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0) as u8).collect();
            let small = GrayImage::from_raw(matte.width, matte.height, small);
            return resize::resize_gray(&small.expect("one value a pixel. This is a bug."), width, height);
        }
        RecipeStyle::Sansfond => resize::resize_f32(&matte.values, matte.size(), (width, height)),
    };
    let rounded = bytes.into_iter().map(to_byte).collect();
    GrayImage::from_raw(width, height, rounded).expect("one value a pixel. This is a bug.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    const IMAGENET: Input =
        Input { size: InputSize::Squash([32, 32]), mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

    #[test]
    fn channels_become_planes_normalized_separately() {
        let picture = RgbImage::from_pixel(10, 10, Rgb([255, 0, 51]));
        let tensor = prepare(&picture, &IMAGENET, White::Full).tensor;
        assert_eq!(tensor.shape, [1, 3, 32, 32]);
        for (channel, expected) in
            [(1.0 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225].iter().enumerate()
        {
            assert!((tensor.data[channel * 1024 + 500] - expected).abs() < 1e-4, "channel {channel}");
        }
    }

    #[test]
    fn rembg_divides_by_the_brightest_value() {
        let dark = RgbImage::from_pixel(10, 10, Rgb([100, 50, 0]));
        let tensor = prepare(&dark, &IMAGENET, White::Brightest).tensor;
        assert!((tensor.data[0] - (1.0 - 0.485) / 0.229).abs() < 1e-4);
        let black = RgbImage::from_pixel(10, 10, Rgb([0; 3]));
        assert!(
            prepare(&black, &IMAGENET, White::Brightest).tensor.data.iter().all(|value| value.is_finite())
        );
    }

    #[test]
    fn the_white_point_ignores_a_few_bright_pixels_and_black_pictures() {
        let lamp = |lit: u32| {
            let lit = move |x, y| Rgb(if y * 100 + x < lit { [255; 3] } else { [90, 100, 40] });
            RgbImage::from_fn(100, 100, lit)
        };
        assert_eq!((white_point(&lamp(0)), white_point(&lamp(50)), white_point(&lamp(51))), (100, 100, 255));
        assert_eq!(white_point(&RgbImage::new(10, 10)), DARKEST_WHITE);
        let tensor = prepare(&lamp(40), &IMAGENET, White::Point).tensor;
        assert!(
            tensor.data.iter().all(|value| *value <= (1.0 - 0.406) / 0.225),
            "nothing is brighter than white"
        );
    }

    #[test]
    fn a_free_size_keeps_the_shape_in_steps_of_32() {
        assert_eq!(network_size(InputSize::ShortSide(512), (1000, 500)), (1024, 512));
        assert_eq!(network_size(InputSize::ShortSide(512), (300, 400)), (512, 672));
        assert_eq!(network_size(InputSize::ShortSide(512), (16_000, 10)), (2048, 512));
    }

    #[test]
    fn only_pictures_above_the_maximum_are_shrunk() {
        assert_eq!(network_size(InputSize::AtMost(3840), (1921, 1079)), (1921, 1079));
        assert_eq!(network_size(InputSize::AtMost(3840), (3000, 7680)), (1500, 3840));
        assert_eq!(network_size(InputSize::AtMost(3840), (1, 7680)), (1, 3840));
    }

    #[test]
    fn the_raw_maximum_survives_the_stretch() {
        let output = Output { activation: Activation::None, min_max: true, empty_below: 0.1 };
        let tensor = Tensor { shape: vec![1, 1, 1, 3], data: vec![0.01, 0.02, 0.03] };
        let matte = finish(tensor, &output).expect("a plane");
        assert_eq!(matte.raw_maximum, 0.03);
        assert_eq!((matte.values[0], matte.values[2]), (0.0, 1.0));
    }

    #[test]
    fn a_scalar_is_not_a_matte() {
        let output = Output { activation: Activation::None, min_max: true, empty_below: 0.1 };
        assert_eq!(finish(Tensor { shape: vec![1], data: vec![0.5] }, &output), Err(vec![1]));
    }
}
