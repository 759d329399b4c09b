//! Resampling by `fast_image_resize`. Colors with alpha are premultiplied before and divided after.
//!
//! Only its typed functions are used. The others choose the pixel type at run time, so each is compiled for
//! all thirteen types: that was nine tenths of this crate's machine code, and minutes of each build.

use fast_image_resize::images::{Image, ImageRef, TypedImageRef};
use fast_image_resize::pixels::{F32, U8, U8x3, U8x4};
use fast_image_resize::{FilterType, MulDiv, PixelTrait, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{GrayImage, RgbImage, RgbaImage};

/// Lanczos with antialiasing, like Pillow's `LANCZOS`.
const LANCZOS: ResizeAlg = ResizeAlg::Convolution(FilterType::Lanczos3);

/// Resizes an opaque picture. `width` and `height` are at least 1.
#[must_use]
pub fn resize_rgb(source: &RgbImage, width: u32, height: u32) -> RgbImage {
    let bytes = resize_bytes::<U8x3>(source.as_raw(), source.dimensions(), (width, height));
    RgbImage::from_raw(width, height, bytes).expect("the buffer has the requested size. This is a bug.")
}

/// Resizes a single channel. `width` and `height` are at least 1.
#[must_use]
pub fn resize_gray(source: &GrayImage, width: u32, height: u32) -> GrayImage {
    let bytes = resize_bytes::<U8>(source.as_raw(), source.dimensions(), (width, height));
    GrayImage::from_raw(width, height, bytes).expect("the buffer has the requested size. This is a bug.")
}

/// Resizes a picture with straight alpha. Colors of transparent pixels do not bleed into visible ones.
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
    let (source, mut target) = (straight.typed_image::<U8x4>(), premultiplied.typed_image_mut());
    alpha
        .multiply_alpha_typed(source.as_ref().expect(TYPED), target.as_mut().expect(TYPED))
        .expect("both have one size. This is a bug.");
    resample::<U8x4>(premultiplied.typed_image(), &mut resized);
    let mut target = resized.typed_image_mut::<U8x4>();
    alpha.divide_alpha_inplace_typed(target.as_mut().expect(TYPED)).expect("four channels. This is a bug.");
    RgbaImage::from_raw(width, height, resized.into_vec())
        .expect("the buffer has the requested size. This is a bug.")
}

/// Resizes a plane of floats, for mattes whose values must not be rounded before refinement.
#[must_use]
pub fn resize_f32(source: &[f32], from: (u32, u32), to: (u32, u32)) -> Vec<f32> {
    if from == to {
        return source.to_vec();
    }
    // `ImageRef` rejects bytes of unknown alignment for floats; `Image` aligns its own buffer.
    let mut aligned = Image::new(from.0, from.1, PixelType::F32);
    for (bytes, value) in aligned.buffer_mut().as_chunks_mut::<4>().0.iter_mut().zip(source) {
        *bytes = value.to_ne_bytes();
    }
    let mut resized = Image::new(to.0, to.1, PixelType::F32);
    resample::<F32>(aligned.typed_image(), &mut resized);
    resized.buffer().as_chunks::<4>().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect()
}

/// Resamples rows, then columns, and rounds to bytes in between: Pillow's order. Where Lanczos overshoots and
/// is clipped, the order changes values by up to 20 levels, and a network that was verified on Pillow's
/// pixels gives different mattes for others.
fn resize_bytes<P: PixelTrait>(source: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    if from == to {
        return source.to_vec();
    }
    let source = ImageRef::new(from.0, from.1, source, P::pixel_type())
        .expect("the buffer fits its size. This is a bug.");
    let mut rows = Image::new(to.0, from.1, P::pixel_type());
    resample::<P>(source.typed_image(), &mut rows);
    if from.1 == to.1 {
        return rows.into_vec();
    }
    let mut resized = Image::new(to.0, to.1, P::pixel_type());
    resample::<P>(rows.typed_image(), &mut resized);
    resized.into_vec()
}

const TYPED: &str = "the image has this pixel type. This is a bug.";

fn resample<P: PixelTrait>(source: Option<TypedImageRef<'_, P>>, resized: &mut Image) {
    let options = ResizeOptions::new().resize_alg(LANCZOS).use_alpha(false);
    let mut target = resized.typed_image_mut::<P>();
    Resizer::new()
        .resize_typed(source.as_ref().expect(TYPED), target.as_mut().expect(TYPED), &options)
        .expect("the whole source is used. This is a bug.");
}
