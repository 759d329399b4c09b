//! Why a video cannot be read or written. The texts are for the person who chose the file; causes go
//! to the log.

use std::path::PathBuf;

use crate::VideoFormat;

/// Why a video cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// None of the containers that we read, whatever its name says.
    #[error("this is not a video; use MP4, MOV, WebM, MKV, AVI, GIF or MPEG-TS")]
    NotAVideo,
    /// A container that we know, without the part that describes it or with nonsense in it.
    #[error("the video is damaged or incomplete; was it sent to the end?")]
    Damaged,
    /// The header announces more than the file holds.
    #[error("the video is incomplete: it ends after {found_s:.1} of {announced_s:.1} seconds")]
    Incomplete {
        /// What is there.
        found_s: f64,
        /// What was announced.
        announced_s: f64,
    },
    /// Sound without pictures.
    #[error("there is no video in this file, only sound")]
    NoVideo,
    /// Sound with a picture of the record's sleeve.
    #[error("there is no video in this file, only sound and a cover picture")]
    OnlyCover,
    /// A video stream from which no picture comes.
    #[error("the video has no frames that can be decoded")]
    NoFrames,
    /// No decoder for it.
    #[error("videos in {codec} cannot be decoded; convert it to H.264")]
    UnsupportedCodec {
        /// The codec's name.
        codec: String,
    },
    /// Frames too large.
    #[error("the video has {width} × {height} pixels a frame; at most {max_pixels} are allowed")]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// Too many frames a second.
    #[error("the video has {fps:.0} frames a second; at most {max_fps:.0} are allowed")]
    TooFast {
        /// Average rate.
        fps: f64,
        /// The limit.
        max_fps: f64,
    },
    /// Too long.
    #[error("the video lasts {seconds:.1} seconds; at most {max_seconds:.0} are allowed")]
    TooLong {
        /// Its length.
        seconds: f64,
        /// The limit.
        max_seconds: f64,
    },
    /// Too many frames.
    #[error("the video has {frames} frames; at most {max_frames} are allowed")]
    TooManyFrames {
        /// How many.
        frames: u64,
        /// The limit.
        max_frames: u64,
    },
    /// The description of the video is scattered over more of the file than we are ready to read.
    #[error("too much of this file has to be read to find out what is in it")]
    TooScattered,
    /// Finding out took longer than it may.
    #[error("it took too long to find out what is in this file")]
    TooSlow,
    /// Whoever wanted the frames has changed their mind.
    #[error("reading the video was stopped")]
    Stopped,
    /// The bytes did not come: the disk or the store, not the video.
    #[error("the video cannot be read: {source}")]
    Io {
        /// What the reader said.
        source: std::io::Error,
    },
    /// The stream broke off in the middle.
    #[error("the video is broken after {at_s:.1} seconds")]
    Broken {
        /// Time of the last good frame.
        at_s: f64,
        /// What FFmpeg said.
        source: ffmpeg_next::Error,
    },
}

impl SourceError {
    /// Whether another try may succeed: the video is not to blame.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Io { .. } | Self::TooSlow => true,
            Self::Empty
            | Self::NotAVideo
            | Self::Damaged
            | Self::Incomplete { .. }
            | Self::NoVideo
            | Self::OnlyCover
            | Self::NoFrames
            | Self::UnsupportedCodec { .. }
            | Self::TooManyPixels { .. }
            | Self::TooFast { .. }
            | Self::TooLong { .. }
            | Self::TooManyFrames { .. }
            | Self::TooScattered
            | Self::Stopped
            | Self::Broken { .. } => false,
        }
    }
}

/// Why a video cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Transparency was asked of a format that has none.
    #[error("{format} has no transparency; choose a background, or webm, mov or zip")]
    NoAlpha {
        /// The format that was asked for.
        format: VideoFormat,
    },
    /// The format cannot hold frames of this size.
    #[error("{format} holds at most {max_side} pixels a side, this video has {width} × {height}")]
    TooLarge {
        /// The format that was asked for.
        format: VideoFormat,
        /// Its limit.
        max_side: u32,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The encoder knows even sides only, and one pixel is less than two.
    #[error("{format} needs frames of at least 2 × 2 pixels, this video has {width} × {height}")]
    TooSmall {
        /// The format that was asked for.
        format: VideoFormat,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The video that was to stand behind the subject.
    #[error("the background cannot be used: {source}")]
    Background {
        /// Why not.
        source: SourceError,
    },
    /// This FFmpeg was built without an encoder that we need.
    #[error("this machine's FFmpeg has no encoder {0}")]
    NoEncoder(&'static str),
    /// The encoder or the muxer gave up.
    #[error("the {format} encoder failed")]
    Failed {
        /// The format that was to be written.
        format: VideoFormat,
        /// What FFmpeg or an encoder said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk.
    #[error("{} cannot be written: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
