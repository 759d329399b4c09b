//! JPEG, decoded by `zune-jpeg` directly because `image` hides the four CMYK channels that an ICC profile
//! needs.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{DecodeError, InputFormat, check_size};
use crate::{Limits, Picture, color};

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let markers = Markers::scan(bytes);
    // A file with its end marker is complete, and small errors inside are tolerated, as in browsers. Without the
    // marker, a strict decoder distinguishes a missing marker from missing pixels.
    let options = DecoderOptions::default()
        .set_strict_mode(!markers.has_end)
        .set_max_width(limits.max_side as usize)
        .set_max_height(limits.max_side as usize);
    let refused = |source: zune_jpeg::errors::DecodeErrors| {
        if markers.has_end {
            DecodeError::Corrupt { format: InputFormat::Jpeg, source: source.to_string().into() }
        } else {
            DecodeError::Truncated { format: InputFormat::Jpeg }
        }
    };

    if let Some((width, height)) = markers.size {
        check_size(width, height, limits)?;
    }
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(refused)?;
    let (width, height) = decoder.dimensions().ok_or(DecodeError::NoPixels)?;
    let (width, height) = (width as u32, height as u32);
    check_size(width, height, limits)?;

    let input = decoder.input_colorspace().unwrap_or(ColorSpace::YCbCr);
    let output = if input.num_components() == 4 { input } else { ColorSpace::RGB };
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(output));
    let mut pixels = decoder.decode().map_err(refused)?;
    let profile = decoder.icc_profile();

    if input.num_components() == 4 {
        if input == ColorSpace::YCCK {
            ycck_to_cmyk(&mut pixels);
        }
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
    let orientation = decoder
        .exif()
        .and_then(|exif| Orientation::from_exif_chunk(exif))
        .unwrap_or(Orientation::NoTransforms);
    let mut upright = DynamicImage::ImageRgb8(pixels);
    upright.apply_orientation(orientation);
    Ok(Picture { color: upright.into_rgb8(), alpha: None })
}

/// Converts Adobe's YCCK: the first three channels are the YCbCr picture of 255 minus the stored CMY.
fn ycck_to_cmyk(pixels: &mut [u8]) {
    for [y, cb, cr, _] in pixels.as_chunks_mut::<4>().0 {
        let (luma, blue, red) = (f32::from(*y), f32::from(*cb) - 128.0, f32::from(*cr) - 128.0);
        *y = (255.0 - (luma + 1.402 * red)).round() as u8;
        *cb = (255.0 - (luma - 0.344_136 * blue - 0.714_136 * red)).round() as u8;
        *cr = (255.0 - (luma + 1.772 * blue)).round() as u8;
    }
}

/// Properties from the marker segments, found without decoding.
struct Markers {
    /// Width and height in the frame header.
    size: Option<(u32, u32)>,
    /// The file has Adobe's APP14 marker: four-channel files with it store 255 for "no ink".
    adobe: bool,
    /// The file has an end-of-image marker.
    has_end: bool,
}

impl Markers {
    fn scan(bytes: &[u8]) -> Self {
        let mut found = Self { size: None, adobe: false, has_end: false };
        let mut at = 2;
        while let Some(&[mark, kind]) = bytes.get(at..at + 2).and_then(|pair| pair.first_chunk()) {
            if mark != 0xff || kind == 0xff {
                let rest = &bytes[at + 1..];
                at += 1 + rest.iter().position(|&byte| byte == 0xff).unwrap_or(rest.len());
                continue;
            }
            match kind {
                0xd9 => {
                    found.has_end = true;
                    return found;
                }
                // Stuffing inside the entropy-coded data, restart markers, and markers without length.
                0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
                _ => {
                    let Some(length) = bytes.get(at + 2..at + 4) else { return found };
                    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                    let body = bytes.get(at + 4..at + 2 + length.max(2)).unwrap_or_default();
                    match (kind, body) {
                        (0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf, [_, h1, h0, w1, w0, ..]) => {
                            let word = |high: &u8, low: &u8| u32::from(u16::from_be_bytes([*high, *low]));
                            found.size = Some((word(w1, w0), word(h1, h0)));
                        }
                        (0xee, [b'A', b'd', b'o', b'b', b'e', ..]) => found.adobe = true,
                        _ => {}
                    }
                    at += 2 + length.max(2);
                }
            }
        }
        found
    }
}
