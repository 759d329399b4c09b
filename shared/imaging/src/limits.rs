//! Limits of the input's size. They are checked from the header, before pixels are allocated.

/// Upper limits of an input picture. All three apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub max_bytes: u64,
    /// Width × height, by the header.
    pub max_pixels: u64,
    /// Pixels of the longer side, by the header.
    pub max_side: u32,
}

impl Default for Limits {
    /// 22 MB and 50 megapixels, as remove.bg, and 16,384 pixels per side.
    fn default() -> Self {
        Self { max_bytes: 22_000_000, max_pixels: 50_000_000, max_side: 16_384 }
    }
}

impl Limits {
    /// Memory limit of a decoder: four 16-bit channels for each pixel that is allowed, twice, because some
    /// decoders hold a second copy to undo interlacing or prediction.
    pub(crate) fn max_decoder_bytes(&self) -> u64 {
        self.max_pixels.saturating_mul(16)
    }
}
