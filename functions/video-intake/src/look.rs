//! Probes a video file in the bucket. Reads only the parts of the file that the probe needs, within fixed limits.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use sansfond_domain::ports::{FileMetadata, Ranges};
use sansfond_domain::rules::{ProbeOutcome, VideoProperties};
use sansfond_video::{Bytes, Limits, Probe, RangeReader, SourceError, probe};
use sansfond_video_failures::of_source;
use tokio::runtime::Handle;

/// The limits of a probe.
#[derive(Debug, Clone, Copy)]
pub struct ProbeLimits {
    /// The maximum number of bytes to read. Files without a frame index are read up to this point.
    pub bytes: u64,
    /// The maximum duration.
    pub time: Duration,
}

impl Default for ProbeLimits {
    /// Reading this much takes three to ten seconds within a region.
    fn default() -> Self {
        Self { bytes: 96 << 20, time: Duration::from_secs(25) }
    }
}

/// Probes a file in the bucket. An error means that another attempt may succeed: the bucket did not respond, or the probe
/// panicked.
pub async fn look(
    files: Arc<dyn Ranges>,
    key: String,
    facts: FileMetadata,
    bounds: ProbeLimits,
) -> Result<ProbeOutcome> {
    let runtime = Handle::current();
    // FFmpeg blocks while it reads, so it runs on a blocking thread, which also contains a panic.
    let probed = tokio::task::spawn_blocking(move || {
        let FileMetadata { size_bytes, version } = facts;
        let reader = RangeReader::new(size_bytes, move |offset, length| {
            let range = runtime.block_on(files.range(&key, &version, offset, length));
            range.map_err(io::Error::other)?.ok_or_else(|| io::ErrorKind::NotFound.into())
        });
        probe(Bytes::new(reader).at_most(bounds.bytes).within(bounds.time), &Limits::default())
    });
    outcome(probed.await.context("the probe of a video panicked")?)
}

fn outcome(probed: Result<Probe, SourceError>) -> Result<ProbeOutcome> {
    match probed {
        Ok(probe) => Ok(ProbeOutcome::Readable(found(&probe))),
        Err(error) => match of_source(&error) {
            Some(failure) => Ok(ProbeOutcome::Unsuitable(failure)),
            None => Err(error).context("a video could not be probed"),
        },
    }
}

fn found(probe: &Probe) -> VideoProperties {
    let (width, height) = probe.upright_size();
    // Rounded up, so that the last part of a millisecond is processed, too. The probe returns no negative durations.
    let duration_ms = (probe.duration_s * 1000.0).ceil() as u64;
    VideoProperties { width, height, duration_ms, frames: probe.frames }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use sansfond_domain::Failure;
    use sansfond_domain::ports::PortError;

    use super::*;

    struct Bug;

    #[async_trait]
    impl Ranges for Bug {
        async fn look(&self, _: &str) -> Result<Option<FileMetadata>, PortError> {
            Ok(None)
        }

        async fn range(&self, _: &str, _: &str, _: u64, _: u64) -> Result<Option<Vec<u8>>, PortError> {
            panic!("a bug, for the test")
        }
    }

    #[tokio::test]
    async fn a_panicking_probe_is_an_error() {
        let facts = FileMetadata { size_bytes: 5, version: "e".to_owned() };
        let died = look(Arc::new(Bug), "videos/a/b/source".to_owned(), facts, ProbeLimits::default()).await;
        assert!(died.is_err(), "{died:?}");
    }

    #[test]
    fn a_transient_error_fails_no_job() {
        for error in [SourceError::TooSlow, SourceError::Io { source: io::ErrorKind::TimedOut.into() }] {
            assert!(error.retryable(), "{error}");
            outcome(Err(error)).expect_err("the message is redelivered");
        }
        let ends = outcome(Err(SourceError::NotAVideo)).expect("an answer");
        assert_eq!(ends, ProbeOutcome::Unsuitable(Failure::UnreadableVideo));
    }

    #[test]
    fn durations_are_rounded_up_and_frames_are_upright() {
        let probe = Probe {
            container: "mov".to_owned(),
            codec: "h264".to_owned(),
            width: 640,
            height: 360,
            rotation_deg: 90,
            fps: 25.0,
            frames: 30,
            duration_s: 1.2001,
            has_audio: true,
        };
        assert_eq!(found(&probe), VideoProperties { width: 360, height: 640, duration_ms: 1201, frames: 30 });
    }
}
