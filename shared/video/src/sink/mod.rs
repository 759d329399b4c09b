//! Frames → files, one file here for each kind of file there.
//!
//! Every sink keeps the source's times: frames are as long as they were, the first is at 0, the last
//! keeps its duration. Nothing of the source's metadata is copied: phones write where a video was made.

mod audio;
mod bleed;
pub(crate) mod bundle;
mod canvas;
mod gif;
mod mov;
mod mp4;
mod mux;
pub(crate) mod png;
pub(crate) mod remux;
mod webm;
mod webp;

use std::path::Path;

use sansfond_imaging::Cutout;

use crate::source::{AudioPacket, AudioTrack, FrameSource, TimeBase};
use crate::{SinkError, VideoFormat};
pub use canvas::Backdrop;
use canvas::Canvas;

/// A frame whose subject has been cut out.
#[derive(Debug, Clone)]
pub struct CutFrame {
    /// Colors and matte; the colors under transparent pixels are still those of the video.
    pub cutout: Cutout,
    /// When it is shown, in the clip's time base, 0 for the first.
    pub at: i64,
    /// How long it is shown, in the clip's time base.
    pub lasts: i64,
    /// How many borders between segments lie at or before it.
    pub segment: usize,
}

/// Takes frames and sound, and makes a file of them.
pub trait FrameSink: Send {
    /// The next frame; they come in the order in which they are shown.
    ///
    /// # Errors
    /// [`SinkError`]; the file is worth nothing then.
    fn frame(&mut self, frame: CutFrame) -> Result<(), SinkError>;

    /// The next packet of sound. Sinks without sound ignore it.
    ///
    /// # Errors
    /// As [`Self::frame`].
    fn audio(&mut self, packet: AudioPacket) -> Result<(), SinkError>;

    /// Writes what is left. Only after this is the file whole.
    ///
    /// # Errors
    /// As [`Self::frame`].
    fn finish(self: Box<Self>) -> Result<(), SinkError>;
}

/// What a sink must know before the first frame.
#[derive(Debug)]
pub struct Clip {
    /// Width and height of every frame.
    pub size: (u32, u32),
    /// The unit of times.
    pub time_base: TimeBase,
    /// Frames a second, as a hint.
    pub rate: Option<TimeBase>,
    /// The sound.
    pub audio: Option<AudioTrack>,
}

impl Clip {
    /// The clip that a source gives.
    #[must_use]
    pub fn of(source: &FrameSource) -> Self {
        Self {
            size: source.size(),
            time_base: source.time_base(),
            rate: source.rate(),
            audio: source.audio(),
        }
    }
}

/// How hard encoders try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// The best speed for its quality.
    #[default]
    Final,
    /// Half the work of the encoder for larger files: for a first look.
    Preview,
}

/// How a video is written.
#[derive(Debug, Clone, Default)]
pub struct SinkOptions {
    /// Kind of file.
    pub format: VideoFormat,
    /// What stands behind the subject.
    pub background: Backdrop,
    /// How hard encoders try.
    pub effort: Effort,
    /// Threads of the encoder; 0 takes one for each core.
    pub threads: usize,
    /// Where in the whole the file begins, in seconds: a background that moves goes on from there.
    pub begins_s: f64,
}

impl SinkOptions {
    /// Whether the format can hold what is asked of it; to be known before anything is paid for.
    ///
    /// # Errors
    /// [`SinkError::NoAlpha`].
    pub fn check(&self) -> Result<(), SinkError> {
        if !self.format.row().has_alpha && self.background.is_transparent() {
            return Err(SinkError::NoAlpha { format: self.format });
        }
        Ok(())
    }

    fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}

/// Begins a file.
///
/// # Errors
/// [`SinkError::NoAlpha`], [`SinkError::NoEncoder`], [`SinkError::TooLarge`], or what the muxer says.
pub fn open(path: &Path, clip: Clip, options: &SinkOptions) -> Result<Box<dyn FrameSink>, SinkError> {
    options.check()?;
    crate::prepare();
    let canvas = Canvas::new(&options.background, clip.size, clip.time_base, options.begins_s)?;
    Ok(match options.format {
        VideoFormat::WebM => Box::new(webm::WebM::open(path, clip, canvas, options)?),
        VideoFormat::Mov => Box::new(mov::Mov::open(path, clip, canvas, options)?),
        VideoFormat::Mp4 => Box::new(mp4::Mp4::open(path, clip, mp4::Mp4Content::Picture(canvas), options)?),
        VideoFormat::Matte => Box::new(mp4::Mp4::open(path, clip, mp4::Mp4Content::Matte, options)?),
        VideoFormat::Zip => Box::new(bundle::Bundle::open(path, clip, canvas, options)?),
        VideoFormat::WebP => Box::new(webp::WebP::open(path, clip, canvas, options)?),
        VideoFormat::Gif => Box::new(gif::Gif::open(path, clip, canvas, options)?),
        VideoFormat::Png => Box::new(png::PngSequence::open(path, clip, canvas)?),
    })
}
