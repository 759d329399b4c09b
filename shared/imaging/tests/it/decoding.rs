//! Decoding of every format, orientation and color space that is common.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};
use moxcms::ColorProfile;
use sansfond_imaging::{Limits, Picture, decode};

use crate::{assert_quarters, fixture};

fn decoded(bytes: &[u8]) -> Picture {
    decode(bytes, &Limits::default()).expect("a valid picture")
}

#[test]
fn every_format_gives_the_same_picture() {
    for (name, tolerance) in [
        ("progressive.jpg", 3),
        ("subsampled.jpg", 6),
        ("cmyk.jpg", 4),
        ("palette.png", 1),
        ("rgb16.png", 0),
        ("lossless.webp", 0),
        ("animated.webp", 0),
        ("animated.gif", 1),
        ("picture.bmp", 0),
        ("lzw.tiff", 0),
        ("jpeg.tiff", 8),
    ] {
        let picture = decoded(&fixture(&format!("odd/{name}")));
        assert_quarters(&picture.color, tolerance, name);
        assert!(picture.alpha.is_none(), "{name} is opaque");
    }
}

#[test]
fn every_coding_of_a_jpeg_gives_the_same_pixels() {
    let sequential = decoded(&fixture("odd/coding-sequential.jpg")).color;
    for name in ["progressive", "restart", "progressive-restart", "scan-per-channel"] {
        let other = decoded(&fixture(&format!("odd/coding-{name}.jpg"))).color;
        assert!(other == sequential, "{name}");
    }
}

#[test]
fn a_camera_that_is_switched_off_leaves_a_jpeg_without_its_last_bytes() {
    let whole = fixture("odd/coding-sequential.jpg");
    let pixels = decoded(&whole).color;
    assert!(decoded(&whole[..whole.len() - 2]).color == pixels, "only the end mark is missing");
    let few = decoded(&whole[..whole.len() - 12]).color;
    let same = few
        .rows()
        .zip(pixels.rows())
        .take_while(|(found, expected)| found.clone().eq(expected.clone()))
        .count();
    assert!(same >= 150 - 16, "only the last row of blocks may differ, {same} rows are the same");
}

#[test]
fn gray_pictures_become_gray_rgb() {
    for name in ["grey.jpg", "grey.png", "grey16.png"] {
        let picture = decoded(&fixture(&format!("odd/{name}")));
        // Rec. 601 luma of red, green, blue, as Pillow converts them.
        for ((x, y), luma) in [((8, 6), 76), ((24, 6), 150), ((8, 18), 29), ((24, 18), 128)] {
            let [r, g, b] = picture.color.get_pixel(x, y).0;
            assert_eq!((r, g), (g, b), "{name}");
            assert!(r.abs_diff(luma) <= 2, "{name}: {r} at {x},{y}, expected {luma}");
        }
    }
}

#[test]
fn an_alpha_channel_is_kept() {
    for name in ["odd/alpha.png", "odd/alpha.webp"] {
        let alpha = decoded(&fixture(name)).alpha.expect("alpha");
        for x in 0..32 {
            assert_eq!(alpha.get_pixel(x, 5).0[0], x as u8 * 8, "{name}");
        }
    }
}

#[test]
fn an_opaque_alpha_channel_is_dropped() {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(&[9, 9, 9, 255, 8, 8, 8, 255], 2, 1, ExtendedColorType::Rgba8)
        .expect("encodes");
    assert!(decoded(&bytes).alpha.is_none());
}

#[test]
fn sixteen_bits_are_rounded_not_clipped() {
    // 40000 / 257 = 155.6; rembg gives 255 here.
    let mut bytes = Vec::new();
    let samples: Vec<u8> = [40_000_u16; 4].iter().flat_map(|value| value.to_ne_bytes()).collect();
    PngEncoder::new(&mut bytes).write_image(&samples, 2, 2, ExtendedColorType::L16).expect("encodes");
    assert_eq!(decoded(&bytes).color.get_pixel(0, 0).0, [156; 3]);
}

/// A picture whose corners differ, in blocks that survive JPEG.
fn upright() -> RgbImage {
    RgbImage::from_fn(48, 32, |x, y| match (x < 24, y < 16) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (true, false) => Rgb([0, 0, 255]),
        (false, false) => Rgb([255, 255, 0]),
    })
}

/// The smallest EXIF block: one entry, the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    block
}

#[test]
fn all_eight_exif_orientations_are_undone() {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    let picture = upright();
    // The pixels that a camera stores, so that the tag's transformation makes them upright.
    let stored = [
        picture.clone(),
        flip_horizontal(&picture),
        rotate180(&picture),
        flip_vertical(&picture),
        flip_horizontal(&rotate90(&picture)),
        rotate270(&picture),
        flip_horizontal(&rotate270(&picture)),
        rotate90(&picture),
    ];
    for (stored, orientation) in stored.iter().zip(1..) {
        for jpeg in [true, false] {
            let mut bytes = Vec::new();
            let (width, height) = stored.dimensions();
            if jpeg {
                let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
                encoder.set_exif_metadata(exif(orientation)).expect("supported");
                encoder.write_image(stored, width, height, ExtendedColorType::Rgb8).expect("encodes");
            } else {
                let mut encoder = PngEncoder::new(Cursor::new(&mut bytes));
                encoder.set_exif_metadata(exif(orientation)).expect("supported");
                encoder.write_image(stored, width, height, ExtendedColorType::Rgb8).expect("encodes");
            }
            let found = decoded(&bytes).color;
            assert_eq!(found.dimensions(), (48, 32), "orientation {orientation}");
            for (x, y) in [(4, 4), (44, 4), (4, 28), (44, 28)] {
                let (found, expected) = (found.get_pixel(x, y).0, picture.get_pixel(x, y).0);
                assert!(
                    found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 8),
                    "orientation {orientation}, jpeg {jpeg}: {found:?} at {x},{y}, expected {expected:?}"
                );
            }
        }
    }
}

