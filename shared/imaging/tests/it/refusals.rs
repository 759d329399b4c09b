//! Bad input gives one clear error, and never a partial picture.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use sansfond_imaging::{DecodeError, Limits, decode};

use crate::fixture;

pub(crate) fn refused(bytes: &[u8]) -> DecodeError {
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

/// Every way of coding the same coefficients: see `fixtures/make.py`.
const CODINGS: [&str; 5] =
    ["sequential", "progressive", "restart", "progressive-restart", "scan-per-channel"];

#[test]
fn a_jpeg_cut_off_anywhere_is_not_whole_because_it_has_an_end_mark() {
    for name in CODINGS {
        let whole = fixture(&format!("odd/coding-{name}.jpg"));
        let scan = whole.windows(2).position(|pair| pair == [0xff, 0xda]).expect("a scan") + 20;
        for share in 0..20 {
            let mut bytes = whole[..scan + (whole.len() - scan) * share / 20].to_vec();
            bytes.extend([0xff, 0xd9]);
            let error = refused(&bytes);
            let said = matches!(error, DecodeError::Truncated { .. } | DecodeError::Corrupt { .. });
            assert!(said, "{name} at {share}/20: {error:?}");
        }
    }
}

#[test]
fn a_jpeg_with_a_hole_is_rejected_if_its_restart_markers_show_it() {
    // Without these markers, other bytes are other valid pixels.
    let mut bytes = fixture("odd/coding-restart.jpg");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 400].fill(0xaa);
    let error = refused(&bytes);
    let is_damaged = matches!(error, DecodeError::Truncated { .. } | DecodeError::Corrupt { .. });
    assert!(is_damaged, "{error:?}");
}

#[test]
fn a_jpeg_that_ends_between_two_scans_is_rejected() {
    for name in ["progressive", "scan-per-channel"] {
        let whole = fixture(&format!("odd/coding-{name}.jpg"));
        let starts: Vec<_> = (0..whole.len()).filter(|&at| whole[at..].starts_with(&[0xff, 0xda])).collect();
        assert!(starts.len() > 2, "{name}: {starts:?}");
        for &start in &starts[1..] {
            // The tables of the next scan stand before it and are harmless.
            let bytes = [&whole[..start], &[0xff, 0xd9]].concat();
            assert!(matches!(refused(&bytes), DecodeError::Truncated { .. }), "{name} at {start}");
        }
    }
}

#[test]
fn jpegs_that_are_unsupported_are_not_called_damaged() {
    let whole = fixture("odd/coding-sequential.jpg");
    let frame = whole.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
    let with = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[frame + at] = byte;
        bytes
    };
    for (bytes, what) in [
        (with(4, 12), "a JPEG with more than 8 bits per channel"),
        (with(1, 0xc3), "a lossless or hierarchical JPEG"),
        (with(1, 0xc5), "a lossless or hierarchical JPEG"),
        (fixture("odd/coding-arithmetic.jpg"), "a JPEG with arithmetic coding"),
        (with(1, 0xca), "a JPEG with arithmetic coding"),
    ] {
        assert!(
            matches!(refused(&bytes), DecodeError::Unsupported { what: found, .. } if found == what),
            "{what}"
        );
    }
}

#[test]
fn a_jpeg_of_thousands_of_scans_is_rejected_before_it_is_decoded() {
    let whole = fixture("odd/coding-progressive.jpg");
    let last = whole.windows(2).rposition(|pair| pair == [0xff, 0xda]).expect("a scan");
    let (before, scan) = (&whole[..last], &whole[last..whole.len() - 2]);
    let with = |more: usize| [before, &scan.repeat(more), &[0xff, 0xd9]].concat();
    assert!(matches!(
        refused(&with(1000)),
        DecodeError::Unsupported { what: "a JPEG with more than 100 scans", .. }
    ));
}

#[test]
fn a_second_frame_header_does_not_get_past_the_limits() {
    let whole = fixture("odd/coding-sequential.jpg");
    let frame = whole.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
    let mut huge = whole[frame..frame + 19].to_vec();
    huge[5..9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let before = [&whole[..frame], &huge, &whole[frame..]].concat();
    assert!(matches!(refused(&before), DecodeError::TooManyPixels { .. }), "the first one counts");
    let after = [&whole[..frame + 19], &huge, &whole[frame + 19..]].concat();
    assert!(matches!(refused(&after), DecodeError::Corrupt { .. }));
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
