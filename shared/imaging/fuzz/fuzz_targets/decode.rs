//! Decodes any bytes: the result is a picture within the limits or an error, never a panic, and memory stays
//! within the limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sansfond_imaging::{Limits, decode};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { max_bytes: 1 << 20, max_pixels: 1 << 20, max_side: 4096 };
    if let Ok(picture) = decode(bytes, &limits) {
        let (width, height) = picture.dimensions();
        assert!(u64::from(width) * u64::from(height) <= limits.max_pixels);
        assert!(picture.alpha.is_none_or(|alpha| alpha.dimensions() == (width, height)));
    }
});
