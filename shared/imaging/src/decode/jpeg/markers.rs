//! The marker segments of a JPEG, read without decoding.

use super::super::DecodeError;

/// The name in front of a part of an ICC profile, in APP2.
const ICC: &[u8] = b"ICC_PROFILE\0";
/// The name in front of an EXIF block, in APP1.
const EXIF: &[u8] = b"Exif\0\0";
/// The maximum number of scans; encoders write about ten. Each may cover all pixels in a few bytes, so a small file with
/// thousands of them would take hours.
const MOST_SCANS: u32 = 100;
/// A coefficient that no scan has.
const ABSENT: u8 = u8::MAX;

/// The segments of one file.
#[derive(Debug, Default)]
pub(super) struct Markers<'a> {
    /// Width and height in the frame header.
    pub(super) size: Option<(u32, u32)>,
    /// The number of the start-of-frame marker.
    frame: u8,
    /// Bits of a sample.
    precision: u8,
    channels: Vec<Channel>,
    /// The number of scans.
    scans: u32,
    /// The file has Adobe's APP14 marker: four-channel files with it store 255 for "no ink".
    pub(super) adobe: bool,
    /// The EXIF block, without the name in front of it.
    pub(super) exif: Option<&'a [u8]>,
    /// Numbered parts of the ICC profile.
    icc: Vec<(u8, &'a [u8])>,
}

/// A channel of the frame, and which of its data the scans contain.
#[derive(Debug)]
struct Channel {
    id: u8,
    /// For each of the 64 coefficients, the number of low bits that no scan so far has; [`ABSENT`] for all.
    missing_bits: [u8; 64],
}

impl<'a> Markers<'a> {
    pub(super) fn scan(bytes: &'a [u8]) -> Self {
        let mut found = Self::default();
        let mut at = 2;
        while let Some(&[mark, kind]) = bytes.get(at..at + 2).and_then(|pair| pair.first_chunk()) {
            if mark != 0xff || kind == 0xff {
                let rest = &bytes[at + 1..];
                at += 1 + rest.iter().position(|&byte| byte == 0xff).unwrap_or(rest.len());
                continue;
            }
            match kind {
                0xd9 => return found,
                // Stuffing inside the entropy-coded data, restart markers, and markers without length.
                0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
                _ => {
                    let Some(length) = bytes.get(at + 2..at + 4) else { return found };
                    let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
                    found.segment(kind, bytes.get(at + 4..at + 2 + length).unwrap_or_default());
                    at += 2 + length;
                }
            }
        }
        found
    }

    fn segment(&mut self, kind: u8, body: &'a [u8]) {
        match (kind, body) {
            (
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf,
                [precision, h1, h0, w1, w0, _, channels @ ..],
            ) if self.size.is_none() => {
                let word = |high: u8, low: u8| u32::from(u16::from_be_bytes([high, low]));
                self.size = Some((word(*w1, *w0), word(*h1, *h0)));
                (self.frame, self.precision) = (kind, *precision);
                let channel = |[id, _, _]: &[u8; 3]| Channel { id: *id, missing_bits: [ABSENT; 64] };
                self.channels = channels.as_chunks::<3>().0.iter().map(channel).collect();
            }
            (0xda, [channels, body @ ..]) => self.start_of_scan(usize::from(*channels), body),
            (0xee, [b'A', b'd', b'o', b'b', b'e', ..]) => self.adobe = true,
            (0xe1, body) if self.exif.is_none() => self.exif = body.strip_prefix(EXIF),
            (0xe2, body) => {
                if let Some([number, _, part @ ..]) = body.strip_prefix(ICC) {
                    self.icc.push((*number, part));
                }
            }
            _ => {}
        }
    }

    /// `body`: an ID and a byte for each channel, the first and the last coefficient, and a byte whose low half is the
    /// number of low bits that the scan leaves out.
    fn start_of_scan(&mut self, channels: usize, body: &[u8]) {
        self.scans += 1;
        let Some((ids, &[first, last, bits])) =
            body.split_at_checked(2 * channels).and_then(|(ids, rest)| Some((ids, rest.first_chunk::<3>()?)))
        else {
            return;
        };
        for [id, _] in ids.as_chunks::<2>().0 {
            let Some(channel) = self.channels.iter_mut().find(|channel| channel.id == *id) else { continue };
            if let Some(sent) = channel.missing_bits.get_mut(usize::from(first)..=usize::from(last)) {
                sent.fill(bits & 0x0f);
            }
        }
    }

    /// The number of channels.
    pub(super) const fn channels(&self) -> usize {
        self.channels.len()
    }

    /// Whether the scans have all bits of all coefficients of all channels. libjpeg fills in zeros for scans that are missing,
    /// without a warning. Every known encoder writes them all.
    pub(super) fn has_all_scans(&self) -> bool {
        self.channels.iter().all(|channel| channel.missing_bits == [0; 64])
    }

    /// The whole ICC profile.
    pub(super) fn profile(&self) -> Option<Vec<u8>> {
        let mut parts = self.icc.clone();
        parts.sort_by_key(|(number, _)| *number);
        (!parts.is_empty()).then(|| parts.into_iter().flat_map(|(_, part)| part).copied().collect())
    }

    /// # Errors
    /// libjpeg cannot read files of this kind.
    pub(super) fn check_supported(&self) -> Result<(), DecodeError> {
        let unsupported =
            |what| DecodeError::Unsupported { what, advice: "save it as an ordinary JPEG or PNG" };
        match self {
            // libjpeg could, but reads zeros where data is missing, without a warning. Browsers do not show these either.
            Self { frame: 0xc9 | 0xca, .. } => Err(unsupported("a JPEG with arithmetic coding")),
            Self { frame: 0xc3 | 0xc5..=0xcf, .. } => Err(unsupported("a lossless or hierarchical JPEG")),
            Self { precision, .. } if *precision != 8 => {
                Err(unsupported("a JPEG with more than 8 bits per channel"))
            }
            Self { scans, .. } if *scans > MOST_SCANS => Err(unsupported("a JPEG with more than 100 scans")),
            _ => Ok(()),
        }
    }
}
