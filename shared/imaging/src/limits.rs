//! How large an input may be. Checked from the header, before pixels are allocated.

/// Upper bounds for an input picture. All three hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub max_bytes: u64,
    /// Largest area, in pixels.
    pub max_pixels: u64,
    /// Longest side, in pixels.
    pub max_side: u32,
}

impl Default for Limits {
    /// 22 MB and 50 megapixels, as remove.bg has them, and 16,384 pixels a side.
    fn default() -> Self {
        Self { max_bytes: 22_000_000, max_pixels: 50_000_000, max_side: 16_384 }
    }
}

impl Limits {
    /// The memory that a decoder may take: four 16-bit channels for each pixel that is allowed,
    /// twice, because some decoders hold a second copy while they undo interlacing or prediction.
    pub(crate) fn max_decoder_bytes(&self) -> u64 {
        self.max_pixels.saturating_mul(16)
    }
}
