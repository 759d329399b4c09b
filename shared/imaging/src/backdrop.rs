//! Reads the background picture of a video: decoded, scaled down, and opaque.

use crate::decode::{InputFormat, decode, sniff};
use crate::resize::resize_rgb;
use crate::thumbnail::size;
use crate::{DecodeError, Limits, Picture};

/// Reads a JPEG, PNG or WebP, at most `side` pixels on its longer side; transparent pixels become white.
///
/// # Errors
/// [`DecodeError`].
pub fn backdrop(bytes: &[u8], limits: &Limits, side: u32) -> Result<Picture, DecodeError> {
    match sniff(bytes)? {
        InputFormat::Jpeg | InputFormat::Png | InputFormat::WebP => {}
        InputFormat::Gif | InputFormat::Bmp | InputFormat::Tiff => {
            return Err(DecodeError::Unsupported { what: "this format", advice: "use JPEG, PNG or WebP" });
        }
    }
    let picture = decode(bytes, limits)?;
    let (width, height) = size(picture.dimensions(), side);
    Ok(Picture { color: resize_rgb(&picture.over_white(), width, height), alpha: None })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn encoded(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).expect("written");
        bytes
    }

    #[test]
    fn a_backdrop_is_opaque_and_is_never_enlarged() {
        let see_through =
            RgbaImage::from_fn(64, 32, |x, _| if x < 32 { Rgba([255, 0, 0, 255]) } else { Rgba([0; 4]) });
        for (side, expected) in [(16, (16, 8)), (400, (64, 32))] {
            let picture = backdrop(&encoded(&see_through, ImageFormat::Png), &Limits::default(), side);
            let picture = picture.expect("a backdrop");
            assert_eq!((picture.dimensions(), picture.alpha), (expected, None));
            let (left, right) = (picture.color.get_pixel(1, 1), picture.color.get_pixel(expected.0 - 2, 1));
            assert_eq!((left.0, right.0), ([255, 0, 0], [255; 3]));
        }
    }

    #[test]
    fn other_formats_and_texts_are_rejected() {
        let gif = encoded(&RgbaImage::new(2, 2), ImageFormat::Gif);
        for bytes in [&gif[..], b"I am a text", b"\x89PNG\r\n\x1a\n", b""] {
            assert!(backdrop(bytes, &Limits::default(), 16).is_err());
        }
        let large = encoded(&RgbaImage::new(20, 20), ImageFormat::Png);
        let limits = Limits { max_pixels: 399, ..Limits::default() };
        assert!(matches!(backdrop(&large, &limits, 16), Err(DecodeError::TooManyPixels { .. })));
    }
}
