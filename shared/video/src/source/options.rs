//! What a caller wants of a video.

use crate::probe::Limits;

/// What is wanted of a video.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// Seconds that are skipped, counted from the first frame.
    pub from_s: f64,
    /// Seconds after which nothing is given out, counted from the first frame of the file: what was
    /// reserved, whatever the header said. The last frame is cut short.
    pub until_s: Option<f64>,
    /// Longest side of the frames; larger ones are made smaller.
    pub max_side: Option<u32>,
    /// So many frames before the first that is wanted are given out too, not to be kept.
    pub lead_in: usize,
    /// So many frames after the last that is wanted are given out too, not to be kept. The last that is
    /// wanted is not cut short then.
    pub lead_out: usize,
    /// Where segments begin, in seconds from the first frame, in ascending order.
    pub borders_s: Vec<f64>,
    /// Leave the sound out.
    pub no_audio: bool,
    /// Threads of the decoder; 0 takes one for each core.
    pub threads: usize,
    /// Frames larger than allowed are refused before they are decoded.
    pub limits: Limits,
}
