//! The page of a TIFF file that is the picture.

use std::io::Cursor;

use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::{File, failed};
use crate::Limits;
use crate::decode::DecodeError;

/// Only a DNG has its version.
const DNG_VERSION: Tag = Tag::Unknown(50706);
/// The bit of `NewSubfileType` for a smaller version of another page.
const REDUCED: u32 = 1;
/// The bit of `NewSubfileType` for the transparency mask of another page.
const MASK: u32 = 4;
/// Pages after these are not looked at.
const MOST: usize = 100;

/// Opens a file at its first page that is neither a smaller version nor the mask of another one.
///
/// # Errors
/// [`DecodeError::RAW`], or the decoder's error in the first header.
pub(super) fn main_page<'a>(bytes: &'a [u8], limits: &Limits) -> Result<File<'a>, DecodeError> {
    let mut file = open(bytes, limits)?;
    for page in 0..MOST {
        let kind = file.find_tag_unsigned(Tag::NewSubfileType).ok().flatten().unwrap_or(0);
        let has = |file: &mut File<'_>, tag| file.find_tag(tag).is_ok_and(|value| value.is_some());
        let is_thumbnail = kind & REDUCED != 0 && has(&mut file, Tag::SubIfd);
        if is_thumbnail || has(&mut file, DNG_VERSION) {
            return Err(DecodeError::RAW);
        }
        if kind & (REDUCED | MASK) == 0 {
            return Ok(file);
        }
        if !file.more_images() || file.seek_to_image(page + 1).is_err() {
            break;
        }
    }
    // A file with nothing but thumbnails.
    open(bytes, limits)
}

fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<File<'a>, DecodeError> {
    let memory = usize::try_from(limits.max_decoder_bytes()).unwrap_or(usize::MAX);
    let mut most = tiff::decoder::Limits::default();
    (most.decoding_buffer_size, most.intermediate_buffer_size, most.ifd_value_size) =
        (memory, memory, memory);
    Ok(Decoder::new(Cursor::new(bytes)).map_err(failed)?.with_limits(most))
}
