//! What a source gives out: frames, and the packets of the sound.

use ffmpeg_next::{Packet, Rational, codec};
use sansfond_imaging::Picture;

/// One frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Upright, sRGB; alpha where the video has some.
    pub picture: Picture,
    /// When it is shown, in the source's time base, 0 for the first that is kept.
    pub at: i64,
    /// How long it is shown, in the source's time base; at least 1.
    pub lasts: i64,
    /// Whether it is wanted itself, or only for what is known of its neighbors by it
    /// ([`SourceOptions::lead_in`](super::SourceOptions::lead_in)).
    pub is_kept: bool,
    /// How many of [`SourceOptions::borders_s`](super::SourceOptions::borders_s) lie at or before it.
    pub segment: usize,
}

/// A packet of the sound, as the file has it.
pub struct AudioPacket(pub(crate) Packet);

impl std::fmt::Debug for AudioPacket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioPacket").field("at", &self.0.pts()).field("bytes", &self.0.size()).finish()
    }
}

/// What a sink must know about the sound before its first packet.
pub struct AudioTrack {
    pub(crate) parameters: codec::Parameters,
    pub(crate) time_base: Rational,
}

impl AudioTrack {
    /// FFmpeg's name of its codec, like `aac`.
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

/// What comes out of a source.
#[derive(Debug)]
pub enum Item {
    /// A frame; they come in the order in which they are shown.
    Frame(Frame),
    /// Sound, at most a few seconds away from the frames around it.
    Audio(AudioPacket),
}
