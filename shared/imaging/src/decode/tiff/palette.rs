//! Palettes, which `tiff` does not read: it reads the indices as gray from a copy of the file that says so.

use std::ops::Range;

use tiff::ColorType;
use tiff::tags::{ByteOrder, Tag};

use super::pixels::{stored, unpacked};
use super::{File, failed, pages, unsupported};
use crate::Limits;
use crate::decode::DecodeError;
use crate::decode::samples::Samples;

/// The value of `PhotometricInterpretation` for a palette.
pub(super) const PALETTE: u16 = 3;
/// The value of `PhotometricInterpretation` for gray.
const GRAY: u16 = 1;

/// RGB samples.
///
/// # Errors
/// The decoder's, or [`DecodeError::Unsupported`] for a palette that does not fit the indices.
pub(super) fn read(
    bytes: &[u8],
    mut file: File<'_>,
    size: (u32, u32),
    limits: &Limits,
) -> Result<Samples, DecodeError> {
    let map = file.find_tag_unsigned_vec::<u16>(Tag::ColorMap).ok().flatten().unwrap_or_default();
    let directory = file.ifd_pointer().map_or(0, |pointer| pointer.0);
    let value = usize::try_from(directory)
        .ok()
        .and_then(|directory| photometric(bytes, directory, file.byte_order()))
        .ok_or_else(unsupported)?;
    let mut gray = bytes.to_vec();
    gray[value].copy_from_slice(&match file.byte_order() {
        ByteOrder::LittleEndian => GRAY.to_le_bytes(),
        ByteOrder::BigEndian => GRAY.to_be_bytes(),
    });
    let mut file = pages::main_page(&gray, limits)?;
    let color = file.colortype().map_err(failed)?;
    let (ColorType::Gray(depth @ 1..=8), 1) = (color, color.num_samples()) else { return Err(unsupported()) };
    let entries = 1 << depth;
    if map.len() < 3 * entries {
        return Err(unsupported());
    }
    // Some programs write 8 bits where the format wants 16.
    let reduce: fn(u16) -> u8 =
        if map.iter().all(|value| *value < 256) { |value| value as u8 } else { |value| (value >> 8) as u8 };
    let Samples::Eight(indices) = stored(&mut file, color, size, 1)? else { return Err(unsupported()) };
    let indices = if depth < 8 { unpacked(&indices, depth, size) } else { indices };
    let entry = |index: u8| [0, 1, 2].map(|plane| reduce(map[plane * entries + usize::from(index)]));
    Ok(Samples::Eight(indices.into_iter().flat_map(entry).collect()))
}

/// The bytes of the value of `PhotometricInterpretation` in the directory at this offset.
fn photometric(bytes: &[u8], directory: usize, order: ByteOrder) -> Option<Range<usize>> {
    let short = |at: usize| {
        let value = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(match order {
            ByteOrder::LittleEndian => u16::from_le_bytes(value),
            ByteOrder::BigEndian => u16::from_be_bytes(value),
        })
    };
    // Where the entries begin, their length, and where their value begins. The number of entries has 2 or 8 bytes.
    let (first, length, value) = if short(2)? == 43 { (8, 20, 12) } else { (2, 12, 8) };
    (0..usize::from(u16::MAX))
        .map(|entry| directory.saturating_add(first + entry * length))
        .take_while(|at| at + length <= bytes.len())
        .find(|at| short(*at) == Some(Tag::PhotometricInterpretation.to_u16()))
        .map(|at| at + value..at + value + 2)
}
