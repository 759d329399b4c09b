//! Seeking in a file.

use ffmpeg_next::ffi::AV_TIME_BASE;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Rational, Rescale};

/// Seeks to the last key frame before a time in seconds, if the file has an index and there is anything to
/// skip. Returns whether it seeked.
pub(crate) fn seek(input: &mut Input, base: Rational, start: i64, from_s: f64) -> bool {
    // MPEG-TS has no index: FFmpeg estimates the position, which may be too late.
    let has_table = ["mov", "matroska"].iter().any(|name| input.format().name().starts_with(name));
    if from_s <= 0.0 || !has_table {
        return false;
    }
    let from = start + (from_s / f64::from(base)).floor() as i64;
    let from_us = from.rescale(base, Rational(1, AV_TIME_BASE));
    // If seeking fails, frames are decoded from the start and dropped.
    input.seek(from_us, ..from_us).is_ok()
}
