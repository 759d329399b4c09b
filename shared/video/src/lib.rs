//! Videos ⇄ frames: probing, decoding, encoding and muxing, with the FFmpeg of the machine.
//!
//! The steps for a video: [`probe`] returns the content of a file before any credit is reserved,
//! [`FrameSource`] returns upright sRGB frames with their exact times and the packets of the sound,
//! [`pipeline`] makes their mattes with a [`FrameMatting`], [`steady`] keeps the mattes from flickering, and
//! a [`FrameSink`] writes one format. Callers that must be able to stop and resume use [`segments`].
//!
//! Deliberately absent: neural networks (the caller of the pipeline brings them), HTTP, AWS, async,
//! environment variables. FFmpeg opens no input by name: it reads bytes from Rust readers, and formats are on an
//! allow list, so a playlist cannot open other files.

pub mod error;
pub mod input;
pub mod pipeline;
pub mod probe;
pub mod rate;
pub mod segments;
pub mod sink;
pub mod source;
pub mod steady;

mod color;
mod deinterlace;
mod orient;
mod scale;
mod sound;

pub use error::{SinkError, SourceError};
pub use input::{Bytes, RangeReader};
pub use pipeline::{FrameMatting, Pipeline, PipelineError, Progress, Summary};
pub use probe::{Limits, Probe, key_frames, probe};
pub use sansfond_options::VideoFormat;
pub use sink::{FrameSink, SinkOptions, open};
pub use sound::SoundSource;
pub use source::{AudioPacket, AudioTrack, Frame, FrameSource, Item, SourceOptions, TimeBase};

use std::sync::Once;

/// Initializes FFmpeg, once per process. Its log is off; errors are returned.
pub(crate) fn prepare() {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        // It fails only if a library is older than its own header.
        let _registered = ffmpeg_next::init();
        ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
    });
}
