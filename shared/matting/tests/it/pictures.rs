//! Pictures for the tests, and comparisons of mattes.

use std::path::Path;

use image::{GrayImage, Rgb, RgbImage};
use sansfond_imaging::Picture;

/// A white disc on black. The tiny graphs take bright pixels for the subject.
pub(crate) fn disc(width: u32, height: u32) -> Picture {
    let radius = height as f32 * 0.3;
    let color = RgbImage::from_fn(width, height, |x, y| {
        let distance = (x as f32 + 0.5 - width as f32 / 2.0).hypot(y as f32 + 0.5 - height as f32 / 2.0);
        Rgb([((radius - distance) * 255.0 + 128.0).clamp(0.0, 255.0) as u8; 3])
    });
    Picture { color, alpha: None }
}

/// A picture of one color.
pub(crate) fn flat(color: [u8; 3]) -> Picture {
    Picture { color: RgbImage::from_pixel(160, 120, Rgb(color)), alpha: None }
}

/// Compares two mattes by their mean difference and the share of pixels that differ by more than 8. If they
/// differ too much, both and their difference are saved in `target/test-failures/`.
pub(crate) fn assert_close(name: &str, found: &GrayImage, expected: &GrayImage, mean: f64, share: f64) {
    assert_eq!(found.dimensions(), expected.dimensions(), "{name}");
    let difference: Vec<u8> =
        found.as_raw().iter().zip(expected.as_raw()).map(|(a, b)| a.abs_diff(*b)).collect();
    let pixels = difference.len() as f64;
    let found_mean = difference.iter().map(|value| f64::from(*value)).sum::<f64>() / pixels;
    let found_share = difference.iter().filter(|value| **value > 8).count() as f64 / pixels;
    if found_mean > mean || found_share > share {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-failures");
        std::fs::create_dir_all(&folder).expect("a folder");
        let (width, height) = found.dimensions();
        let difference = GrayImage::from_raw(width, height, difference).expect("one value a pixel");
        for (kind, picture) in [("actual", found), ("expected", expected), ("difference", &difference)] {
            picture.save(folder.join(format!("{name}-{kind}.png"))).expect("written");
        }
        panic!("{name}: mean {found_mean:.3} of {mean}, {found_share:.5} of {share} off by more than 8");
    }
}
