//! Other decoders read our files and get the same pixels.

use std::io::{Cursor, Read};

use image::{GrayImage, Luma, Rgb, RgbImage};
use sansfond_imaging::{
    Background, Composed, Composition, Cutout, EncodeError, EncodeOptions, ImageFormat, PngCompression,
    compose, encode, encode_matte, parse_color,
};

/// A disc with a soft edge on a noisy background.
pub(crate) fn disc() -> Cutout {
    let color = RgbImage::from_fn(120, 80, |x, y| Rgb([(x * 2) as u8, (y * 3) as u8, (x ^ y) as u8]));
    let alpha = GrayImage::from_fn(120, 80, |x, y| {
        let distance = (x as f32 - 60.0).hypot(y as f32 - 40.0);
        Luma([((30.0 - distance) * 32.0 + 128.0).clamp(0.0, 255.0) as u8])
    });
    Cutout { color, alpha }
}

fn plain(keep_color: bool) -> Composed {
    compose(&disc(), &Composition::default(), keep_color)
}

fn options(format: ImageFormat) -> EncodeOptions {
    EncodeOptions { format, ..EncodeOptions::default() }
}

#[test]
fn png_and_lossless_webp_keep_every_bit() {
    let composed = plain(false);
    for compression in [PngCompression::Fast, PngCompression::Balanced, PngCompression::Best] {
        let bytes =
            encode(&composed, &EncodeOptions { compression, ..options(ImageFormat::Png) }).expect("encodes");
        let read = image::load_from_memory_with_format(&bytes, image::ImageFormat::Png).expect("PNG");
        assert!(read.into_rgba8() == composed.image, "{compression:?}");
    }
    let bytes =
        encode(&composed, &EncodeOptions { lossless: true, ..options(ImageFormat::WebP) }).expect("encodes");
    let read =
        image::load_from_memory_with_format(&bytes, image::ImageFormat::WebP).expect("WebP").into_rgba8();
    assert!(read == composed.image);
}

#[test]
fn lossy_webp_keeps_its_alpha() {
    let composed = plain(false);
    let bytes = encode(&composed, &options(ImageFormat::WebP)).expect("encodes");
    let read =
        image::load_from_memory_with_format(&bytes, image::ImageFormat::WebP).expect("WebP").into_rgba8();
    for (found, expected) in read.pixels().zip(composed.image.pixels()) {
        assert_eq!(found.0[3], expected.0[3]);
    }
}

#[test]
fn auto_is_jpeg_only_when_nothing_is_transparent() {
    let transparent = encode(&plain(false), &options(ImageFormat::Auto)).expect("encodes");
    assert!(transparent.starts_with(b"\x89PNG"));
    let red = Composition {
        background: Background::Color(parse_color("red").expect("a color")),
        ..Composition::default()
    };
    let opaque = encode(&compose(&disc(), &red, false), &options(ImageFormat::Auto)).expect("encodes");
    assert!(opaque.starts_with(&[0xff, 0xd8]));
}

#[test]
fn jpeg_shows_white_for_transparent_pixels() {
    let bytes = encode(&plain(false), &options(ImageFormat::Jpeg)).expect("encodes");
    let read =
        image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg).expect("JPEG").into_rgb8();
    assert!(read.get_pixel(2, 2).0.iter().all(|&channel| channel > 250));
}

/// The names and contents of the files in an uncompressed ZIP.
fn members(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
    let count = archive.len();
    let member = |index| {
        let mut member = archive.by_index(index).expect("a member");
        assert_eq!(member.compression(), zip::CompressionMethod::Stored);
        let mut body = Vec::new();
        member.read_to_end(&mut body).expect("whole");
        (member.name().expect("UTF-8").into_owned(), body)
    };
    (0..count).map(member).collect()
}

#[test]
fn the_zip_contains_color_then_alpha_uncompressed() {
    let composed = plain(true);
    let bytes = encode(&composed, &options(ImageFormat::Zip)).expect("encodes");
    let members = members(&bytes);
    assert_eq!(members.len(), 2);
    assert_eq!((members[0].0.as_str(), members[1].0.as_str()), ("color.jpg", "alpha.png"));
    let color = image::load_from_memory_with_format(&members[0].1, image::ImageFormat::Jpeg)
        .expect("JPEG")
        .into_rgb8();
    let alpha = image::load_from_memory_with_format(&members[1].1, image::ImageFormat::Png)
        .expect("PNG")
        .into_luma8();
    assert!(alpha == composed.matte);
    let corner = color.get_pixel(110, 70).0;
    assert!(
        corner[0].abs_diff(220) < 40 && corner[1].abs_diff(210) < 40,
        "the background is still there: {corner:?}"
    );
}

#[test]
fn a_matte_alone_is_gray() {
    let matte = plain(false).matte;
    let bytes = encode_matte(&matte, &options(ImageFormat::Png)).expect("encodes");
    let read = image::load_from_memory_with_format(&bytes, image::ImageFormat::Png).expect("PNG");
    assert_eq!(read.color(), image::ColorType::L8);
    assert!(read.into_luma8() == matte);
}

#[test]
fn webp_rejects_a_picture_that_is_too_long() {
    let cutout =
        Cutout { color: RgbImage::new(16_384, 1), alpha: GrayImage::from_pixel(16_384, 1, Luma([255])) };
    let composed = compose(&cutout, &Composition::default(), false);
    assert!(matches!(
        encode(&composed, &options(ImageFormat::WebP)),
        Err(EncodeError::TooLarge { format: ImageFormat::WebP, most: 16_383, width: 16_384, height: 1 })
    ));
}

#[test]
fn another_decoder_reads_every_format() {
    let size = plain(true).image.dimensions();
    for format in ImageFormat::ALL {
        let bytes = encode(&plain(true), &options(format)).expect("encodes");
        let pictures = match format {
            ImageFormat::Zip => members(&bytes).into_iter().map(|(_, member)| member).collect(),
            ImageFormat::Auto | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Jpeg => vec![bytes],
        };
        for picture in pictures {
            let read = image::load_from_memory(&picture).unwrap_or_else(|error| panic!("{format}: {error}"));
            assert_eq!((read.width(), read.height()), size, "{format}");
        }
    }
}

#[test]
fn no_metadata_is_written() {
    for format in ImageFormat::ALL {
        let bytes = encode(&plain(false), &options(format)).expect("encodes");
        for tag in [&b"Exif"[..], b"eXIf", b"EXIF", b"ICC_PROFILE", b"iCCP", b"tEXt", b"XMP"] {
            assert!(!bytes.windows(tag.len()).any(|window| window == tag), "{format}");
        }
    }
}
