//! TIFF: pages, alpha, and the kinds that are refused.

use std::io::Cursor;

use sansfond_imaging::{DecodeError, Limits, decode};
use tiff::encoder::colortype::{ColorType, Gray8, RGB8, RGB16, RGB32, RGB32Float, RGBA8, RGBA16};
use tiff::encoder::{TiffEncoder, TiffValue};
use tiff::tags::Tag;

use crate::decoding::decoded;
use crate::refusals::refused;

/// A TIFF of 2 × 2 pixels with more tags.
fn tiff<C: ColorType<Inner: Clone>>(sample: C::Inner, channels: usize, tags: &[(Tag, u32)]) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).expect("a header");
    let mut image = encoder.new_image::<C>(2, 2).expect("a page");
    for (tag, value) in tags {
        image.encoder().write_tag(*tag, *value).expect("a tag");
    }
    image.write_data(&vec![sample; 4 * channels]).expect("pixels");
    file.into_inner()
}

#[test]
fn a_raw_file_is_not_taken_for_its_thumbnail() {
    let thumbnail = (Tag::NewSubfileType, 1);
    for tags in [&[(Tag::Unknown(50706), 0x0401)][..], &[thumbnail, (Tag::SubIfd, 8)]] {
        let error = refused(&tiff::<RGB8>(9, 3, tags));
        assert_eq!(error.to_string(), "a camera's RAW file is not supported; export it as JPEG, PNG or TIFF");
    }
    for tags in [&[][..], &[thumbnail], &[(Tag::SubIfd, 8)]] {
        let bytes = tiff::<RGB8>(9, 3, tags);
        let picture = decode(&bytes, &Limits::default()).unwrap_or_else(|error| panic!("{tags:?}: {error}"));
        assert!(picture.color.pixels().all(|pixel| pixel.0 == [9; 3]), "{tags:?}");
    }
}

#[test]
fn a_tiff_that_cannot_be_decoded_is_not_called_damaged() {
    let integers = refused(&tiff::<RGB32>(1 << 30, 3, &[]));
    assert!(
        matches!(
            integers,
            DecodeError::Unsupported {
                what: "a TIFF with integers that are signed or have more than 16 bits",
                ..
            }
        ),
        "{integers:?}"
    );
    assert!(decode(&tiff::<RGB32Float>(0.5, 3, &[]), &Limits::default()).is_ok(), "floating-point samples");
}

/// A TIFF of one page of 1 × 1 pixels for each sample.
fn pages(pages: &[(u8, u32)]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).expect("a header");
    for (value, kind) in pages {
        let mut page = encoder.new_image::<Gray8>(1, 1).expect("a page");
        page.encoder().write_tag(Tag::NewSubfileType, *kind).expect("a tag");
        page.write_data(&[*value]).expect("pixels");
    }
    file.into_inner()
}

#[test]
fn the_main_page_is_neither_a_thumbnail_nor_a_mask() {
    const MAIN: u32 = 0;
    const THUMBNAIL: u32 = 1;
    const ONE_OF_SEVERAL: u32 = 2;
    const MASK: u32 = 4;
    for (kinds, expected) in [
        (&[MAIN, THUMBNAIL][..], 10),
        (&[THUMBNAIL, MAIN], 11),
        (&[MASK, THUMBNAIL, MAIN, THUMBNAIL], 12),
        (&[ONE_OF_SEVERAL, ONE_OF_SEVERAL], 10),
        (&[THUMBNAIL, MASK | ONE_OF_SEVERAL, ONE_OF_SEVERAL], 12),
        (&[THUMBNAIL, THUMBNAIL], 10),
    ] {
        let numbered: Vec<(u8, u32)> = (10..).zip(kinds.iter().copied()).collect();
        assert_eq!(decoded(&pages(&numbered)).color.get_pixel(0, 0).0, [expected; 3], "{kinds:?}");
    }
}

#[test]
fn colors_that_are_multiplied_by_alpha_become_straight() {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).expect("a header");
    let mut page = encoder.new_image::<RGBA8>(2, 1).expect("a page");
    page.encoder().write_tag(Tag::ExtraSamples, 1_u16).expect("a tag");
    page.write_data(&[100, 50, 0, 128, 0, 0, 0, 0]).expect("pixels");
    let picture = decoded(&file.into_inner());
    assert_eq!(picture.color.get_pixel(0, 0).0, [199, 100, 0]);
    assert_eq!(picture.alpha.expect("alpha").into_raw(), [128, 0]);

    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).expect("a header");
    let mut page = encoder.new_image::<RGBA16>(1, 1).expect("a page");
    page.encoder().write_tag(Tag::ExtraSamples, 1_u16).expect("a tag");
    page.write_data(&[5_000, 2_500, 0, 10_000]).expect("pixels");
    let picture = decoded(&file.into_inner());
    assert_eq!(picture.color.get_pixel(0, 0).0, [128, 64, 0], "divided before the bits are reduced");
}

#[test]
fn straight_colors_stay_as_they_are() {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).expect("a header");
    let mut page = encoder.new_image::<RGBA8>(1, 1).expect("a page");
    page.encoder().write_tag(Tag::ExtraSamples, 2_u16).expect("a tag");
    page.write_data(&[200, 50, 0, 128]).expect("pixels");
    let picture = decoded(&file.into_inner());
    assert_eq!(picture.color.get_pixel(0, 0).0, [200, 50, 0]);
}

#[test]
fn floating_point_and_16_bits_keep_their_values() {
    let float = decoded(&tiff::<RGB32Float>(0.5, 3, &[]));
    assert_eq!(float.color.get_pixel(1, 1).0, [128; 3]);
    let deep = decoded(&tiff::<RGB16>(40_000, 3, &[]));
    assert_eq!(deep.color.get_pixel(1, 1).0, [156; 3]);
}
