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
    /// Heartbeats without a write while no frame is finished.
    const SILENT: u32 = 2;

    /// The pace of production: one heartbeat per second.
    #[must_use]
    pub const fn real(lease: Duration, limit: Duration) -> Self {
        Self { beat: Duration::from_secs(1), lease, limit }
    }
}

/// Counts frames. The pipeline writes it, the heartbeat reads it.
#[derive(Debug, Default)]
pub struct FrameCounter {
    frames: AtomicU64,
    of: AtomicU64,
    rate: Mutex<FrameRate>,
}

impl FrameCounter {
    /// Sets the expected number of frames.
    pub fn expect(&self, frames: u64) {
        self.of.store(frames, Ordering::Relaxed);
    }

    /// Sets the number of finished frames, including those of earlier workers.
    pub fn done(&self, frames: u64) {
        self.frames.store(frames, Ordering::Relaxed);
    }

    /// The current progress.
    #[must_use]
    pub fn work(&self, now: Instant) -> VideoProgress {
        let frames = self.frames.load(Ordering::Relaxed);
        // The number of frames in the header may be wrong.
        let of = self.of.load(Ordering::Relaxed).max(frames);
        let fps = self.rate.lock().unwrap_or_else(PoisonError::into_inner).measure(now, frames);
        let left_s = time_left(of - frames, fps).map(|left| left.as_secs_f64().ceil() as u32);
        VideoProgress { frames, of, per_10_s: (fps * 10.0).round() as u32, left_s }
    }
}

/// Sends heartbeats until the work must end. Ends with its task.
pub async fn keep(
    lifecycle: Lifecycle,
    attempt: Attempt,
    frame_counter: Arc<FrameCounter>,
    stop: Arc<Stop>,
    pace: HeartbeatPace,
) {
    let started = Instant::now();
    let mut heard = started;
    let (mut told, mut silent) = (None, 0);
    let mut clock = tokio::time::interval(pace.beat);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.why().is_none() {
        clock.tick().await;
        if started.elapsed() > pace.limit {
            return stop.now(StopReason::TooLong);
        }
        let work = frame_counter.work(Instant::now());
        silent += 1;
        if told == Some(work.frames) && silent < HeartbeatPace::SILENT {
            continue;
        }
        match lifecycle.advance(&attempt, work, pace.lease).await {
            Ok(true) => (told, silent, heard) = (Some(work.frames), 0, Instant::now()),
            Ok(false) => return stop.now(StopReason::NotOurs),
            Err(error) if heard.elapsed() > pace.lease => {
                tracing::error!(job = %attempt.job.id, %error, "the worker could not extend its lease");
                return stop.now(StopReason::Unheard);
            }
            Err(error) => tracing::debug!(job = %attempt.job.id, %error, "progress could not be recorded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds_and_the_rest_follows_from_it() {
        let frame_counter = FrameCounter::default();
        let start = Instant::now();
        frame_counter.expect(100);
        assert_eq!(
            frame_counter.work(start),
            VideoProgress { frames: 0, of: 100, per_10_s: 0, left_s: None }
        );
        frame_counter.done(10);
        let work = frame_counter.work(start + Duration::from_secs(2));
        assert_eq!(work, VideoProgress { frames: 10, of: 100, per_10_s: 50, left_s: Some(18) });
        frame_counter.done(110);
        let work = frame_counter.work(start + Duration::from_secs(60));
        assert_eq!((work.of, work.left_s), (110, Some(0)), "the header was wrong");
    }

    #[test]
    fn frames_of_an_earlier_worker_are_no_speed_of_ours() {
        let frame_counter = FrameCounter::default();
        frame_counter.expect(100);
        frame_counter.done(50);
        let start = Instant::now();
        assert_eq!(frame_counter.work(start).per_10_s, 0);
        assert_eq!(frame_counter.work(start + Duration::from_secs(1)).per_10_s, 0);
    }
}
