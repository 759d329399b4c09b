//! The headers of TIFF files that `image` would decode to wrong pixels.

use std::io::Cursor;

use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::DecodeError;

/// Only a DNG has its version.
const DNG_VERSION: Tag = Tag::Unknown(50706);
/// The bit of `NewSubfileType` for a smaller version of another image of the file.
const REDUCED: u32 = 1;
/// The value of `SampleFormat` for floating-point numbers.
const FLOAT: u16 = 3;

/// # Errors
/// [`DecodeError::Unsupported`]. A header that cannot be read is not an error here: the decoder reports it.
pub(super) fn check(bytes: &[u8]) -> Result<(), DecodeError> {
    let Ok(mut header) = Decoder::new(Cursor::new(bytes)) else { return Ok(()) };
    let has = |header: &mut Decoder<_>, tag| header.find_tag(tag).is_ok_and(|value| value.is_some());
    let kind: Option<u32> = header.find_tag_unsigned(Tag::NewSubfileType).ok().flatten();
    let is_thumbnail = kind.is_some_and(|kind| kind & REDUCED != 0) && has(&mut header, Tag::SubIfd);
    if is_thumbnail || has(&mut header, DNG_VERSION) {
        return Err(DecodeError::RAW);
    }
    let mut all = |tag| header.find_tag_unsigned_vec::<u16>(tag).ok().flatten().unwrap_or_default();
    let (bits, formats) = (all(Tag::BitsPerSample), all(Tag::SampleFormat));
    // Without `SampleFormat`, samples are unsigned integers.
    let is_float = !formats.is_empty() && formats.iter().all(|format| *format == FLOAT);
    if bits.iter().any(|bits| *bits > 16) && !is_float {
        return Err(DecodeError::Unsupported {
            what: "a TIFF with integers of more than 16 bits",
            advice: "export it with 8 or 16 bits per channel",
        });
    }
    Ok(())
}