/// RGB primaries to linear XYZ (D65), as printed in their standards.
const P3_TO_XYZ: [[f64; 3]; 3] = [
    [0.486_570_9, 0.265_667_7, 0.198_217_3],
    [0.228_974_6, 0.691_738_5, 0.079_286_9],
    [0.0, 0.045_113_4, 1.043_944_4],
];
const ADOBE_TO_XYZ: [[f64; 3]; 3] = [
    [0.576_730_9, 0.185_554_0, 0.188_185_2],
    [0.297_376_9, 0.627_349_1, 0.075_274_1],
    [0.027_034_3, 0.070_687_2, 0.991_108_5],
];
const XYZ_TO_SRGB: [[f64; 3]; 3] = [
    [3.240_454_2, -1.537_138_5, -0.498_531_4],
    [-0.969_266_0, 1.876_010_8, 0.041_556_0],
    [0.055_643_4, -0.204_025_9, 1.057_225_2],
];

fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
}

fn srgb_decode(value: f64) -> f64 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn srgb_encode(value: f64) -> u8 {
    let value = value.clamp(0.0, 1.0);
    let encoded = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
    (encoded * 255.0).round() as u8
}

#[test]
fn wide_gamut_profiles_are_converted_to_srgb() {
    let color = [180_u8, 120, 90];
    let linear = |decode: fn(f64) -> f64| color.map(|channel| decode(f64::from(channel) / 255.0));
    let expected = |matrix, decode| times(XYZ_TO_SRGB, times(matrix, linear(decode))).map(srgb_encode);
    for (name, profile, expected) in [
        ("Display P3", ColorProfile::new_display_p3(), expected(P3_TO_XYZ, srgb_decode)),
        (
            "Adobe RGB",
            ColorProfile::new_adobe_rgb(),
            expected(ADOBE_TO_XYZ, |value| value.powf(2.199_218_75)),
        ),
    ] {
        let profile = profile.encode().expect("encodes");
        let eight = RgbImage::from_pixel(40, 40, Rgb(color));
        let mut png = Vec::new();
        let mut encoder = PngEncoder::new(&mut png);
        encoder.set_icc_profile(profile.clone()).expect("supported");
        encoder.write_image(&eight, 40, 40, ExtendedColorType::Rgb8).expect("encodes");
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 100);
        encoder.set_icc_profile(profile.clone()).expect("supported");
        encoder.write_image(&eight, 40, 40, ExtendedColorType::Rgb8).expect("encodes");
        let mut deep = Vec::new();
        let mut encoder = PngEncoder::new(&mut deep);
        encoder.set_icc_profile(profile).expect("supported");
        let samples: Vec<u8> =
            eight.as_raw().iter().flat_map(|value| (u16::from(*value) * 257).to_ne_bytes()).collect();
        encoder.write_image(&samples, 40, 40, ExtendedColorType::Rgb16).expect("encodes");
        for (form, bytes) in [("PNG", png), ("JPEG", jpeg), ("16-bit PNG", deep)] {
            let found = decoded(&bytes).color.get_pixel(20, 20).0;
            let close = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
            assert!(close, "{name} in {form}: {found:?}, expected {expected:?}");
            assert_ne!(found, color, "{name} must change this color");
        }
    }
}

#[test]
fn an_srgb_profile_changes_no_bit() {
    let picture = RgbImage::from_fn(64, 64, |x, y| Rgb([x as u8 * 4, y as u8 * 4, (x * y) as u8]));
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(ColorProfile::new_srgb().encode().expect("encodes")).expect("supported");
    encoder.write_image(&picture, 64, 64, ExtendedColorType::Rgb8).expect("encodes");
    assert!(decoded(&bytes).color == picture);
}

#[test]
fn a_cmyk_profile_decides_the_color_of_its_inks() {
    // The profile says Lab (50, 0, 0), which is sRGB (119, 119, 119); multiplied inks give cyan.
    let [r, g, b] = decoded(&fixture("odd/cyan-with-profile.jpg")).color.get_pixel(10, 10).0;
    assert!([r, g, b].iter().all(|channel| channel.abs_diff(119) <= 4), "{r} {g} {b}");
}

#[test]
fn a_broken_profile_is_ignored() {
    let picture = upright();
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(b"this is no profile".to_vec()).expect("supported");
    encoder.write_image(&picture, 48, 32, ExtendedColorType::Rgb8).expect("encodes");
    assert!(decoded(&bytes).color == picture);
}

#[test]
fn the_photographs_are_read() {
    for (name, size) in [("astronaut", (512, 512)), ("chelsea", (451, 300)), ("coffee", (600, 400))] {
        assert_eq!(decoded(&fixture(&format!("pictures/{name}.png"))).dimensions(), size);
    }
}
