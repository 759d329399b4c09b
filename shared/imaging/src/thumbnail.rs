//! Small copies of finished pictures, for lists.

use image::{GrayImage, RgbaImage};

use crate::resize::resize_rgba;
use crate::{Composed, EncodeError, EncodeOptions, ImageFormat, encode};

/// WebP quality; a thumbnail is only picture in a list.
const QUALITY: u8 = 80;

/// Encodes the picture as WebP, at most `side` pixels on its longer side.
///
/// # Errors
/// [`EncodeError::Failed`].
pub fn thumbnail(picture: &RgbaImage, side: u32) -> Result<Vec<u8>, EncodeError> {
    let (width, height) = size(picture.dimensions(), side);
    let small = Composed {
        image: resize_rgba(picture, width, height),
        matte: GrayImage::new(0, 0),
        foreground: None,
        color: None,
    };
    let options =
        EncodeOptions { format: ImageFormat::WebP, quality: Some(QUALITY), ..EncodeOptions::default() };
    encode(&small, &options)
}

/// Width and height of a picture that is scaled down to at most `side` pixels on its longer side. It is never
/// scaled up.
#[must_use]
pub fn size((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let scale = (f64::from(side) / f64::from(width.max(height))).min(1.0);
    let scaled = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_keeps_the_aspect_ratio_and_is_never_enlarged() {
        assert_eq!(size((2048, 1000), 1024), (1024, 500));
        assert_eq!(size((300, 200), 1024), (300, 200));
        assert_eq!(size((10_000, 1), 1024), (1024, 1));
        let bytes = thumbnail(&RgbaImage::new(64, 32), 16).expect("a picture");
        let back = image::load_from_memory(&bytes).expect("WebP");
        assert_eq!((back.width(), back.height()), (16, 8));
    }
}
