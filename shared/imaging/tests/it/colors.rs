//! What the numbers of a file mean, in every format and bit depth.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};
use moxcms::ColorProfile;
use png::chunk::{ChunkType, gAMA, iCCP};
use tiff::encoder::TiffEncoder;
use tiff::encoder::colortype::{CMYK8, CMYK16};
use tiff::tags::Tag;

use crate::decoding::decoded;
use crate::fixture;

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

/// A PNG of two equal pixels, with chunks before its pixels.
fn png(
    color: png::ColorType,
    depth: png::BitDepth,
    pixel: &[u8],
    chunks: &[(ChunkType, Vec<u8>)],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
    encoder.set_color(color);
    encoder.set_depth(depth);
    let mut file = encoder.write_header().expect("a header");
    for (kind, body) in chunks {
        file.write_chunk(*kind, body).expect("a chunk");
    }
    file.write_image_data(&pixel.repeat(2)).expect("pixels");
    file.finish().expect("an end");
    bytes
}

fn first_pixel(bytes: &[u8]) -> [u8; 3] {
    decoded(bytes).color.get_pixel(0, 0).0
}

fn assert_near(found: [u8; 3], expected: [u8; 3], what: &str) {
    assert!(
        found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2),
        "{what}: {found:?}, not {expected:?}"
    );
}

/// The body of a `gAMA` chunk.
fn gamma(exponent: f64) -> Vec<u8> {
    ((100_000.0 / exponent).round() as u32).to_be_bytes().to_vec()
}

#[test]
fn a_gamma_is_undone_at_every_depth() {
    use png::BitDepth::{Eight, Sixteen};
    use png::ColorType::{Grayscale, Rgb, Rgba};
    for exponent in [1.0, 1.8, 2.8] {
        let expected = srgb_encode((100.0_f64 / 255.0).powf(exponent));
        let chunks = [(gAMA, gamma(exponent))];
        let deep = (100_u16 * 257).to_be_bytes();
        for (form, bytes) in [
            ("RGB", png(Rgb, Eight, &[100; 3], &chunks)),
            ("gray", png(Grayscale, Eight, &[100], &chunks)),
            ("RGB with alpha", png(Rgba, Eight, &[100, 100, 100, 77], &chunks)),
            ("16-bit RGB", png(Rgb, Sixteen, &deep.repeat(3), &chunks)),
            ("16-bit gray", png(Grayscale, Sixteen, &deep, &chunks)),
        ] {
            assert_near(first_pixel(&bytes), [expected; 3], &format!("{form}, gamma {exponent}"));
        }
    }
    let transparent = png(Rgba, Eight, &[100, 100, 100, 77], &[(gAMA, gamma(1.0))]);
    assert_eq!(decoded(&transparent).alpha.expect("alpha").get_pixel(0, 0).0, [77], "alpha has no gamma");
}

#[test]
fn the_gamma_that_programs_write_for_srgb_changes_no_bit() {
    for exponent in [2.2, 2.174] {
        let bytes =
            png(png::ColorType::Rgb, png::BitDepth::Eight, &[10, 100, 200], &[(gAMA, gamma(exponent))]);
        assert_eq!(first_pixel(&bytes), [10, 100, 200], "{exponent}");
    }
}

/// The `iCCP` chunk of a profile.
fn profile_chunk(profile: &[u8]) -> (ChunkType, Vec<u8>) {
    let packed = miniz(profile);
    (iCCP, [b"profile\0\0", packed.as_slice()].concat())
}

