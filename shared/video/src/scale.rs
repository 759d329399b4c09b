//! swscale with explicit color properties.

use ffmpeg_next::software::scaling::{Context, Flags};
use ffmpeg_next::{color, ffi, format::Pixel, frame};

/// Milliseconds slower than swscale's default, and exact to the last level.
const FLAGS: Flags = Flags::BICUBIC.union(Flags::ACCURATE_RND).union(Flags::FULL_CHR_H_INT);

/// Pixel format, size and range of one side of a conversion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PixelLayout {
    pub(crate) pixel: Pixel,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Black is 0 and white is the largest value, instead of 16 and 235.
    pub(crate) full_range: bool,
}

/// A conversion between two layouts of frames.
pub(crate) struct Scaler {
    context: Context,
    from: PixelLayout,
    matrix: color::Space,
}

// SAFETY: swscale's context is plain memory that no other thread accesses; the wrapper holds the only pointer
// to it and gives access only through `&mut self`.
unsafe impl Send for Scaler {}

impl Scaler {
    /// `matrix` is the matrix of the side that is YUV; it has no effect if both sides are RGB.
    pub(crate) fn new(
        from: PixelLayout,
        to: PixelLayout,
        matrix: color::Space,
    ) -> Result<Self, ffmpeg_next::Error> {
        let mut context =
            Context::get(from.pixel, from.width, from.height, to.pixel, to.width, to.height, FLAGS)?;
        let table = match matrix {
            color::Space::BT709 => ffi::SWS_CS_ITU709,
            color::Space::BT2020NCL | color::Space::BT2020CL => ffi::SWS_CS_BT2020,
            color::Space::SMPTE240M => ffi::SWS_CS_SMPTE240M,
            color::Space::FCC => ffi::SWS_CS_FCC,
            _ => ffi::SWS_CS_ITU601,
        };
        // SAFETY: the context has just been made and is not null; the table of coefficients is static. The
        // result is negative for conversions that need no matrix.
        let _needs_no_matrix = unsafe {
            let coefficients = ffi::sws_getCoefficients(table);
            ffi::sws_setColorspaceDetails(
                context.as_mut_ptr(),
                coefficients,
                i32::from(from.full_range),
                coefficients,
                i32::from(to.full_range),
                0,
                1 << 16,
                1 << 16,
            )
        };
        Ok(Self { context, from, matrix })
    }

    /// Whether the scaler converts from exactly this layout.
    pub(crate) fn fits(&self, from: PixelLayout, matrix: color::Space) -> bool {
        self.from == from && self.matrix == matrix
    }

    /// Converts one frame. Times and tags are not copied.
    pub(crate) fn run(&mut self, frame: &frame::Video) -> Result<frame::Video, ffmpeg_next::Error> {
        let mut converted = frame::Video::empty();
        self.context.run(frame, &mut converted)?;
        Ok(converted)
    }
}
