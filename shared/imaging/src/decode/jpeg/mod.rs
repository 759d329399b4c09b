//! JPEG, decoded by libjpeg-turbo: it reports missing data, and its pixels are those of browsers. `image`'s decoder returns
//! half a file with an end marker as a whole picture, smears files with a scan for each channel, and hides the four CMYK
//! channels that an ICC profile needs (decision 48).

mod libjpeg;
mod markers;

use image::metadata::Orientation;

use self::libjpeg::Failure;
use self::markers::Markers;
use super::samples::{Samples, assemble};
use super::{DecodeError, InputFormat, check_size, upright};
use crate::color::{self, ColorSpace};
use crate::{Limits, Picture};

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let markers = Markers::scan(bytes);
    let Some((width, height)) = markers.size else {
        return Err(DecodeError::Truncated { format: InputFormat::Jpeg });
    };
    check_size(width, height, limits)?;
    markers.check_supported()?;
    if !markers.has_all_scans() {
        return Err(DecodeError::Truncated { format: InputFormat::Jpeg });
    }
    let mut pixels =
        libjpeg::decode(bytes, (width, height), markers.channels()).map_err(|failure| match failure {
            Failure::Missing => DecodeError::Truncated { format: InputFormat::Jpeg },
            Failure::Damaged(source) => {
                DecodeError::Corrupt { format: InputFormat::Jpeg, source: source.into() }
            }
        })?;

    let mut space = markers.profile().map_or(ColorSpace::Srgb, ColorSpace::Icc);
    if markers.channels() == 4 {
        if markers.adobe {
            pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
        }
        let profile = match &space {
            ColorSpace::Icc(profile) => Some(profile.as_slice()),
            _ => None,
        };
        pixels = color::cmyk_to_srgb(&pixels, profile);
        space = ColorSpace::Srgb;
    }
    let picture = assemble((width, height), 3, Samples::Eight(pixels), InputFormat::Jpeg)?;
    let orientation = markers.exif.and_then(Orientation::from_exif_chunk);
    Ok(color::to_srgb(upright(picture, orientation), &space))
}
