//! The clock of the sound: moves sound packets to the times of the returned frames.
//!
//! This module works on numbers only, without packets and FFmpeg.

use super::timeline::Timeline;

/// Decoding time, presentation time and duration of a packet, in ticks of the sound stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PacketTimes {
    pub(crate) pts: Option<i64>,
    pub(crate) dts: Option<i64>,
    pub(crate) duration: i64,
}

impl PacketTimes {
    fn begin(self) -> i64 {
        self.pts.or(self.dts).unwrap_or(0)
    }

    /// A packet without a duration counts as one tick.
    fn end(self) -> i64 {
        self.begin().saturating_add(self.duration.max(1))
    }
}

/// The position of a packet relative to the requested part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SoundPlace {
    /// It ends before the first kept frame.
    Before,
    /// At least a part of it is heard during the kept frames.
    Kept,
    /// It begins after the requested part.
    After,
}

/// Converts times of the sound so that the first kept frame is at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SoundClock {
    /// Seconds per tick of the sound stream.
    tick_s: f64,
    /// Time of the first kept frame, in ticks of the sound stream.
    origin: i64,
}

impl SoundClock {
    pub(crate) const fn new(tick_s: f64, origin: i64) -> Self {
        Self { tick_s, origin }
    }

    /// Converts times of the stream to times since the first kept frame.
    pub(crate) fn since_origin(self, times: PacketTimes) -> PacketTimes {
        let moved = |time: Option<i64>| time.map(|time| time.saturating_sub(self.origin));
        PacketTimes { pts: moved(times.pts), dts: moved(times.dts), duration: times.duration }
    }

    /// The start of a packet in seconds, from times since the origin ([`Self::since_origin`]).
    pub(crate) fn begins_s(self, times: PacketTimes) -> f64 {
        times.begin() as f64 * self.tick_s
    }

    /// The end of a packet in seconds, from times since the origin.
    pub(crate) fn ends_s(self, times: PacketTimes) -> f64 {
        times.end() as f64 * self.tick_s
    }

    /// The position of a packet, from times since the origin.
    pub(super) fn place(self, times: PacketTimes, timeline: &Timeline) -> SoundPlace {
        if timeline.is_after_end(self.begins_s(times)) {
            SoundPlace::After
        } else if self.ends_s(times) <= 0.0 {
            SoundPlace::Before
        } else {
            SoundPlace::Kept
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceOptions, TimeBase};

    /// Ticks of the sound per second.
    const RATE: i64 = 48_000;

    /// A part of a file with times in milliseconds that begin at `start`; its first frame is on time.
    fn timeline(start: i64, from_s: f64, until_s: Option<f64>) -> Timeline {
        let options = SourceOptions { from_s, until_s, ..SourceOptions::default() };
        let mut timeline = Timeline::new(TimeBase { num: 1, den: 1000 }, Some(start), &options);
        timeline.begin(start + (from_s * 1000.0) as i64);
        timeline
    }

    fn clock(timeline: &Timeline) -> SoundClock {
        let origin = timeline.origin().expect("begun");
        SoundClock::new(1.0 / RATE as f64, origin * RATE / 1000)
    }

    fn packet(at: i64, duration: i64) -> PacketTimes {
        PacketTimes { pts: Some(at), dts: Some(at), duration }
    }

    fn place(timeline: &Timeline, times: PacketTimes) -> SoundPlace {
        let clock = clock(timeline);
        clock.place(clock.since_origin(times), timeline)
    }

    #[test]
    fn sound_keeps_its_distance_from_the_frames() {
        let timeline = timeline(1400, 0.6, None);
        let moved = clock(&timeline).since_origin(packet(2 * RATE + 100, 1024));
        assert_eq!(moved, packet(100, 1024));
    }

    #[test]
    fn sound_that_starts_later_than_the_frames_stays_late() {
        let timeline = timeline(0, 0.0, None);
        let late = packet(8 * RATE / 10, 1024);
        assert_eq!(clock(&timeline).since_origin(late), late);
        assert!((clock(&timeline).begins_s(late) - 0.8).abs() < 1e-9);
        assert_eq!(place(&timeline, late), SoundPlace::Kept);
    }

    #[test]
    fn sound_that_ends_before_the_first_frame_is_dropped() {
        let timeline = timeline(1000, 0.0, None);
        assert_eq!(place(&timeline, packet(RATE - 1024, 1024)), SoundPlace::Before);
        assert_eq!(place(&timeline, packet(RATE - 1023, 1024)), SoundPlace::Kept);
        assert_eq!(place(&timeline, packet(RATE, 1024)), SoundPlace::Kept);
    }

    #[test]
    fn a_negative_start_moves_the_sound_forwards() {
        let timeline = timeline(-500, 0.0, None);
        let moved = clock(&timeline).since_origin(packet(-RATE / 2, 1024));
        assert_eq!(moved, packet(0, 1024));
    }

    #[test]
    fn the_end_of_the_part_is_counted_from_the_start_of_the_file() {
        let timeline = timeline(1000, 0.5, Some(0.75));
        let end = RATE * 175 / 100;
        assert_eq!(place(&timeline, packet(end - 1, 1024)), SoundPlace::Kept);
        assert_eq!(place(&timeline, packet(end, 1024)), SoundPlace::After);
    }

    #[test]
    fn a_packet_without_one_of_its_times_uses_the_other() {
        let timeline = timeline(1000, 0.0, Some(1.0));
        for (at, expected) in
            [(0, SoundPlace::Before), (RATE, SoundPlace::Kept), (2 * RATE, SoundPlace::After)]
        {
            let pts = PacketTimes { pts: Some(at), dts: None, duration: 1024 };
            let dts = PacketTimes { pts: None, dts: Some(at), duration: 1024 };
            assert_eq!((place(&timeline, pts), place(&timeline, dts)), (expected, expected), "{at}");
        }
        let moved = clock(&timeline).since_origin(PacketTimes { pts: None, dts: Some(RATE), duration: 0 });
        assert_eq!(moved, PacketTimes { pts: None, dts: Some(0), duration: 0 });
    }

    #[test]
    fn a_packet_without_any_time_plays_with_the_first_frame() {
        let timeline = timeline(1000, 0.0, Some(1.0));
        let untimed = PacketTimes { pts: None, dts: None, duration: 0 };
        assert_eq!(clock(&timeline).since_origin(untimed), untimed);
        assert_eq!(place(&timeline, untimed), SoundPlace::Kept);
    }

    #[test]
    fn a_packet_without_a_duration_lasts_a_tick() {
        let timeline = timeline(0, 0.0, None);
        for unsaid in [0, -1024] {
            assert_eq!(place(&timeline, packet(0, unsaid)), SoundPlace::Kept);
            assert_eq!(place(&timeline, packet(-1, unsaid)), SoundPlace::Before);
        }
    }

    #[test]
    fn times_at_the_ends_of_the_range_do_not_overflow() {
        let clock = SoundClock::new(1.0 / RATE as f64, i64::MIN + 1);
        let moved = clock.since_origin(packet(i64::MAX, i64::MAX));
        assert_eq!(moved, packet(i64::MAX, i64::MAX));
        assert!(clock.ends_s(moved) > 0.0);
    }
}
