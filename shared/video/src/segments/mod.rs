//! Processes a video in segments that can be stored and joined, so that a new worker continues where a killed
//! worker stopped, with the same result.
//!
//! [`plan`] splits the clip, [`process`] makes the files of the [`missing`] segments, one pass for each run of
//! them, and [`join`] makes one file of all segments: it copies their packets, sets the times of the source,
//! and adds the sound, which segments do not have.
//!
//! A clip gives the same result whether it is processed in one pass or with interruptions, because: a segment
//! always begins with a key frame and a new encoder; a pass that begins in the middle reads the frames before
//! it, so that mattes are smoothed as in one pass; a matte is never reused across a border
//! ([`Pipeline::reuse`](crate::Pipeline)); encoders have a fixed number of threads. Only the state of a
//! recurrent network depends on more frames than a pass reads: it gets a warm-up.
//!
//! WebM, MOV, MP4, the matte and the ZIP of two videos are joined by packets, the PNG sequence by renumbering
//! its pictures. Animated WebP and GIF are one segment: their frames depend on the frames before.

mod join;
mod pass;
mod plan;

use serde::{Deserialize, Serialize};

pub use join::{JoinError, SegmentFile, join};
pub use pass::{FinishedSegment, SegmentPass, process};
pub use plan::{Segment, missing, plan};

use crate::source::TimeBase;

/// Default number of threads of a segment's encoder. It is the same on every machine, because the encoder's
/// output depends on it.
pub const THREADS: usize = 4;

/// The information about a segment that joining needs: a few kilobytes, stored beside its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SegmentInfo {
    /// The index of the segment.
    pub number: u32,
    /// The unit of its times, which is the source's.
    pub time_base: TimeBase,
    /// Frames per second, as a hint.
    pub rate: Option<TimeBase>,
    /// Width and height of its frames.
    pub size: (u32, u32),
    /// Time of the source's first frame, in the source's clock.
    pub start: i64,
    /// Time of the segment's first frame, relative to `start`.
    pub first_at: i64,
    /// Duration of each frame. Containers round durations; these are exact.
    pub lasts: Vec<i64>,
    /// Frames without a subject.
    pub empty: u64,
}

impl SegmentInfo {
    /// The number of frames: 0 if a frame of an earlier segment lasts until its end.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.lasts.len() as u64
    }

    /// The length in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.time_base.seconds(self.lasts.iter().sum())
    }
}

/// Whether a frame in any of the segments shows a subject; if not, the video has none.
pub fn has_subject<'a>(infos: impl IntoIterator<Item = &'a SegmentInfo>) -> bool {
    infos.into_iter().any(|info| info.frames() > info.empty)
}
