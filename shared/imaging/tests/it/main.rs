//! Tests of the public API: bytes in, pictures out.

mod cases;
mod colors;
mod composition;
mod decoding;
mod encoding;
mod refusals;
mod tiff;

use std::path::PathBuf;

use image::RgbImage;

/// A file of `fixtures/`.
fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Asserts that a picture shows the four quarters that `fixtures/make.py` draws.
fn assert_quarters(picture: &RgbImage, tolerance: u8, what: &str) {
    assert_eq!(picture.dimensions(), (32, 24), "{what}");
    let expected = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128]];
    for ((x, y), expected) in [(8, 6), (24, 6), (8, 18), (24, 18)].into_iter().zip(expected) {
        let found = picture.get_pixel(x, y).0;
        let close = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= tolerance);
        assert!(close, "{what}: {found:?} at {x},{y}, expected {expected:?} ± {tolerance}");
    }
}
