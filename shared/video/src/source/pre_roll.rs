//! Keeps the frames before the requested part. Decoding starts early enough to get enough of them.
//!
//! The number of frames between a key frame and the requested part is unknown before they are decoded. A source
//! starts a little before the part, and starts again further back if that was too late.
//!
//! This module does not use FFmpeg: the type of the frame is a parameter.

use std::collections::VecDeque;

use super::frame_delay::{Timed, not_before};

/// Start of the first attempt, in seconds before the requested part, if frames before it are needed.
const FIRST_S: f64 = 0.5;
/// The factor by which each further attempt starts earlier.
const FURTHER: f64 = 4.0;

/// The frames before the requested part.
#[derive(Debug)]
pub(super) struct PreRoll<T> {
    /// The number of frames that are needed.
    lead_in: usize,
    /// Start of the requested part, in seconds from the file's first frame.
    from_s: f64,
    /// Start of decoding, in seconds before the requested part.
    length_s: f64,
    /// The last frames before the part, at most as many as are needed.
    frames: VecDeque<Timed<T>>,
    /// The number of frames since decoding started.
    count: usize,
}

impl<T> PreRoll<T> {
    pub(super) const fn new(lead_in: usize, from_s: f64) -> Self {
        let length_s = if lead_in > 0 { FIRST_S } else { 0.0 };
        Self { lead_in, from_s, length_s, frames: VecDeque::new(), count: 0 }
    }

    /// Start of decoding, in seconds from the file's first frame. Zero or less means the start of the file.
    pub(super) const fn begins_s(&self) -> f64 {
        self.from_s - self.length_s
    }

    /// Takes a frame before the requested part.
    pub(super) fn push(&mut self, frame: T, at: i64, lasts: i64) {
        self.count += 1;
        if self.lead_in > 0 {
            self.frames.push_back(Timed { frame, at, lasts });
        }
        if self.frames.len() > self.lead_in {
            self.frames.pop_front();
        }
    }

    /// Whether decoding started too late. One frame more than the lead-in is needed, because deinterlacing
    /// uses the previous frame.
    pub(super) const fn is_too_short(&self) -> bool {
        self.lead_in > 0 && self.count <= self.lead_in
    }

    /// Moves the start back. Returns the new start, always more than zero; `None` if decoding has already
    /// started at the file's first frame.
    pub(super) fn lengthen(&mut self) -> Option<f64> {
        if self.length_s >= self.from_s {
            return None;
        }
        self.length_s *= FURTHER;
        Some(self.begins_s().max(f64::MIN_POSITIVE))
    }

    /// Drops all frames, because they will be decoded again.
    pub(super) fn restart(&mut self) {
        self.frames.clear();
        self.count = 0;
    }

    /// The needed frames in ascending order of time, and the time of the first frame of the requested part,
    /// which is `first` or a tick after the last of them.
    pub(super) fn take(&mut self, first: i64) -> (VecDeque<Timed<T>>, i64) {
        let mut frames = std::mem::take(&mut self.frames);
        let mut last = None;
        for frame in &mut frames {
            frame.at = not_before(last, frame.at);
            last = Some(frame.at);
        }
        (frames, not_before(last, first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pre-roll with so many frames, 40 ticks apart; each frame is its index.
    fn after(lead_in: usize, frames: i64) -> PreRoll<i64> {
        let mut pre_roll = PreRoll::new(lead_in, 10.0);
        (0..frames).for_each(|number| pre_roll.push(number, number * 40, 40));
        pre_roll
    }

    fn numbers(frames: &VecDeque<Timed<i64>>) -> Vec<i64> {
        frames.iter().map(|frame| frame.frame).collect()
    }

    #[test]
    fn the_requested_number_of_last_frames_is_kept() {
        let (frames, first) = after(3, 20).take(800);
        assert_eq!((numbers(&frames), first), (vec![17, 18, 19], 800));
        assert_eq!(frames[0], Timed { frame: 17, at: 680, lasts: 40 });
    }

    #[test]
    fn without_a_lead_in_no_frame_is_kept_and_no_pre_roll_is_too_short() {
        let mut pre_roll = after(0, 20);
        assert!(!pre_roll.is_too_short() && !after(0, 0).is_too_short());
        assert_eq!(pre_roll.begins_s(), 10.0);
        assert_eq!(pre_roll.take(800), (VecDeque::new(), 800));
    }

    #[test]
    fn one_frame_more_than_the_lead_in_is_needed() {
        assert!(after(3, 0).is_too_short());
        assert!(after(3, 3).is_too_short());
        assert!(!after(3, 4).is_too_short());
    }

    #[test]
    fn each_attempt_starts_four_times_as_far_back_up_to_the_start_of_the_file() {
        let mut pre_roll = after(3, 2);
        assert_eq!(pre_roll.begins_s(), 9.5);
        assert_eq!(pre_roll.lengthen(), Some(8.0));
        assert_eq!(pre_roll.lengthen(), Some(2.0));
        // More than zero, because zero would mean no seek.
        assert_eq!(pre_roll.lengthen(), Some(f64::MIN_POSITIVE));
        assert_eq!(pre_roll.lengthen(), None);
    }

    #[test]
    fn a_part_near_the_start_is_decoded_from_the_start() {
        for from_s in [0.0, 0.3, 0.5] {
            let mut pre_roll = PreRoll::<()>::new(3, from_s);
            assert!(pre_roll.begins_s() <= 0.0, "{from_s}");
            assert_eq!(pre_roll.lengthen(), None, "{from_s}");
        }
    }

    #[test]
    fn a_restart_drops_the_frames_that_are_decoded_again() {
        let mut pre_roll = after(3, 2);
        pre_roll.restart();
        assert!(pre_roll.is_too_short());
        (100..104).for_each(|number| pre_roll.push(number, number, 1));
        assert!(!pre_roll.is_too_short());
        assert_eq!(numbers(&pre_roll.take(200).0), [101, 102, 103]);
    }

    #[test]
    fn a_file_with_too_few_frames_before_the_part_returns_all_of_them() {
        let (frames, first) = after(3, 2).take(80);
        assert_eq!((numbers(&frames), first), (vec![0, 1], 80));
        assert_eq!(after(3, 0).take(-7), (VecDeque::new(), -7));
    }

    #[test]
    fn frames_at_one_time_or_in_the_wrong_order_are_spread_out_before_the_part() {
        let mut pre_roll = PreRoll::new(3, 10.0);
        for (number, at) in [-80, -80, -100].into_iter().enumerate() {
            pre_roll.push(number, at, 40);
        }
        let (frames, first) = pre_roll.take(-79);
        let times: Vec<i64> = frames.iter().map(|frame| frame.at).collect();
        assert_eq!((times, first), (vec![-80, -79, -78], -77));
    }
}
