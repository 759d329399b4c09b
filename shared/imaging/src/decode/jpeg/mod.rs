//! JPEG, decoded by libjpeg-turbo: it reports missing data, and its pixels are those of browsers. `image`'s decoder returns
//! half a file with an end marker as a whole picture, smears files with a scan for each channel, and hides the four CMYK
//! channels that an ICC profile needs (decision 48).

mod libjpeg;
mod markers;

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use self::libjpeg::Failure;
use self::markers::Markers;
use super::{DecodeError, InputFormat, check_size};
use crate::{Limits, Picture, color};

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

    let profile = markers.profile();
    if markers.channels() == 4 {
        if markers.adobe {
            pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
        }
        pixels = color::cmyk_to_srgb(&pixels, profile.as_deref());
    } else if let Some(profile) = profile {
        color::rgb8_to_srgb(&mut pixels, &profile);
    }

    let expected = width as usize * height as usize * 3;
    let pixels = RgbImage::from_raw(width, height, pixels).ok_or_else(|| DecodeError::Corrupt {
        format: InputFormat::Jpeg,
        source: format!("the decoder did not give {expected} bytes").into(),
    })?;
    let orientation =
        markers.exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let mut upright = DynamicImage::ImageRgb8(pixels);
    upright.apply_orientation(orientation);
    Ok(Picture { color: upright.into_rgb8(), alpha: None })
}