/// Stored, not compressed: a zlib stream of one block.
fn miniz(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a small profile");
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let mut stream = vec![0x78, 0x01, 1];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend(bytes);
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

#[test]
fn code_points_come_before_a_profile_and_a_profile_before_a_gamma() {
    let linear = (gAMA, gamma(1.0));
    let p3 = profile_chunk(&ColorProfile::new_display_p3().encode().expect("encodes"));
    let srgb_points = (ChunkType(*b"cICP"), vec![1, 13, 0, 1]);
    let p3_points = (ChunkType(*b"cICP"), vec![12, 13, 0, 1]);
    let color = [180, 120, 90];
    let of = |chunks: &[(ChunkType, Vec<u8>)]| {
        first_pixel(&png(png::ColorType::Rgb, png::BitDepth::Eight, &color, chunks))
    };
    let light = color.map(|channel| srgb_decode(f64::from(channel) / 255.0));
    let from_p3 = times(XYZ_TO_SRGB, times(P3_TO_XYZ, light)).map(srgb_encode);
    assert_near(of(&[p3.clone(), linear.clone()]), from_p3, "a profile and a gamma");
    assert_near(of(std::slice::from_ref(&p3_points)), from_p3, "code points");
    assert_eq!(of(&[srgb_points, p3, linear]), color, "code points, a profile and a gamma");
}

#[test]
fn light_brighter_than_white_is_compressed() {
    // 203 cd/m², the white of standard pictures, is 58 % in PQ and 75 % in HLG (BT.2408).
    for (transfer, white) in [(16, 0.58), (18, 0.75)] {
        let chunk = [(ChunkType(*b"cICP"), vec![9, transfer, 0, 1])];
        let deep = |value: f64| ((value * 65_535.0).round() as u16).to_be_bytes().repeat(3);
        let of =
            |value| first_pixel(&png(png::ColorType::Rgb, png::BitDepth::Sixteen, &deep(value), &chunk))[0];
        assert!((220..=245).contains(&of(white)), "{}", of(white));
        assert!(of(1.0) > of(white) && of(0.0) == 0, "{transfer}");
    }
}

/// A CMYK profile whose paper is white and whose black is a dark gray, as that of real ink: any full ink has the
/// lightness 20.
fn dark_gray_ink() -> Vec<u8> {
    // Inks to Lab, and Lab to black ink only: the way there and back shows how dark the black is.
    let to_lab: Vec<u8> = (0..16).flat_map(|inks| [if inks == 0 { 255 } else { 51 }, 128, 128]).collect();
    let to_inks: Vec<u8> = (0..8).flat_map(|corner| [0, 0, 0, if corner < 4 { 255 } else { 0 }]).collect();
    let white = [63_190_i32, 65_536, 54_061].map(i32::to_be_bytes).concat();
    let tags = [
        (b"desc", [b"desc\0\0\0\0\0\0\0\x04ink\0".as_slice(), &[0; 79]].concat()),
        (b"cprt", b"text\0\0\0\0CC0\0".to_vec()),
        (b"wtpt", [b"XYZ \0\0\0\0".as_slice(), &white].concat()),
        (b"A2B0", table(4, 3, &to_lab)),
        (b"B2A0", table(3, 4, &to_inks)),
    ];
    let (mut directory, mut body) = ((tags.len() as u32).to_be_bytes().to_vec(), Vec::new());
    for (name, mut data) in tags {
        data.resize(data.len().next_multiple_of(4), 0);
        directory.extend(name);
        directory.extend((128 + 4 + 12 * 5 + body.len() as u32).to_be_bytes());
        directory.extend((data.len() as u32).to_be_bytes());
        body.extend(data);
    }
    let size = (128 + directory.len() + body.len()) as u32;
    let mut header = size.to_be_bytes().to_vec();
    header.extend(b"test\x02\x40\0\0prtrCMYKLab ");
    header.extend([2026_u16, 1, 1, 0, 0, 0].map(u16::to_be_bytes).concat());
    header.extend(b"acsp");
    header.resize(68, 0);
    header.extend(&white);
    header.resize(128, 0);
    [header, directory, body].concat()
}

/// A table of two grid points for each input, between curves that change nothing (`mft1`). The first input varies
/// slowest.
fn table(inputs: u8, outputs: u8, points: &[u8]) -> Vec<u8> {
    let identity: Vec<u8> = (0..=255).collect();
    let mut table = b"mft1\0\0\0\0".to_vec();
    table.extend([inputs, outputs, 2, 0]);
    for entry in 0..9 {
        table.extend(if entry % 4 == 0 { 65_536_i32 } else { 0 }.to_be_bytes());
    }
    table.extend(identity.repeat(inputs.into()));
    table.extend(points);
    table.extend(identity.repeat(outputs.into()));
    table
}

/// A TIFF of one CMYK pixel.
fn cmyk_tiff(ink: u8, profile: Option<&[u8]>, deep: bool) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).expect("a header");
    if deep {
        let mut page = encoder.new_image::<CMYK16>(1, 1).expect("a page");
        if let Some(profile) = profile {
            page.encoder().write_tag(Tag::IccProfile, profile).expect("a tag");
        }
        page.write_data(&[0, 0, 0, u16::from(ink) * 257]).expect("pixels");
    } else {
        let mut page = encoder.new_image::<CMYK8>(1, 1).expect("a page");
        if let Some(profile) = profile {
            page.encoder().write_tag(Tag::IccProfile, profile).expect("a tag");
        }
        page.write_data(&[0, 0, 0, ink]).expect("pixels");
    }
    file.into_inner()
}

#[test]
fn the_black_of_ink_is_the_black_of_the_screen() {
    let profile = dark_gray_ink();
    for deep in [false, true] {
        assert_near(first_pixel(&cmyk_tiff(255, Some(&profile), deep)), [0; 3], "full ink");
        assert_near(first_pixel(&cmyk_tiff(0, Some(&profile), deep)), [255; 3], "paper");
        let half = first_pixel(&cmyk_tiff(128, Some(&profile), deep));
        // Lightness 60 is a luminance of 0.28, and 0.26 between that of full ink (0.03) and paper.
        assert_near(half, [139; 3], "half the ink");
        assert_near(first_pixel(&cmyk_tiff(128, None, deep)), [127; 3], "without a profile");
    }
}
