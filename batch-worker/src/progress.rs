//! The progress of the work, and the heartbeat that reports it: it extends the job's lease and detects that
//! this worker no longer holds the job.
//!
//! It does not depend on frames: a frame that takes a minute does not keep a cancelled job alive.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sansfond_domain::job::VideoProgress;
use sansfond_jobs::{Attempt, Lifecycle};
use sansfond_video::rate::{FrameRate, time_left};

use crate::shutdown::{Stop, StopReason};

/// Intervals of the heartbeat.
#[derive(Debug, Clone, Copy)]
pub struct HeartbeatPace {
    /// Time between two heartbeats, and so at least between two writes.
    pub beat: Duration,
    /// How long this worker holds the job after each write.
    pub lease: Duration,
    /// How long the worker may work.
    pub limit: Duration,
}

impl HeartbeatPace {
    /// While no further frame is finished, only every second heartbeat writes.
    const BEATS_PER_IDLE_WRITE: u32 = 2;

    /// The pace of production: one heartbeat per second.
    #[must_use]
    pub const fn production(lease: Duration, limit: Duration) -> Self {
        Self { beat: Duration::from_secs(1), lease, limit }
    }
}

/// Counts frames. The pipeline writes it, the heartbeat reads it.
#[derive(Debug, Default)]
pub struct FrameCounter {
    frames: AtomicU64,
    expected: AtomicU64,
    rate: Mutex<FrameRate>,
}

impl FrameCounter {
    /// Sets the expected number of frames.
    pub fn set_expected(&self, frames: u64) {
        self.expected.store(frames, Ordering::Relaxed);
    }

    /// Sets the number of finished frames, including those of earlier workers.
    pub fn set_done(&self, frames: u64) {
        self.frames.store(frames, Ordering::Relaxed);
    }

    /// The current progress.
    #[must_use]
    pub fn progress(&self, now: Instant) -> VideoProgress {
        let frames = self.frames.load(Ordering::Relaxed);
        // The number of frames in the header may be wrong.
        let of = self.expected.load(Ordering::Relaxed).max(frames);
        let fps = self.rate.lock().unwrap_or_else(PoisonError::into_inner).measure(now, frames);
        let left_s = time_left(of - frames, fps).map(|left| left.as_secs_f64().ceil() as u32);
        VideoProgress { frames, of, per_10_s: (fps * 10.0).round() as u32, left_s }
    }
}

/// Extends the lease until an end is requested, and requests it if the job is lost or its time is over.
pub async fn send_heartbeats(
    lifecycle: Lifecycle,
    attempt: Attempt,
    frame_counter: Arc<FrameCounter>,
    stop: Arc<Stop>,
    pace: HeartbeatPace,
) {
    let started = Instant::now();
    let mut last_write = started;
    let (mut written_frames, mut beats_since_write) = (None, 0);
    let mut clock = tokio::time::interval(pace.beat);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.reason().is_none() {
        clock.tick().await;
        if started.elapsed() > pace.limit {
            return stop.request(StopReason::TimeLimit);
        }
        let progress = frame_counter.progress(Instant::now());
        beats_since_write += 1;
        if written_frames == Some(progress.frames) && beats_since_write < HeartbeatPace::BEATS_PER_IDLE_WRITE
        {
            continue;
        }
        match lifecycle.advance(&attempt, progress, pace.lease).await {
            Ok(true) => {
                (written_frames, beats_since_write, last_write) = (Some(progress.frames), 0, Instant::now());
            }
            Ok(false) => return stop.request(StopReason::JobLost),
            Err(error) if last_write.elapsed() > pace.lease => {
                tracing::error!(job = %attempt.job.id, %error, "the worker could not extend its lease");
                return stop.request(StopReason::LeaseExpired);
            }
            Err(error) => tracing::debug!(job = %attempt.job.id, %error, "progress could not be recorded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_measured_over_the_last_seconds_and_gives_the_time_left() {
        let frame_counter = FrameCounter::default();
        let start = Instant::now();
        frame_counter.set_expected(100);
        assert_eq!(
            frame_counter.progress(start),
            VideoProgress { frames: 0, of: 100, per_10_s: 0, left_s: None }
        );
        frame_counter.set_done(10);
        let progress = frame_counter.progress(start + Duration::from_secs(2));
        assert_eq!(progress, VideoProgress { frames: 10, of: 100, per_10_s: 50, left_s: Some(18) });
        frame_counter.set_done(110);
        let progress = frame_counter.progress(start + Duration::from_secs(60));
        assert_eq!((progress.of, progress.left_s), (110, Some(0)), "the header promised too few frames");
    }

    #[test]
    fn frames_of_an_earlier_worker_do_not_count_for_the_rate() {
        let frame_counter = FrameCounter::default();
        frame_counter.set_expected(100);
        frame_counter.set_done(50);
        let start = Instant::now();
        assert_eq!(frame_counter.progress(start).per_10_s, 0);
        assert_eq!(frame_counter.progress(start + Duration::from_secs(1)).per_10_s, 0);
    }
}
