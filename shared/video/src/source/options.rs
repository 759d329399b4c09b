//! Options for reading a video.

use crate::probe::Limits;

/// Options for reading a video.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// Seconds to skip, from the first frame.
    pub from_s: f64,
    /// End in seconds from the first frame of the file: the reserved length, independent of the header. The
    /// last frame is shortened.
    pub until_s: Option<f64>,
    /// Longest side of the frames; larger ones are scaled down.
    pub max_side: Option<u32>,
    /// Number of frames before the requested part that are also returned, as context.
    pub lead_in: usize,
    /// Number of frames after the requested part that are also returned, as context. Then the last frame of the
    /// requested part is not shortened.
    pub lead_out: usize,
    /// Starts of segments, in seconds from the first frame, ascending.
    pub borders_s: Vec<f64>,
    /// Ignore the sound.
    pub no_audio: bool,
    /// Threads of the decoder; 0 means one per core.
    pub threads: usize,
    /// Limits. Frames that are too large are rejected before they are decoded.
    pub limits: Limits,
}
