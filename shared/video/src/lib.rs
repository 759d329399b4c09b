//! Videos ⇄ frames: probing, decoding, encoding and muxing, by the FFmpeg of the machine.
//!
//! The way of a video: [`probe`] says what a file holds before anything is paid for, [`FrameSource`]
//! gives upright sRGB frames with their exact times and the packets of the sound beside them,
//! [`pipeline`] carries them through whoever makes mattes ([`FrameMatting`]), [`steady`] keeps the
//! mattes from flickering, and a [`FrameSink`] writes one kind of file. Whoever must be able to stop and
//! go on later works in [`segments`].
//!
//! What is deliberately not here: networks of neurons (whoever starts the pipeline brings them), HTTP,
//! AWS, async, environment variables. FFmpeg opens no input by name: bytes come through Rust readers,
//! formats through a white list, and no playlist can make it open anything else.

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
mod hdr;
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

/// Prepares FFmpeg, once for the process. Its own words go nowhere: what matters comes back as errors.
pub(crate) fn prepare() {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        // The only thing that can fail is a library older than its own header.
        let _registered = ffmpeg_next::init();
        ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
    });
}
