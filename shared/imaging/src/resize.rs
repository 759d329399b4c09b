//! Resampling, by `fast_image_resize`. Colours with alpha are premultiplied on the way.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, IntoImageView, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{GrayImage, RgbImage, RgbaImage};

/// Lanczos with antialiasing, as Pillow's `LANCZOS`.
const LANCZOS: ResizeAlg = ResizeAlg::Convolution(FilterType::Lanczos3);

/// Resizes an opaque picture. `width` and `height` are at least 1.
#[must_use]
pub fn resize_rgb(source: &RgbImage, width: u32, height: u32) -> RgbImage {
    let bytes = resize_bytes(source.as_raw(), source.dimensions(), (width, height), PixelType::U8x3);
    RgbImage::from_raw(width, height, bytes).expect("the buffer has the size asked for. This is a bug.")
}

/// Resizes a single channel. `width` and `height` are at least 1.
#[must_use]
pub fn resize_gray(source: &GrayImage, width: u32, height: u32) -> GrayImage {
    let bytes = resize_bytes(source.as_raw(), source.dimensions(), (width, height), PixelType::U8);
    GrayImage::from_raw(width, height, bytes).expect("the buffer has the size asked for. This is a bug.")
}

/// Halves a picture by the mean of 2 × 2 pixels; odd sizes are rounded up.
#[must_use]
pub fn halve_rgb(source: &RgbImage) -> RgbImage {
    let (width, height) = (source.width().div_ceil(2), source.height().div_ceil(2));
    let bytes = halved(source.as_raw(), source.dimensions(), (width, height), PixelType::U8x3);
    RgbImage::from_raw(width, height, bytes).expect("the buffer has the size asked for. This is a bug.")
}

/// Halves a single channel by the mean of 2 × 2 pixels; odd sizes are rounded up.
#[must_use]
pub fn halve_gray(source: &GrayImage) -> GrayImage {
    let (width, height) = (source.width().div_ceil(2), source.height().div_ceil(2));
    let bytes = halved(source.as_raw(), source.dimensions(), (width, height), PixelType::U8);
    GrayImage::from_raw(width, height, bytes).expect("the buffer has the size asked for. This is a bug.")
}

/// Resizes a picture with straight alpha; transparent colours do not bleed into visible ones.
#[must_use]
pub fn resize_rgba(source: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    if source.dimensions() == (width, height) {
        return source.clone();
    }
    let (from_width, from_height) = source.dimensions();
    let straight = ImageRef::new(from_width, from_height, source.as_raw(), PixelType::U8x4)
        .expect("the buffer fits its size. This is a bug.");
    let mut premultiplied = Image::new(from_width, from_height, PixelType::U8x4);
    let mut resized = Image::new(width, height, PixelType::U8x4);
    let alpha = MulDiv::new();
    alpha.multiply_alpha(&straight, &mut premultiplied).expect("both have four channels. This is a bug.");
    resample(&premultiplied, &mut resized, LANCZOS);
    alpha.divide_alpha_inplace(&mut resized).expect("four channels. This is a bug.");
    RgbaImage::from_raw(width, height, resized.into_vec())
        .expect("the buffer has the size asked for. This is a bug.")
}

/// Resizes a plane of floats. Used for mattes, whose values must not be rounded before refinement.
#[must_use]
pub fn resize_f32(source: &[f32], from: (u32, u32), to: (u32, u32)) -> Vec<f32> {
    if from == to {
        return source.to_vec();
    }
    // An `ImageRef` over bytes of unknown alignment is refused for floats, an `Image` aligns itself.
    let mut aligned = Image::new(from.0, from.1, PixelType::F32);
    for (bytes, value) in aligned.buffer_mut().as_chunks_mut::<4>().0.iter_mut().zip(source) {
        *bytes = value.to_ne_bytes();
    }
    let mut resized = Image::new(to.0, to.1, PixelType::F32);
    resample(&aligned, &mut resized, LANCZOS);
    resized.buffer().as_chunks::<4>().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect()
}

fn resize_bytes(source: &[u8], from: (u32, u32), to: (u32, u32), pixel: PixelType) -> Vec<u8> {
    if from == to {
        return source.to_vec();
    }
    let source =
        ImageRef::new(from.0, from.1, source, pixel).expect("the buffer fits its size. This is a bug.");
    let mut resized = Image::new(to.0, to.1, pixel);
    resample(&source, &mut resized, LANCZOS);
    resized.into_vec()
}

fn halved(source: &[u8], from: (u32, u32), to: (u32, u32), pixel: PixelType) -> Vec<u8> {
    let source =
        ImageRef::new(from.0, from.1, source, pixel).expect("the buffer fits its size. This is a bug.");
    let mut halved = Image::new(to.0, to.1, pixel);
    resample(&source, &mut halved, ResizeAlg::Convolution(FilterType::Box));
    halved.into_vec()
}

fn resample(source: &impl IntoImageView, resized: &mut Image, algorithm: ResizeAlg) {
    let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(false);
    Resizer::new().resize(source, resized, &options).expect("both have the same pixel type. This is a bug.");
}
