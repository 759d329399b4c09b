//! Decoding of every format, orientation and color space that is common.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};
use sansfond_imaging::{Limits, Picture, decode};

use crate::{assert_quarters, fixture};

pub(crate) fn decoded(bytes: &[u8]) -> Picture {
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
        ("palette.tiff", 1),
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
fn a_png_without_its_end_is_whole_if_its_pixels_are() {
    let whole = fixture("pictures/chelsea.png");
    let pixels = decoded(&whole).color;
    // The end chunk has 12 bytes, and the checksum of the pixels before it 4.
    for missing in [1, 12, 16] {
        assert!(decoded(&whole[..whole.len() - missing]).color == pixels, "{missing}");
    }
}

/// Frames of 32 × 24 pixels: blank ones, then the upright picture.
fn fading_in(blank: image::Rgba<u8>) -> Vec<image::Frame> {
    let small = image::imageops::thumbnail(&upright(), 32, 24);
    let picture = image::DynamicImage::ImageRgb8(small).into_rgba8();
    let blank = image::RgbaImage::from_pixel(32, 24, blank);
    [blank.clone(), blank, picture].map(image::Frame::new).into()
}

#[test]
fn an_animation_that_fades_in_is_not_blank() {
    for color in [[255; 4], [0, 0, 0, 255], [200, 10, 10, 0]] {
        let frames = fading_in(image::Rgba(color));
        let mut gif = Vec::new();
        image::codecs::gif::GifEncoder::new(&mut gif).encode_frames(frames.clone()).expect("encodes");
        let mut apng = Vec::new();
        let mut encoder = png::Encoder::new(&mut apng, 32, 24);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_animated(3, 0).expect("an animation");
        let mut file = encoder.write_header().expect("a header");
        for frame in &frames {
            file.write_image_data(frame.buffer()).expect("pixels");
        }
        file.finish().expect("an end");
        let mut webp = webp::WebPConfig::new().expect("a configuration");
        webp.lossless = 1;
        let mut animation = webp::AnimEncoder::new(32, 24, &webp);
        for (frame, at_ms) in frames.iter().zip([0, 100, 200]) {
            animation.add_frame(webp::AnimFrame::from_rgba(frame.buffer(), 32, 24, at_ms));
        }
        let webp = animation.encode();
        for (form, bytes) in [("GIF", &gif[..]), ("PNG", &apng), ("WebP", &webp)] {
            let found = decoded(bytes).color;
            for ((x, y), expected) in [((4, 4), [255, 0, 0]), ((28, 4), [0, 255, 0]), ((4, 20), [0, 0, 255])]
            {
                let found = found.get_pixel(x, y).0;
                assert!(
                    found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 8),
                    "{form} after {color:?}: {found:?}, not {expected:?}"
                );
            }
        }
    }
}

#[test]
fn an_animation_that_stays_blank_gives_its_first_frame() {
    let white = fading_in(image::Rgba([255; 4])).remove(0);
    let mut gif = Vec::new();
    image::codecs::gif::GifEncoder::new(&mut gif).encode_frames([white.clone(), white]).expect("encodes");
    assert_eq!(decoded(&gif).color.get_pixel(0, 0).0, [255; 3]);
}

/// A BMP of 32 bits a pixel without compression, with a header of this length, in the order blue, green, red, alpha.
fn bmp(header: u32, rows_up: bool, alphas: [u8; 2]) -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    let start = 14 + header;
    bytes.extend([start + 16, 0, start].map(u32::to_le_bytes).concat());
    bytes.extend([header.to_le_bytes(), 2_i32.to_le_bytes()].concat());
    bytes.extend((if rows_up { 2_i32 } else { -2 }).to_le_bytes());
    bytes.extend([1_u16, 32].map(u16::to_le_bytes).concat());
    bytes.extend([0, 16, 0, 0, 0, 0].map(u32::to_le_bytes).concat());
    bytes.extend([0x00ff_0000, 0x0000_ff00, 0x0000_00ff, 0xff00_0000].map(u32::to_le_bytes).concat());
    bytes.resize(start as usize, 0);
    let [top, bottom] = alphas.map(|alpha| [30, 20, 10, alpha].repeat(2));
    bytes.extend(if rows_up { [bottom, top] } else { [top, bottom] }.concat());
    bytes
}

#[test]
fn the_alpha_of_a_bmp_is_read_where_its_header_has_it() {
    const V3: u32 = 56;
    const V4: u32 = 108;
    const V5: u32 = 124;
    for header in [V4, V5] {
        for rows_up in [true, false] {
            let picture = decoded(&bmp(header, rows_up, [40, 255]));
            assert_eq!(picture.color.get_pixel(0, 0).0, [10, 20, 30]);
            assert_eq!(picture.alpha.expect("alpha").into_raw(), [40, 40, 255, 255], "{header} {rows_up}");
        }
    }
    assert!(decoded(&bmp(V5, true, [0, 0])).alpha.is_none(), "a field that nobody filled in");
    assert!(decoded(&bmp(V3, true, [40, 255])).alpha.is_none(), "a header without a color space");
}

#[test]
fn the_photographs_are_read() {
    for (name, size) in [("astronaut", (512, 512)), ("chelsea", (451, 300)), ("coffee", (600, 400))] {
        assert_eq!(decoded(&fixture(&format!("pictures/{name}.png"))).dimensions(), size);
    }
}
