//! A video worked on in segments that can be stored and joined, so that a worker that is killed goes on
//! where it stopped, and nobody can tell from the result.
//!
//! [`plan`] cuts the clip, [`work`] makes the files of the segments that are [`missing`], one pass over
//! each stretch of them, and [`join`] makes one file of them all: their packets one after the other, at
//! the times of the source, and the sound, which no segment has.
//!
//! What makes the two the same, a clip worked on in one go and one that was interrupted anywhere:
//! a segment always begins with a key frame and an encoder of its own; a pass that begins in the middle
//! looks at the frames before it, so that mattes are steadied as if it had come by; a matte is never
//! taken again over a border ([`Pipeline::reuse`](crate::Pipeline)); encoders have a fixed number of
//! threads. Only a recurrent network remembers more than a pass can show it: it is given a warm-up.
//!
//! WebM, MOV, MP4, the matte and the ZIP of two videos are joined by packets, the PNG sequence by giving
//! its pictures their numbers. Animated WebP and GIF are one segment: what a frame of theirs shows depends
//! on those before it.

mod join;
mod plan;
mod work;

use serde::{Deserialize, Serialize};

pub use join::{JoinError, SegmentFile, join};
pub use plan::{Segment, missing, plan};
pub use work::{FinishedSegment, SegmentPass, work};

use crate::source::TimeBase;

/// Threads of a segment's encoder, where nothing else is asked: the same on every machine, because what
/// encoders write depends on it.
pub const THREADS: usize = 4;

/// What has to be known of a segment besides its file. A few kilobytes; to be kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SegmentInfo {
    /// Which one it is.
    pub number: u32,
    /// The unit of its times: the source's.
    pub time_base: TimeBase,
    /// Frames a second, as a hint.
    pub rate: Option<TimeBase>,
    /// Width and height of its frames.
    pub size: (u32, u32),
    /// Time of the first frame of the source, as the source counts.
    pub start: i64,
    /// Time of the segment's first frame, counted from there.
    pub first_at: i64,
    /// How long each of its frames is shown. Containers round; this does not.
    pub lasts: Vec<i64>,
    /// Frames without a subject.
    pub empty: u64,
}

impl SegmentInfo {
    /// How many frames it has: none where a frame of the segment before outlasts it.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.lasts.len() as u64
    }

    /// How long it is.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.time_base.seconds(self.lasts.iter().sum())
    }
}

/// Whether any of them shows a subject; if not, the video has none.
pub fn has_subject<'a>(infos: impl IntoIterator<Item = &'a SegmentInfo>) -> bool {
    infos.into_iter().any(|info| info.frames() > info.empty)
}
