//! libjpeg-turbo, as built by `mozjpeg`: baseline, extended and progressive files with 8 bits per channel.
//!
//! libjpeg continues after an error in the data, fills missing blocks with gray, and reports a warning for each. Warnings are
//! collected for each row, because the last row of blocks may be incomplete.

use std::cell::Cell;
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mozjpeg::{ColorSpace, ColorSpaceExt, Decompress};
use mozjpeg_sys::{
    JWRN_ADOBE_XFORM, JWRN_BOGUS_PROGRESSION, JWRN_EXTRANEOUS_DATA, JWRN_HIT_MARKER, JWRN_JFIF_MAJOR,
    JWRN_JPEG_EOF, JWRN_TOO_MUCH_DATA, jpeg_common_struct, jpeg_error_mgr, jpeg_std_error,
};

/// Warnings about files whose pixels are right, among them a missing end marker: blocks without data have a warning of
/// their own.
const HARMLESS: [c_int; 6] = [
    JWRN_ADOBE_XFORM,
    JWRN_BOGUS_PROGRESSION,
    JWRN_EXTRANEOUS_DATA,
    JWRN_JFIF_MAJOR,
    JWRN_JPEG_EOF,
    JWRN_TOO_MUCH_DATA,
];

/// The reason why there is no complete picture.
#[derive(Debug)]
pub(super) enum Failure {
    /// Blocks have no data.
    Missing,
    /// libjpeg's message.
    Damaged(String),
}

/// Pixels of 3 channels (RGB) or 4 (CMYK as it is stored), row by row. The size is that of the frame header, which has passed
/// the limits.
///
/// # Errors
/// If blocks above the last row of blocks are missing or damaged. In the last row it is hardly visible, and cameras that are
/// switched off while they write leave such files.
pub(super) fn decode(bytes: &[u8], size: (u32, u32), channels: usize) -> Result<Vec<u8>, Failure> {
    catch_unwind(AssertUnwindSafe(|| read(bytes, size, channels))).unwrap_or_else(|fatal| {
        Err(Failure::Damaged(match fatal.downcast::<Fatal>() {
            Ok(fatal) => format!("libjpeg's error {}", fatal.0),
            Err(panic) => resume_unwind(panic),
        }))
    })
}

fn read(bytes: &[u8], (width, height): (u32, u32), channels: usize) -> Result<Vec<u8>, Failure> {
    let refused = |error: std::io::Error| Failure::Damaged(error.to_string());
    REPORT.take();
    let file = Decompress::with_err(error_manager()).from_mem(bytes).map_err(refused)?;
    let block_rows = file.components().iter().map(|channel| channel.v_samp_factor).max().unwrap_or(1);
    let wanted = if channels == 4 { ColorSpace::JCS_CMYK } else { ColorSpace::JCS_RGB };
    let (width, height) = (width as usize, height as usize);
    if file.size() != (width, height) {
        return Err(Failure::Damaged("two sizes in one file".to_owned()));
    }
    let last = height.saturating_sub(8 * block_rows as usize);
    let mut pixels = vec![0; width * height * wanted.num_components()];
    let mut rows = file.to_colorspace(wanted).map_err(refused)?;
    for (number, row) in pixels.chunks_exact_mut(width * wanted.num_components()).enumerate() {
        rows.read_scanlines_into(row).map_err(refused)?;
        match REPORT.take() {
            Some(JWRN_HIT_MARKER) if number < last => return Err(Failure::Missing),
            Some(code) if number < last => {
                return Err(Failure::Damaged(format!("libjpeg's warning {code} in row {number}")));
            }
            _ => {}
        }
    }
    Ok(pixels)
}

thread_local! {
    /// The first warning about wrong pixels since the last call of `take`.
    static REPORT: Cell<Option<c_int>> = const { Cell::new(None) };
}

/// The number of a fatal error in `jerror.h`.
struct Fatal(c_int);

fn error_manager() -> jpeg_error_mgr {
    // SAFETY: a structure of numbers and function pointers that may be null; the next call fills all of it.
    let mut manager = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is ours for the call.
    unsafe { jpeg_std_error(&mut manager) };
    manager.emit_message = Some(note);
    manager.error_exit = Some(give_up);
    manager
}

fn code(file: &jpeg_common_struct) -> c_int {
    // SAFETY: libjpeg calls with the manager that it was given, which lives as long as the file.
    unsafe { (*file.err).msg_code }
}

/// A negative level is a warning; the others are traces.
extern "C-unwind" fn note(file: &mut jpeg_common_struct, level: c_int) {
    let code = code(file);
    if level < 0 && !HARMLESS.contains(&code) && REPORT.get().is_none() {
        REPORT.set(Some(code));
    }
}

/// Unwinds, because libjpeg's own function would end the process and a return is undefined.
extern "C-unwind" fn give_up(file: &mut jpeg_common_struct) {
    resume_unwind(Box::new(Fatal(code(file))));
}
