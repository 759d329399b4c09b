//! A picture of somebody's own as it is kept to stand behind their videos: small enough, opaque, and with
//! nothing in it but pixels.

use crate::decode::{InputFormat, decode, sniff};
use crate::encode::{QUALITY, jpeg};
use crate::resize::resize_rgb;
use crate::thumbnail::size;
use crate::{DecodeError, EncodeError, Limits};

/// The media type of what [`backdrop`] makes.
pub const MEDIA_TYPE: &str = "image/jpeg";

/// Why there is no backdrop.
#[derive(Debug, thiserror::Error)]
pub enum BackdropError {
    /// The bytes are to blame.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The encoder is.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// Reads a JPEG, PNG or WebP and writes it as JPEG, at most `side` pixels on its longer side; what is
/// see-through is white.
///
/// # Errors
/// [`BackdropError`].
pub fn backdrop(bytes: &[u8], limits: &Limits, side: u32) -> Result<Vec<u8>, BackdropError> {
    match sniff(bytes)? {
        InputFormat::Jpeg | InputFormat::Png | InputFormat::WebP => {}
        InputFormat::Gif | InputFormat::Bmp | InputFormat::Tiff => {
            return Err(
                DecodeError::Unsupported { what: "this format", advice: "use JPEG, PNG or WebP" }.into()
            );
        }
    }
    let picture = decode(bytes, limits)?;
    let (width, height) = size(picture.dimensions(), side);
    let flat = picture.over_white();
    Ok(jpeg(&resize_rgb(&flat, width, height), QUALITY)?)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn written(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).expect("written");
        bytes
    }

    #[test]
    fn a_backdrop_is_an_opaque_jpeg_that_is_never_larger_than_it_was() {
        let see_through =
            RgbaImage::from_fn(64, 32, |x, _| if x < 32 { Rgba([255, 0, 0, 255]) } else { Rgba([0; 4]) });
        for (side, expected) in [(16, (16, 8)), (400, (64, 32))] {
            let bytes = backdrop(&written(&see_through, ImageFormat::Png), &Limits::default(), side);
            let bytes = bytes.expect("a backdrop");
            assert_eq!(image::guess_format(&bytes).expect("a picture"), ImageFormat::Jpeg);
            let back = image::load_from_memory(&bytes).expect("a picture").into_rgb8();
            assert_eq!(back.dimensions(), expected);
            let (left, right) = (back.get_pixel(1, 1).0, back.get_pixel(expected.0 - 2, 1).0);
            assert!(left[0] > 240 && left[1] < 16, "{left:?}");
            assert!(right.iter().all(|&channel| channel > 240), "{right:?}");
        }
    }

    #[test]
    fn other_formats_and_texts_are_refused() {
        let gif = written(&RgbaImage::new(2, 2), ImageFormat::Gif);
        for bytes in [&gif[..], b"I am a text", b"\x89PNG\r\n\x1a\n", b""] {
            assert!(matches!(backdrop(bytes, &Limits::default(), 16), Err(BackdropError::Decode(_))));
        }
        let large = written(&RgbaImage::new(20, 20), ImageFormat::Png);
        let limits = Limits { max_pixels: 399, ..Limits::default() };
        assert!(matches!(
            backdrop(&large, &limits, 16),
            Err(BackdropError::Decode(DecodeError::TooManyPixels { .. }))
        ));
    }
}
