//! The output of a source: frames and sound packets.

use ffmpeg_next::{Packet, Rational, codec};
use sansfond_imaging::Picture;

/// One frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Upright, sRGB; with alpha if the video has it.
    pub picture: Picture,
    /// Presentation time in the source's time base, 0 for the first kept frame.
    pub at: i64,
    /// Duration in the source's time base; at least 1.
    pub lasts: i64,
    /// Whether the frame belongs to the output, or is only context for its neighbors
    /// ([`SourceOptions::lead_in`](super::SourceOptions::lead_in)).
    pub is_kept: bool,
    /// Number of [`SourceOptions::borders_s`](super::SourceOptions::borders_s) at or before the frame.
    pub segment: usize,
}

/// A sound packet from the file.
pub struct AudioPacket(pub(crate) Packet);

impl std::fmt::Debug for AudioPacket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioPacket").field("at", &self.0.pts()).field("bytes", &self.0.size()).finish()
    }
}

/// The properties of the sound that a sink needs before its first packet.
pub struct AudioTrack {
    pub(crate) parameters: codec::Parameters,
    pub(crate) time_base: Rational,
}

impl AudioTrack {
    /// FFmpeg's name of the codec, such as `aac`.
    #[must_use]
    pub fn codec(&self) -> &'static str {
        self.parameters.id().name()
    }
}

impl std::fmt::Debug for AudioTrack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioTrack").field("codec", &self.codec()).finish()
    }
}

/// An item that a source returns.
#[derive(Debug)]
pub enum Item {
    /// A frame. Frames are in presentation order.
    Frame(Frame),
    /// Sound. It is at most a few seconds away from the frames around it.
    Audio(AudioPacket),
}
