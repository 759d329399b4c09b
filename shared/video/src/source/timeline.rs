//! The position of a frame: before, inside or after the requested part of the file.
//!
//! There are three clocks. The stream counts ticks from any zero, and may be negative. Callers count seconds
//! from the file's first frame, its `start`. The output counts ticks from the first kept frame, the `origin`.
//!
//! This module works on numbers only, without frames, packets and FFmpeg.

use super::{SourceOptions, TimeBase};

/// The position of a frame relative to the requested part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FramePlace {
    /// Before the requested part.
    Before,
    /// Inside the requested part.
    Kept,
    /// After the requested part, but returned as context ([`SourceOptions::lead_out`]).
    LeadOut,
    /// After all returned frames.
    After,
}

/// Time of the file's first frame, in ticks of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// The file is read from its start: the earliest of the header's start and the frames so far. `None`
    /// while neither is known.
    Earliest(Option<i64>),
    /// Decoding started inside the file, so its first frame is not read: the header's start.
    Announced(i64),
}

/// The requested part of a file.
#[derive(Debug)]
pub(super) struct Timeline {
    base: TimeBase,
    from_s: f64,
    until_s: Option<f64>,
    borders_s: Vec<f64>,
    has_lead_out: bool,
    /// Number of frames after the requested part that are still to be returned.
    lead_out_left: usize,
    start: Start,
    /// Time of the first kept frame, in ticks of the stream; `None` until it is known.
    origin: Option<i64>,
}

impl Timeline {
    /// `announced` is the start in the file's header, if there is one.
    pub(super) fn new(base: TimeBase, announced: Option<i64>, options: &SourceOptions) -> Self {
        Self {
            base,
            from_s: options.from_s.max(0.0),
            until_s: options.until_s,
            borders_s: options.borders_s.clone(),
            has_lead_out: options.lead_out > 0,
            lead_out_left: options.lead_out,
            start: Start::Earliest(announced),
            origin: None,
        }
    }

    pub(super) const fn base(&self) -> TimeBase {
        self.base
    }

    pub(super) const fn part_from_s(&self) -> f64 {
        self.from_s
    }

    pub(super) const fn part_until_s(&self) -> Option<f64> {
        self.until_s
    }

    pub(super) const fn has_borders(&self) -> bool {
        !self.borders_s.is_empty()
    }

    /// Time of the file's first frame, as far as it is known.
    pub(super) const fn start(&self) -> Option<i64> {
        match self.start {
            Start::Earliest(start) => start,
            Start::Announced(start) => Some(start),
        }
    }

    pub(super) const fn origin(&self) -> Option<i64> {
        self.origin
    }

    /// Records that decoding starts inside the file.
    pub(super) const fn seek(&mut self) {
        if let Start::Earliest(Some(start)) = self.start {
            self.start = Start::Announced(start);
        }
    }

    /// Whether decoding started inside the file.
    pub(super) const fn has_sought(&self) -> bool {
        match self.start {
            Start::Earliest(_) => false,
            Start::Announced(_) => true,
        }
    }

    /// Records the time of a frame. A frame before the start in the header moves the start back, so a wrong header
    /// does not extend the part.
    pub(super) fn record(&mut self, at: i64) {
        match &mut self.start {
            Start::Earliest(start) => *start = Some(start.map_or(at, |start| start.min(at))),
            Start::Announced(_) => {}
        }
    }

    /// The position of a frame. Call it once for each frame, because it counts the lead-out, which begins
    /// only after a kept frame.
    pub(super) fn place(&mut self, at: i64) -> FramePlace {
        if self.is_before(at, self.from_s) {
            return FramePlace::Before;
        }
        if self.until_s.is_none_or(|until_s| self.is_before(at, until_s)) {
            return FramePlace::Kept;
        }
        if self.lead_out_left == 0 || self.origin.is_none() {
            return FramePlace::After;
        }
        self.lead_out_left -= 1;
        FramePlace::LeadOut
    }

    /// Sets the time of the first kept frame.
    pub(super) const fn begin(&mut self, origin: i64) {
        self.origin = Some(origin);
    }

    /// Converts a time of the stream to a time since the first kept frame.
    pub(super) fn since_origin(&self, at: i64) -> i64 {
        at.saturating_sub(self.origin.unwrap_or(0))
    }

    /// The number of segment borders at or before a frame.
    pub(super) fn segment(&self, at: i64) -> usize {
        self.borders_s.iter().filter(|border| !self.is_before(at, **border)).count()
    }

    /// The end of the last returned frame, if `next` is the time of the frame after it: the end of the requested
    /// part. With a lead-out the last frame is after that end, and is not shortened.
    pub(super) fn end_of_last(&self, next: i64) -> i64 {
        if self.has_lead_out {
            return next;
        }
        let until_s = self.until_s.unwrap_or(0.0);
        self.start().unwrap_or(0) + (until_s / self.base.seconds(1)).round() as i64
    }

