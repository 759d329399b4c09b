//! The photographs, and checks of the results.

use image::{GrayImage, RgbaImage};

use crate::checkout;

/// A file of `fixtures/`.
pub(super) fn fixture(path: &str) -> Vec<u8> {
    let path = checkout().join("fixtures").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cat, which is the smallest of the photographs.
pub(super) fn cat() -> Vec<u8> {
    fixture("pictures/chelsea.png")
}

/// The cat, enlarged: a worker needs some seconds for it.
pub(super) fn large_cat() -> Vec<u8> {
    let cat = image::load_from_memory(&cat()).expect("a picture");
    let (width, height) = (cat.width() * 4, cat.height() * 4);
    png(&cat.resize_exact(width, height, image::imageops::FilterType::Nearest))
}

/// A picture without a subject.
pub(super) fn emptiness() -> Vec<u8> {
    png(&image::RgbImage::from_pixel(64, 64, image::Rgb([128; 3])).into())
}

fn png(picture: &image::DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

/// Compares a cutout with the photograph and the expected matte of that name: the same size, the same
/// subject, and color 0 under transparent pixels. The tolerance is that of the engine's own tests.
#[track_caller]
pub(super) fn assert_is_cutout_of(name: &str, bytes: &[u8]) {
    let cutout = image::load_from_memory(bytes).expect("a picture");
    assert_eq!(cutout.color(), image::ColorType::Rgba8);
    let cutout = cutout.into_rgba8();
    let expected =
        image::load_from_memory(&fixture(&format!("expected/{name}.png"))).expect("a matte").into_luma8();
    assert_eq!(cutout.dimensions(), expected.dimensions());
    let hidden = cutout.pixels().filter(|pixel| pixel.0[3] == 0);
    assert!(hidden.clone().count() > 1000, "much of the picture is transparent");
    assert!(hidden.into_iter().all(|pixel| pixel.0 == [0; 4]), "transparent pixels have no color");
    let error = mean_absolute_error(&matte(&cutout), &expected);
    if error > 4.0 {
        let folder = checkout().join("target/test-failures");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("service-{name}.png")), bytes).expect("written");
        panic!("the matte of {name} is {error} off; it lies in target/test-failures");
    }
}

fn matte(cutout: &RgbaImage) -> GrayImage {
    GrayImage::from_fn(cutout.width(), cutout.height(), |x, y| image::Luma([cutout.get_pixel(x, y).0[3]]))
}

/// The mean absolute error of two mattes, in steps of 1/255.
fn mean_absolute_error(one: &GrayImage, other: &GrayImage) -> f64 {
    let sum: u64 = one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.as_raw().len() as f64
}
