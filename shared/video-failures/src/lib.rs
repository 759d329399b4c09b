//! Maps errors in a video to the failure that its owner sees.
//!
//! The function that probes videos and the worker share these tables, so that a file fails with the same reason
//! in both. `None` means that neither the file nor the options are the cause, so another attempt may succeed.
//!
//! Deliberately absent: the texts that customers read, and changes of the job.

use sansfond_domain::Failure;
use sansfond_video::{SinkError, SourceError};

/// The failure of a job with a video that cannot be read.
#[must_use]
pub const fn of_source(error: &SourceError) -> Option<Failure> {
    match error {
        SourceError::Empty
        | SourceError::NotAVideo
        | SourceError::UnsupportedCodec { .. }
        | SourceError::TooScattered => Some(Failure::UnreadableVideo),
        SourceError::Damaged | SourceError::Incomplete { .. } | SourceError::Broken { .. } => {
            Some(Failure::IncompleteVideo)
        }
        SourceError::NoVideo | SourceError::OnlyCover | SourceError::NoFrames => Some(Failure::NoVideo),
        SourceError::TooManyPixels { .. }
        | SourceError::TooFast { .. }
        | SourceError::TooManyFrames { .. } => Some(Failure::VideoTooLarge),
        SourceError::TooLong { .. } => Some(Failure::VideoTooLong),
        SourceError::TooSlow | SourceError::Stopped | SourceError::Io { .. } => None,
    }
}

/// The failure of a job with a result that cannot be written.
#[must_use]
pub const fn of_sink(error: &SinkError) -> Option<Failure> {
    match error {
        SinkError::TooLarge { .. } => Some(Failure::VideoTooLarge),
        SinkError::NoAlpha { .. } | SinkError::TooSmall { .. } => Some(Failure::UnsuitableOptions),
        SinkError::Background { .. }
        | SinkError::NoEncoder(_)
        | SinkError::Failed { .. }
        | SinkError::Io { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io;
    use std::mem::discriminant;

    use sansfond_video::VideoFormat;

    use super::*;

    /// Every error of a source with its failure. A new error does not compile until [`of_source`] maps it.
    fn sources() -> [(SourceError, Option<Failure>); 17] {
        let (width, height) = (64, 48);
        [
            (SourceError::Empty, Some(Failure::UnreadableVideo)),
            (SourceError::NotAVideo, Some(Failure::UnreadableVideo)),
            (SourceError::UnsupportedCodec { codec: "CINEPAK".to_owned() }, Some(Failure::UnreadableVideo)),
            (SourceError::TooScattered, Some(Failure::UnreadableVideo)),
            (SourceError::Damaged, Some(Failure::IncompleteVideo)),
            (SourceError::Incomplete { found_s: 1.0, announced_s: 2.0 }, Some(Failure::IncompleteVideo)),
            (
                SourceError::Broken { at_s: 1.0, source: ffmpeg_next::Error::InvalidData },
                Some(Failure::IncompleteVideo),
            ),
            (SourceError::NoVideo, Some(Failure::NoVideo)),
            (SourceError::OnlyCover, Some(Failure::NoVideo)),
            (SourceError::NoFrames, Some(Failure::NoVideo)),
            (SourceError::TooManyPixels { width, height, max_pixels: 9 }, Some(Failure::VideoTooLarge)),
            (SourceError::TooFast { fps: 500.0, max_fps: 120.0 }, Some(Failure::VideoTooLarge)),
            (SourceError::TooManyFrames { frames: 9, max_frames: 8 }, Some(Failure::VideoTooLarge)),
            (SourceError::TooLong { seconds: 9.0, max_seconds: 8.0 }, Some(Failure::VideoTooLong)),
            (SourceError::TooSlow, None),
            (SourceError::Stopped, None),
            (SourceError::Io { source: io::ErrorKind::TimedOut.into() }, None),
        ]
    }

    #[test]
    fn every_source_error_maps_to_its_failure() {
        let mut seen = HashSet::new();
        for (error, failure) in sources() {
            assert_eq!(of_source(&error), failure, "{error}");
            assert!(seen.insert(discriminant(&error)), "{error}: listed twice");
        }
    }

    #[test]
    fn retryable_source_errors_and_stops_map_to_no_failure() {
        for (error, failure) in sources() {
            let may_help = error.retryable() || matches!(error, SourceError::Stopped);
            assert_eq!(failure.is_none(), may_help, "{error}");
        }
    }

    #[test]
    fn sink_errors_map_to_a_failure_only_for_size_and_options() {
        let (format, width, height) = (VideoFormat::WebP, 20_000, 1);
        for (error, failure) in [
            (SinkError::TooLarge { format, max_side: 16_383, width, height }, Some(Failure::VideoTooLarge)),
            (SinkError::NoAlpha { format }, Some(Failure::UnsuitableOptions)),
            (SinkError::TooSmall { format, width, height }, Some(Failure::UnsuitableOptions)),
            (SinkError::Background { source: SourceError::Empty }, None),
            (SinkError::NoEncoder("libx264"), None),
            (SinkError::Failed { format, source: "no memory".into() }, None),
            (SinkError::Io { path: "result.webp".into(), source: io::ErrorKind::StorageFull.into() }, None),
        ] {
            assert_eq!(of_sink(&error), failure, "{error}");
        }
    }
}
