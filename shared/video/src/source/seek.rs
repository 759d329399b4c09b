//! Going to a place of the file.

use ffmpeg_next::ffi::AV_TIME_BASE;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Rational, Rescale};

/// Goes to the last key frame before so many seconds, if the file has a table for that and there is
/// anything to skip; whether it did.
pub(crate) fn seek(input: &mut Input, base: Rational, start: i64, from_s: f64) -> bool {
    // MPEG-TS has no table: FFmpeg guesses the place, and may guess one that is too late.
    let has_table = ["mov", "matroska"].iter().any(|name| input.format().name().starts_with(name));
    if from_s <= 0.0 || !has_table {
        return false;
    }
    let from = start + (from_s / f64::from(base)).floor() as i64;
    let from_us = from.rescale(base, Rational(1, AV_TIME_BASE));
    // Where it fails, frames are decoded from the start and left out.
    input.seek(from_us, ..from_us).is_ok()
}
