//! Bad input gives one clear error, and never a partial picture.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use sansfond_imaging::{DecodeError, Limits, decode};

use crate::fixture;

fn refused(bytes: &[u8]) -> DecodeError {
    match decode(bytes, &Limits::default()) {
        Err(error) => error,
        Ok(picture) => panic!("decoded to {:?}", picture.dimensions()),
    }
}

/// A PNG header of any size, with a valid checksum and without pixels.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut tiny = Vec::new();
    PngEncoder::new(&mut tiny).write_image(&[0; 3], 1, 1, ExtendedColorType::Rgb8).expect("encodes");
    tiny[16..20].copy_from_slice(&width.to_be_bytes());
    tiny[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&tiny[12..29]).to_be_bytes();
    tiny[29..33].copy_from_slice(&checksum);
    tiny
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn an_empty_file_is_rejected() {
    assert!(matches!(refused(b""), DecodeError::Empty));
}

#[test]
fn text_named_jpg_is_rejected() {
    assert!(matches!(refused(b"I am a shopping list, not a picture."), DecodeError::NotAPicture));
}

#[test]
fn the_error_for_heic_suggests_a_conversion() {
    let error = refused(b"\0\0\0\x24ftypheic\0\0\0\0mif1heic");
    assert_eq!(error.to_string(), "HEIC is not supported; convert it to JPEG");
}

#[test]
fn avif_is_named_as_unsupported() {
    assert!(matches!(refused(&fixture("odd/picture.avif")), DecodeError::Unsupported { what: "AVIF", .. }));
}

#[test]
fn a_truncated_jpeg_is_rejected() {
    for name in ["progressive.jpg", "subsampled.jpg", "cmyk.jpg"] {
        let whole = fixture(&format!("odd/{name}"));
        let photo = {
            let mut bytes = Vec::new();
            let picture =
                image::load_from_memory(&fixture("pictures/chelsea.png")).expect("valid").into_rgb8();
            image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90)
                .write_image(&picture, 451, 300, ExtendedColorType::Rgb8)
                .expect("encodes");
            bytes
        };
        for (bytes, share) in [(&whole, 50), (&whole, 80), (&photo, 10), (&photo, 50), (&photo, 95)] {
            let error = refused(&bytes[..bytes.len() * share / 100]);
            assert!(matches!(error, DecodeError::Truncated { .. }), "{name} at {share} %: {error:?}");
        }
    }
}

#[test]
fn a_truncated_png_is_rejected() {
    let whole = fixture("pictures/chelsea.png");
    for share in [1, 30, 99] {
        let error = refused(&whole[..whole.len() * share / 100]);
        assert!(matches!(error, DecodeError::Truncated { .. }), "{share} %: {error:?}");
    }
}

#[test]
fn a_png_with_a_wrong_checksum_is_rejected() {
    let mut bytes = fixture("pictures/chelsea.png");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    assert!(matches!(refused(&bytes), DecodeError::Corrupt { .. }));
}

#[test]
fn a_huge_size_is_rejected_from_the_header() {
    let error = refused(&png_header(60_000, 60_000));
    assert!(matches!(error, DecodeError::TooManyPixels { .. }), "{error:?}");
    assert!(error.to_string().contains("3600 megapixels"), "{error}");
    let error = refused(&png_header(20_000, 100));
    assert!(matches!(error, DecodeError::SideTooLong { .. }), "{error:?}");
}

#[test]
fn headers_of_jpeg_webp_and_gif_are_checked() {
    let mut jpeg = fixture("odd/subsampled.jpg");
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert!(matches!(refused(&jpeg), DecodeError::TooManyPixels { .. }));
    let mut gif = fixture("odd/animated.gif");
    gif[6..10].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert!(matches!(refused(&gif), DecodeError::TooManyPixels { .. }));
}

#[test]
fn limits_can_be_set() {
    let bytes = fixture("pictures/chelsea.png");
    let small = Limits { max_bytes: 1000, ..Limits::default() };
    assert!(matches!(decode(&bytes, &small), Err(DecodeError::TooManyBytes { limit: 1000, .. })));
    let few = Limits { max_pixels: 1000, ..Limits::default() };
    assert!(matches!(decode(&bytes, &few), Err(DecodeError::TooManyPixels { limit: 1000, .. })));
}

#[test]
fn no_single_flipped_byte_makes_the_decoder_panic() {
    for name in [
        "progressive.jpg",
        "cmyk.jpg",
        "palette.png",
        "lossless.webp",
        "animated.gif",
        "picture.bmp",
        "lzw.tiff",
    ] {
        let whole = fixture(&format!("odd/{name}"));
        for at in 0..whole.len().min(2000) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            // Both results are correct; the test is that there is no panic.
            let _either = decode(&bytes, &Limits { max_pixels: 1_000_000, ..Limits::default() });
        }
    }
}
