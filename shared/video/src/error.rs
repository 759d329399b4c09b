//! Errors of reading and writing videos. The texts are for the user who chose the file; causes go to the log.

use std::path::PathBuf;

use crate::VideoFormat;

/// A video cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The content is not one of the supported containers.
    #[error("this is not a video; use MP4, MOV, WebM, MKV, AVI, GIF or MPEG-TS")]
    NotAVideo,
    /// The container is known, but its header is missing or invalid.
    #[error("the video is damaged or incomplete; check that the whole file was sent")]
    Damaged,
    /// The header announces more than the file contains.
    #[error("the video is incomplete: it ends after {found_s:.1} of {announced_s:.1} seconds")]
    Incomplete {
        /// Seconds in the file.
        found_s: f64,
        /// Seconds in the header.
        announced_s: f64,
    },
    /// The file has sound but no video stream.
    #[error("there is no video in this file, only sound")]
    NoVideo,
    /// The file has sound and a cover picture, but no video stream.
    #[error("there is no video in this file, only sound and a cover picture")]
    OnlyCover,
    /// No picture can be decoded from the video stream.
    #[error("the video has no frames that can be decoded")]
    NoFrames,
    /// There is no decoder for the codec.
    #[error("videos in {codec} cannot be decoded; convert it to H.264")]
    UnsupportedCodec {
        /// The codec's name.
        codec: String,
    },
    /// Frames are too large.
    #[error("the video has {width} × {height} pixels a frame; at most {max_pixels} are allowed")]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The limit, in pixels.
        max_pixels: u64,
    },
    /// The frame rate is too high.
    #[error("the video has {fps:.0} frames a second; at most {max_fps:.0} are allowed")]
    TooFast {
        /// Average frames per second.
        fps: f64,
        /// The limit, in frames per second.
        max_fps: f64,
    },
    /// The video is too long.
    #[error("the video lasts {seconds:.1} seconds; at most {max_seconds:.0} are allowed")]
    TooLong {
        /// Its length in seconds.
        seconds: f64,
        /// The limit, in seconds.
        max_seconds: f64,
    },
    /// The video has too many frames.
    #[error("the video has {frames} frames; at most {max_frames} are allowed")]
    TooManyFrames {
        /// The number of frames.
        frames: u64,
        /// The limit, in frames.
        max_frames: u64,
    },
    /// The headers are spread over more of the file than may be read.
    #[error("finding out the content of this file needs too much of it to be read")]
    TooScattered,
    /// Probing took longer than allowed.
    #[error("finding out the content of this file took too long")]
    TooSlow,
    /// The caller has stopped the reader.
    #[error("reading the video was stopped")]
    Stopped,
    /// The disk or the store failed, not the video.
    #[error("the video cannot be read: {source}")]
    Io {
        /// The reader's error.
        source: std::io::Error,
    },
    /// The stream breaks in the middle.
    #[error("the video is broken after {at_s:.1} seconds")]
    Broken {
        /// Time of the last good frame, in seconds.
        at_s: f64,
        /// FFmpeg's error.
        source: ffmpeg_next::Error,
    },
}

impl SourceError {
    /// Whether another try may succeed, because the video is not the cause.
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

/// A video cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// A transparent video was requested in a format without alpha.
    #[error("{format} has no transparency; choose a background, or webm, mov or zip")]
    NoAlpha {
        /// The requested format.
        format: VideoFormat,
    },
    /// The format does not support frames of this size.
    #[error("{format} holds at most {max_side} pixels a side, this video has {width} × {height}")]
    TooLarge {
        /// The requested format.
        format: VideoFormat,
        /// The limit, in pixels per side.
        max_side: u32,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The encoder needs even sides, and a side of one pixel rounds down to 0.
    #[error("{format} needs frames of at least 2 × 2 pixels, this video has {width} × {height}")]
    TooSmall {
        /// The requested format.
        format: VideoFormat,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The background video cannot be used.
    #[error("the background cannot be used: {source}")]
    Background {
        /// The cause.
        source: SourceError,
    },
    /// This FFmpeg was built without an encoder that we need.
    #[error("this machine's FFmpeg has no encoder {0}")]
    NoEncoder(&'static str),
    /// The encoder or the muxer failed.
    #[error("the {format} encoder failed")]
    Failed {
        /// The format of the output.
        format: VideoFormat,
        /// The error of FFmpeg or the encoder.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk failed.
    #[error("{} cannot be written: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}
