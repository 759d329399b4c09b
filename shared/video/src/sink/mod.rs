//! Frames → files, one module for each format.
//!
//! Every sink keeps the source's times: the first frame is at 0, and all frames, also the last, keep their
//! duration. None of the source's metadata is copied, because phones store the place of the recording in it.

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

/// A frame with its matte.
#[derive(Debug, Clone)]
pub struct CutFrame {
    /// Colors and matte; colors under transparent pixels are still those of the video.
    pub cutout: Cutout,
    /// Presentation time in the clip's time base, 0 for the first.
    pub at: i64,
    /// Duration in the clip's time base.
    pub lasts: i64,
    /// Number of segment borders at or before this frame.
    pub segment: usize,
}

/// Writes frames and sound to a file.
pub trait FrameSink: Send {
    /// Takes the next frame, in presentation order.
    ///
    /// # Errors
    /// [`SinkError`]; the file is unusable then.
    fn frame(&mut self, frame: CutFrame) -> Result<(), SinkError>;

    /// Takes the next packet of sound. Sinks without sound ignore it.
    ///
    /// # Errors
    /// As [`Self::frame`].
    fn audio(&mut self, packet: AudioPacket) -> Result<(), SinkError>;

    /// Writes the rest. The file is complete only after this.
    ///
    /// # Errors
    /// As [`Self::frame`].
    fn finish(self: Box<Self>) -> Result<(), SinkError>;
}

/// The properties of a clip that a sink needs before the first frame.
#[derive(Debug)]
pub struct Clip {
    /// Width and height of every frame.
    pub size: (u32, u32),
    /// The unit of times.
    pub time_base: TimeBase,
    /// Frames per second, as a hint.
    pub rate: Option<TimeBase>,
    /// The sound.
    pub audio: Option<AudioTrack>,
}

impl Clip {
    /// The clip of a source.
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

/// The effort of the encoders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// The best speed for its quality.
    #[default]
    Final,
    /// Half the encoder's work, and larger files, for a first look.
    Preview,
}

/// Options of an output video.
#[derive(Debug, Clone, Default)]
pub struct SinkOptions {
    /// The output format.
    pub format: VideoFormat,
    /// The background behind the subject.
    pub background: Backdrop,
    /// The effort of the encoders.
    pub effort: Effort,
    /// Threads of the encoder; 0 means one per core.
    pub threads: usize,
    /// Position of the file in the whole video, in seconds; a moving background continues from there.
    pub begins_s: f64,
}

impl SinkOptions {
    /// Checks that the format supports the options, before any credit is reserved.
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

/// Creates a file.
///
/// # Errors
/// [`SinkError::NoAlpha`], [`SinkError::NoEncoder`], [`SinkError::TooLarge`], or the muxer's error.
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