    /// Whether a time, in seconds since the first kept frame, is after the requested part.
    pub(super) fn is_after_end(&self, since_origin_s: f64) -> bool {
        let skipped = self.origin.zip(self.start()).map(|(origin, start)| origin.saturating_sub(start));
        let skipped_s = skipped.map_or(0.0, |skipped| self.base.seconds(skipped));
        self.until_s.is_some_and(|until_s| since_origin_s + skipped_s >= until_s)
    }

    /// Whether a packet is so far after the requested part that no sound of that part can follow. `None` means
    /// that the packet has no time.
    pub(super) fn is_far_after_end(&self, at: Option<i64>) -> bool {
        const INTERLEAVED_S: f64 = 5.0;
        let since_start = at.unwrap_or(i64::MAX).saturating_sub(self.start().unwrap_or(0));
        self.base.seconds(since_start) > self.until_s.unwrap_or(0.0) + INTERLEAVED_S
    }

    /// Whether a time of the stream is before a time in seconds from the file's first frame. Half a tick is
    /// allowed for rounding.
    fn is_before(&self, at: i64, seconds: f64) -> bool {
        let since_start_s = self.base.seconds(at.saturating_sub(self.start().unwrap_or(at)));
        since_start_s + self.base.seconds(1) / 2.0 < seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousandth of a second.
    const MS: TimeBase = TimeBase { num: 1, den: 1000 };

    fn part(from_s: f64, until_s: f64) -> SourceOptions {
        SourceOptions { from_s, until_s: Some(until_s), ..SourceOptions::default() }
    }

    /// Positions of frames as a source computes them: each frame is recorded, then placed, and the first kept one
    /// is the origin.
    fn places(timeline: &mut Timeline, times: &[i64]) -> Vec<FramePlace> {
        let place = |at: &i64| {
            timeline.record(*at);
            let place = timeline.place(*at);
            if place == FramePlace::Kept && timeline.origin().is_none() {
                timeline.begin(*at);
            }
            place
        };
        times.iter().map(place).collect()
    }

    #[test]
    fn all_frames_are_kept_if_no_part_is_requested() {
        let mut timeline = Timeline::new(MS, None, &SourceOptions::default());
        assert_eq!(places(&mut timeline, &[0, 40, 1_000_000]), [FramePlace::Kept; 3]);
        assert!(!timeline.is_after_end(1e9));
    }

    #[test]
    fn frames_of_uneven_lengths_are_kept_by_their_start() {
        let mut timeline = Timeline::new(MS, Some(0), &part(0.1, 0.5));
        let placed = places(&mut timeline, &[0, 16, 99, 100, 399, 499, 500]);
        let kept = [FramePlace::Kept; 3];
        assert_eq!(placed[..3], [FramePlace::Before; 3]);
        assert_eq!(placed[3..6], kept);
        assert_eq!(placed[6], FramePlace::After);
    }

    #[test]
    fn half_a_tick_is_allowed_for_rounding() {
        // 0.6 s is tick 18 at 30 per second, and 19.2 at 32 per second.
        let thirty = TimeBase { num: 1, den: 30 };
        let mut timeline = Timeline::new(thirty, Some(0), &part(0.6, 1.0));
        assert_eq!(
            places(&mut timeline, &[17, 18, 29, 30]),
            [FramePlace::Before, FramePlace::Kept, FramePlace::Kept, FramePlace::After]
        );
        let thirty_two = TimeBase { num: 1, den: 32 };
        let mut timeline = Timeline::new(thirty_two, Some(0), &part(0.6, 1.0));
        assert_eq!(places(&mut timeline, &[18, 19]), [FramePlace::Before, FramePlace::Kept]);
    }

    #[test]
    fn a_negative_start_counts_as_second_zero() {
        let mut timeline = Timeline::new(MS, Some(-500), &part(0.2, 0.4));
        assert_eq!(
            places(&mut timeline, &[-500, -301, -300, -101, -100]),
            [FramePlace::Before, FramePlace::Before, FramePlace::Kept, FramePlace::Kept, FramePlace::After]
        );
        assert_eq!((timeline.start(), timeline.origin()), (Some(-500), Some(-300)));
        assert_eq!(timeline.since_origin(-101), 199);
    }

    #[test]
    fn a_negative_start_of_the_part_skips_nothing() {
        let mut timeline = Timeline::new(MS, None, &part(-3.0, 0.1));
        assert_eq!(timeline.part_from_s(), 0.0);
        assert_eq!(
            places(&mut timeline, &[0, 99, 100]),
            [FramePlace::Kept, FramePlace::Kept, FramePlace::After]
        );
    }

    #[test]
    fn the_first_frame_is_the_start_if_the_header_has_none() {
        let mut timeline = Timeline::new(MS, None, &part(0.0, 0.1));
        assert_eq!(
            places(&mut timeline, &[7000, 7099, 7100]),
            [FramePlace::Kept, FramePlace::Kept, FramePlace::After]
        );
        assert_eq!(timeline.start(), Some(7000));
    }

    #[test]
    fn a_late_start_in_the_header_does_not_extend_the_part() {
        let mut timeline = Timeline::new(MS, Some(5000), &part(0.0, 0.1));
        assert_eq!(
            places(&mut timeline, &[0, 99, 100]),
            [FramePlace::Kept, FramePlace::Kept, FramePlace::After]
        );
        assert_eq!(timeline.start(), Some(0));
    }

    #[test]
    fn seconds_before_the_first_frame_count_if_the_header_has_them() {
        let mut timeline = Timeline::new(MS, Some(0), &part(0.0, 0.1));
        assert_eq!(places(&mut timeline, &[80, 100]), [FramePlace::Kept, FramePlace::After]);
        assert_eq!((timeline.start(), timeline.origin()), (Some(0), Some(80)));
    }

    #[test]
    fn after_a_seek_the_start_comes_from_the_header_only() {
        let mut timeline = Timeline::new(MS, Some(1000), &part(2.0, 3.0));
        assert!(!timeline.has_sought());
        timeline.seek();
        assert!(timeline.has_sought());
        assert_eq!(
            places(&mut timeline, &[2960, 3000, 3999, 4000]),
            [FramePlace::Before, FramePlace::Kept, FramePlace::Kept, FramePlace::After]
        );
        // A frame before the announced start.
        timeline.record(500);
        assert_eq!(timeline.start(), Some(1000));
    }

    #[test]
    fn seeking_is_off_until_the_start_of_the_file_is_known() {
        let mut timeline = Timeline::new(MS, None, &part(2.0, 3.0));
        timeline.seek();
        assert!(!timeline.has_sought());
    }

    #[test]
    fn the_requested_number_of_frames_after_the_part_is_lead_out() {
        let options = SourceOptions { lead_out: 2, ..part(0.0, 0.1) };
        let mut timeline = Timeline::new(MS, Some(0), &options);
        assert_eq!(
            places(&mut timeline, &[0, 40, 80, 120, 160, 200, 240]),
            [
                FramePlace::Kept,
                FramePlace::Kept,
                FramePlace::Kept,
                FramePlace::LeadOut,
                FramePlace::LeadOut,
                FramePlace::After,
                FramePlace::After
            ]
        );
    }

    #[test]
    fn a_part_without_frames_has_no_lead_out() {
        let options = SourceOptions { lead_out: 2, ..part(0.05, 0.06) };
        let mut timeline = Timeline::new(MS, Some(0), &options);
        assert_eq!(
            places(&mut timeline, &[0, 40, 80]),
            [FramePlace::Before, FramePlace::Before, FramePlace::After]
        );
        assert_eq!(timeline.origin(), None);
    }

    #[test]
    fn a_part_that_ends_before_it_begins_has_no_frames() {
        let mut timeline = Timeline::new(MS, Some(0), &part(0.1, 0.05));
        assert_eq!(
            places(&mut timeline, &[0, 80, 120]),
            [FramePlace::Before, FramePlace::Before, FramePlace::After]
        );
    }

    #[test]
    fn the_last_frame_ends_with_the_part_unless_a_lead_out_follows() {
        let mut timeline = Timeline::new(MS, Some(-500), &part(0.0, 0.1));
        places(&mut timeline, &[-500, -400]);
        assert_eq!(timeline.end_of_last(-360), -400);
        let options = SourceOptions { lead_out: 1, ..part(0.0, 0.1) };
        let timeline = Timeline::new(MS, Some(-500), &options);
        assert_eq!(timeline.end_of_last(-360), -360);
    }

    #[test]
    fn a_frame_belongs_to_the_last_segment_that_starts_at_or_before_it() {
        let options = SourceOptions { borders_s: vec![0.1, 0.2], ..SourceOptions::default() };
        let mut timeline = Timeline::new(MS, Some(1000), &options);
        places(&mut timeline, &[1000]);
        assert!(timeline.has_borders());
        let segments = [1000, 1099, 1100, 1199, 1200, 9000].map(|at| timeline.segment(at));
        assert_eq!(segments, [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn the_end_of_the_sound_is_counted_from_the_start_of_the_file() {
        let mut timeline = Timeline::new(MS, Some(1000), &part(0.5, 0.75));
        places(&mut timeline, &[1000, 1500]);
        assert!(!timeline.is_after_end(0.249));
        assert!(timeline.is_after_end(0.25));
        assert!(!timeline.is_after_end(-9.0));
    }

    #[test]
    fn reading_ends_five_seconds_after_the_part() {
        let timeline = Timeline::new(MS, Some(-1000), &part(0.0, 2.0));
        assert!(!timeline.is_far_after_end(Some(6000)));
        assert!(timeline.is_far_after_end(Some(6001)));
        assert!(timeline.is_far_after_end(None));
    }

    #[test]
    fn times_at_the_ends_of_the_range_do_not_overflow() {
        let mut timeline = Timeline::new(MS, Some(i64::MIN + 1), &part(0.0, 1.0));
        assert_eq!(timeline.place(i64::MAX), FramePlace::After);
        timeline.begin(i64::MIN + 1);
        assert_eq!(timeline.since_origin(i64::MAX), i64::MAX);
    }
}
