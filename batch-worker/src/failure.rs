//! Failures of a video job: the customer's file fails its job for good, while after an internal error another
//! worker may try.

use sansfond_domain::Failure;
use sansfond_domain::ports::PortError;
use sansfond_video::segments::JoinError;
use sansfond_video::{PipelineError, SinkError, SourceError};

/// A video job ended without a result.
#[derive(Debug)]
pub enum VideoJobError {
    /// The video is the cause; `reason` is for the log.
    Unsuitable { failure: Failure, reason: String },
    /// Our system is the cause.
    Internal(InternalError),
    /// The work was stopped.
    Stopped,
}

/// An internal error.
#[derive(Debug, thiserror::Error)]
pub enum InternalError {
    /// The source, a segment or the result could not be read or written.
    #[error("the bucket failed")]
    Bucket(#[source] PortError),
    /// The customer's file could not be read, for a reason outside of the file.
    #[error("the video cannot be read")]
    Read(#[source] SourceError),
    #[error("the engine failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the pipeline failed")]
    Pipeline(#[source] PipelineError),
    /// An encoder or muxer failed.
    #[error("the result cannot be written")]
    Write(#[source] SinkError),
    #[error("the segments cannot be joined")]
    Join(#[source] JoinError),
    #[error("this machine's disk failed")]
    Disk(#[from] std::io::Error),
    #[error("the preview cannot be written")]
    Preview(#[source] sansfond_imaging::EncodeError),
}

impl VideoJobError {
    pub(crate) fn unsuitable(failure: Failure, reason: impl ToString) -> Self {
        Self::Unsuitable { failure, reason: reason.to_string() }
    }
}

impl From<InternalError> for VideoJobError {
    fn from(error: InternalError) -> Self {
        Self::Internal(error)
    }
}

impl From<std::io::Error> for VideoJobError {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(InternalError::Disk(error))
    }
}

impl From<SourceError> for VideoJobError {
    fn from(error: SourceError) -> Self {
        match sansfond_video_failures::of_source(&error) {
            Some(failure) => Self::unsuitable(failure, error),
            None if matches!(error, SourceError::Stopped) => Self::Stopped,
            None => Self::Internal(InternalError::Read(error)),
        }
    }
}

impl From<SinkError> for VideoJobError {
    fn from(error: SinkError) -> Self {
        match sansfond_video_failures::of_sink(&error) {
            Some(failure) => Self::unsuitable(failure, error),
            None => Self::Internal(InternalError::Write(error)),
        }
    }
}

impl From<PipelineError> for VideoJobError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Source(error) => error.into(),
            PipelineError::Sink(error) => error.into(),
            PipelineError::Matte(cause) => Self::Internal(InternalError::Engine(cause)),
            PipelineError::NoSubject => Self::unsuitable(Failure::NoSubject, error),
            PipelineError::Cancelled => Self::Stopped,
            PipelineError::FramesLost { .. } | PipelineError::Segment(_) => {
                Self::Internal(InternalError::Pipeline(error))
            }
        }
    }
}

impl From<JoinError> for VideoJobError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Sink(error) => error.into(),
            JoinError::Source(error) => error.into(),
            JoinError::NoFrames => Self::unsuitable(Failure::NoVideo, error),
            JoinError::Missing | JoinError::Mismatch => Self::Internal(InternalError::Join(error)),
        }
    }
}
