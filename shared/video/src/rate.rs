//! The frame rate of a run, and its remaining time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Measures frames per second over the last seconds.
#[derive(Debug, Clone, Default)]
pub struct FrameRate {
    /// Times of the measurements, with the number of frames at that time.
    recent: VecDeque<(Instant, u64)>,
}

impl FrameRate {
    /// The time over which the rate is measured.
    const RECENT: Duration = Duration::from_secs(20);

    /// Returns the frames per second, if `frames` are done at the time `now`. Frames before the first call do
    /// not count; without frames since then the rate is 0.
    pub fn measure(&mut self, now: Instant, frames: u64) -> f64 {
        self.recent.push_back((now, frames));
        while self.recent.len() > 2 && self.recent.front().is_some_and(|(at, _)| now - *at > Self::RECENT) {
            self.recent.pop_front();
        }
        let (at, before) = self.recent.front().copied().unwrap_or((now, frames));
        let took_s = (now - at).as_secs_f64();
        if took_s > 0.0 { frames.saturating_sub(before) as f64 / took_s } else { 0.0 }
    }
}

/// The time for `frames` at a rate in frames per second; `None` if the rate is 0.
#[must_use]
pub fn time_left(frames: u64, fps: f64) -> Option<Duration> {
    // With a rate near zero the number of seconds overflows.
    (fps > 0.0).then(|| Duration::try_from_secs_f64(frames as f64 / fps).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_rate_is_measured_over_the_last_twenty_seconds() {
        let (mut rate, start) = (FrameRate::default(), Instant::now());
        assert_eq!(rate.measure(start, 0), 0.0);
        assert_eq!(rate.measure(start + 2 * SECOND, 10), 5.0);
        assert_eq!(rate.measure(start + 20 * SECOND, 100), 5.0);
        assert_eq!(rate.measure(start + 22 * SECOND, 140), 6.5, "the first measurement is dropped");
    }

    #[test]
    fn the_last_two_measurements_are_kept_at_any_age() {
        let (mut rate, start) = (FrameRate::default(), Instant::now());
        rate.measure(start, 0);
        assert_eq!(rate.measure(start + 60 * SECOND, 30), 0.5);
    }

    #[test]
    fn frames_before_the_first_call_do_not_count() {
        let (mut rate, start) = (FrameRate::default(), Instant::now());
        assert_eq!(rate.measure(start, 500), 0.0);
        assert_eq!(rate.measure(start, 501), 0.0, "no time has passed");
        assert_eq!(rate.measure(start + SECOND, 510), 10.0);
        assert_eq!(rate.measure(start + 2 * SECOND, 400), 0.0, "a lower count gives 0");
    }

    #[test]
    fn the_rate_falls_while_no_frame_is_finished() {
        let (mut rate, start) = (FrameRate::default(), Instant::now());
        rate.measure(start, 0);
        assert_eq!(rate.measure(start + SECOND, 10), 10.0);
        assert_eq!(rate.measure(start + 10 * SECOND, 10), 1.0);
    }

    #[test]
    fn the_time_left_is_computed_from_the_rate() {
        assert_eq!(time_left(90, 5.0), Some(18 * SECOND));
        assert_eq!(time_left(0, 5.0), Some(Duration::ZERO));
        assert_eq!(time_left(90, 0.0), None);
        assert_eq!(time_left(u64::MAX, f64::MIN_POSITIVE), Some(Duration::MAX));
    }
}
