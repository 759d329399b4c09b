//! Detects the format from the first bytes of a file.

use std::fmt;

use super::DecodeError;

/// A supported picture format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputFormat {
    /// Baseline and progressive, gray, RGB and CMYK.
    Jpeg,
    /// All bit depths and color types; one frame of an animation.
    Png,
    /// Lossy and lossless; one frame of an animation.
    WebP,
    /// One frame.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// The main page.
    Tiff,
}

impl fmt::Display for InputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
        })
    }
}

/// Detects the format.
///
/// # Errors
/// [`DecodeError::Empty`], [`DecodeError::Unsupported`] for common formats that we do not read,
/// [`DecodeError::NotAPicture`] for the rest.
pub fn sniff(bytes: &[u8]) -> Result<InputFormat, DecodeError> {
    match bytes {
        [] => Err(DecodeError::Empty),
        [0xff, 0xd8, 0xff, ..] => Ok(InputFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(InputFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(InputFormat::WebP),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(InputFormat::Gif),
        [b'B', b'M', ..] => Ok(InputFormat::Bmp),
        // Canon's CR2 is a TIFF with a mark.
        [b'I', b'I', 42, 0, _, _, _, _, b'C', b'R', ..] => Err(DecodeError::RAW),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Ok(InputFormat::Tiff),
        _ => Err(recognize_unsupported(bytes)),
    }
}

fn recognize_unsupported(bytes: &[u8]) -> DecodeError {
    const TO_JPEG: &str = "convert it to JPEG or PNG";
    let unsupported = |what, advice| DecodeError::Unsupported { what, advice };
    match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand {
            [b'a', b'v', b'i', b'f' | b's', ..] => unsupported("AVIF", TO_JPEG),
            [b'c', b'r', b'x', b' ', ..] => DecodeError::RAW,
            [b'h', b'e', b'i' | b'v', ..] | [b'm', b'i', b'f' | b's', ..] => {
                unsupported("HEIC", "convert it to JPEG")
            }
            _ => unsupported("a video", "choose a still picture"),
        },
        [0x1a, 0x45, 0xdf, 0xa3, ..] => unsupported("a video", "choose a still picture"),
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => unsupported("JPEG XL", TO_JPEG),
        [b'8', b'B', b'P', b'S', ..] => unsupported("a Photoshop file", "export it as PNG"),
        [b'%', b'P', b'D', b'F', ..] => unsupported("PDF", "export the page as PNG"),
        // Panasonic, Olympus, Fujifilm, Sigma.
        [b'I', b'I', b'U', 0, ..]
        | [b'I', b'I', b'R', b'O' | b'S', ..]
        | [b'M', b'M', b'O', b'R', ..]
        | [b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', ..]
        | [b'F', b'O', b'V', b'b', ..] => DecodeError::RAW,
        _ if is_svg(bytes) => unsupported("SVG", "export it as PNG"),
        _ => DecodeError::NotAPicture,
    }
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with("<svg")
        || ((head.starts_with("<?xml") || head.starts_with("<!")) && head.contains("<svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_unsupported_formats_are_named() {
        for (bytes, what) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], "HEIC"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0", "HEIC"),
            (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "a video"),
            (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
            (b"  <svg/>", "SVG"),
            (b"%PDF-1.7", "PDF"),
            (b"II*\0\x10\0\0\0CR\x02\0", "a camera's RAW file"),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01", "a camera's RAW file"),
            (b"FUJIFILMCCD-RAW 0201", "a camera's RAW file"),
            (b"IIRO\x08\0\0\0", "a camera's RAW file"),
            (b"IIU\0\x18\0\0\0", "a camera's RAW file"),
        ] {
            match sniff(bytes) {
                Err(DecodeError::Unsupported { what: found, .. }) => assert_eq!(found, what),
                other => panic!("{what}: {other:?}"),
            }
        }
    }

    #[test]
    fn text_is_not_a_picture() {
        assert!(matches!(sniff(b"hello, I am a text"), Err(DecodeError::NotAPicture)));
        assert!(matches!(sniff(b""), Err(DecodeError::Empty)));
    }
}
