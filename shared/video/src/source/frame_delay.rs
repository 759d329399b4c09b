//! Presentation time and duration of each frame. Frames are delayed by one, because the duration of a frame
//! is known only when the next one arrives.
//!
//! This module does not use FFmpeg: the type of the frame is a parameter.

/// A frame with its presentation time, in ticks of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timed<T> {
    pub(super) frame: T,
    pub(super) at: i64,
    /// Duration from the file; at least 1 after the delay.
    pub(super) lasts: i64,
}

/// Holds one frame back.
#[derive(Debug)]
pub(super) struct FrameDelay<T> {
    /// Duration of frames without a duration in the file.
    usual: i64,
    held: Option<Timed<T>>,
}

impl<T> FrameDelay<T> {
    pub(super) const fn new(usual: i64) -> Self {
        Self { usual, held: None }
    }

    /// Time and duration of a new frame from the file's values. A frame without a time follows the held
    /// frame; a duration of zero or less counts as absent.
    pub(super) fn timing(&self, at: Option<i64>, duration: i64) -> (i64, i64) {
        let lasts = if duration > 0 { duration } else { self.usual };
        let after_held = self.held.as_ref().map(|held| held.at.saturating_add(held.lasts.max(1)));
        (at.or(after_held).unwrap_or(0), lasts)
    }

    /// Time of the held frame.
    pub(super) fn held_at(&self) -> Option<i64> {
        self.held.as_ref().map(|held| held.at)
    }

    /// Takes a frame and returns the held one, whose end is the start of the new one.
    ///
    /// If two frames have the same time, or are in the wrong order, neither is dropped: the later one starts
    /// a tick after the other.
    pub(super) fn push(&mut self, frame: Timed<T>) -> Option<Timed<T>> {
        let at = not_before(self.held_at(), frame.at);
        let before = self.finish(Some(at));
        self.held = Some(Timed { at, ..frame });
        before
    }

    /// Returns the held frame. Its end is `end`, or its duration is that of the file.
    pub(super) fn finish(&mut self, end: Option<i64>) -> Option<Timed<T>> {
        let held = self.held.take()?;
        let lasts = end.map_or(held.lasts, |end| end.saturating_sub(held.at)).max(1);
        Some(Timed { lasts, ..held })
    }
}

/// The time of a frame, but at least a tick after the previous one.
pub(super) fn not_before(previous: Option<i64>, at: i64) -> i64 {
    previous.map_or(at, |previous| at.max(previous.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: i64 = 40;

    /// Pushes frames with the file's values, and returns their times and durations.
    fn sent(frames: &[(Option<i64>, i64)], end: Option<i64>) -> Vec<(i64, i64)> {
        let mut delay = FrameDelay::new(USUAL);
        let mut given = Vec::new();
        for (at, duration) in frames {
            let (at, lasts) = delay.timing(*at, *duration);
            given.extend(delay.push(Timed { frame: (), at, lasts }));
        }
        given.extend(delay.finish(end));
        assert_eq!(delay.held_at(), None);
        given.iter().map(|frame| (frame.at, frame.lasts)).collect()
    }

    #[test]
    fn a_frame_lasts_until_the_next_one() {
        let frames = [(Some(0), 40), (Some(16), 40), (Some(300), 40), (Some(301), 25)];
        assert_eq!(sent(&frames, None), [(0, 16), (16, 284), (300, 1), (301, 25)]);
    }

    #[test]
    fn the_last_frame_has_the_duration_of_the_file_or_the_usual_one() {
        assert_eq!(sent(&[(Some(0), 0), (Some(40), 33)], None), [(0, 40), (40, 33)]);
        for unsaid in [0, -5] {
            assert_eq!(sent(&[(Some(0), 33), (Some(33), unsaid)], None), [(0, 33), (33, USUAL)]);
        }
    }

    #[test]
    fn a_cut_changes_the_last_frame_to_at_least_one_tick() {
        assert_eq!(sent(&[(Some(480), 40)], Some(500)), [(480, 20)]);
        assert_eq!(sent(&[(Some(480), 40)], Some(600)), [(480, 120)]);
        assert_eq!(sent(&[(Some(480), 40)], Some(480)), [(480, 1)]);
    }

    #[test]
    fn frames_without_times_follow_each_other() {
        let frames = [(None, 0), (None, 33), (None, 0), (Some(500), 0), (None, 0)];
        assert_eq!(sent(&frames, None), [(0, 40), (40, 33), (73, 427), (500, 40), (540, 40)]);
    }

    #[test]
    fn two_frames_with_the_same_time_follow_each_other() {
        let frames = [(Some(0), 40), (Some(40), 40), (Some(40), 40), (Some(40), 40), (Some(80), 40)];
        assert_eq!(sent(&frames, None), [(0, 40), (40, 1), (41, 1), (42, 38), (80, 40)]);
    }

    #[test]
    fn no_frame_is_lost_if_times_run_backwards() {
        let frames = [(Some(-100), 40), (Some(-500), 40), (Some(-99), 40), (Some(0), 40)];
        assert_eq!(sent(&frames, None), [(-100, 1), (-99, 1), (-98, 98), (0, 40)]);
    }

    #[test]
    fn no_frames_leave_an_empty_delay() {
        assert_eq!(sent(&[], None), []);
        assert_eq!(sent(&[], Some(9)), []);
    }

    #[test]
    fn times_at_the_ends_of_the_range_do_not_overflow() {
        let frames = [(Some(i64::MIN), i64::MAX), (Some(i64::MAX), i64::MAX), (None, 0)];
        let given = sent(&frames, None);
        assert_eq!(given[0], (i64::MIN, i64::MAX));
        assert_eq!(given.len(), 3);
    }
}
