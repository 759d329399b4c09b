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
    resample(&premultiplied, &mut resized);
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
    resample(&aligned, &mut resized);
    resized.buffer().as_chunks::<4>().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect()
}

/// First along the rows, then along the columns, rounded to bytes between: Pillow's order. Where
/// Lanczos overshoots and is clipped the order decides by up to 20 levels, and a network that was
/// asked about Pillow's pixels answers differently to others.
fn resize_bytes(source: &[u8], from: (u32, u32), to: (u32, u32), pixel: PixelType) -> Vec<u8> {
    if from == to {
        return source.to_vec();
    }
    let source =
        ImageRef::new(from.0, from.1, source, pixel).expect("the buffer fits its size. This is a bug.");
    let mut rows = Image::new(to.0, from.1, pixel);
    resample(&source, &mut rows);
    if from.1 == to.1 {
        return rows.into_vec();
    }
    let mut resized = Image::new(to.0, to.1, pixel);
    resample(&rows, &mut resized);
    resized.into_vec()
}

fn resample(source: &impl IntoImageView, resized: &mut Image) {
    let options = ResizeOptions::new().resize_alg(LANCZOS).use_alpha(false);
    Resizer::new().resize(source, resized, &options).expect("both have the same pixel type. This is a bug.");
}
