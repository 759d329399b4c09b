//! The stream of sound that is read beside the frames.

use std::collections::VecDeque;

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Packet, Rational, Rescale};

use super::sound_clock::{PacketTimes, SoundClock, SoundPlace};
use super::timeline::Timeline;
use super::{AudioPacket, AudioTrack};

/// Packets of sound that are kept before the first frame: more than a minute.
const EARLY: usize = 4096;

/// What a packet of sound means for a source.
pub(super) enum SoundPacket {
    /// To be given out.
    Packet(AudioPacket),
    /// Not to be given out, or not yet.
    Nothing,
    /// It lies after the wanted part, as all further packets will.
    After,
}

/// The sound of a video.
pub(super) struct SoundStream {
    pub(super) index: usize,
    base: Rational,
    /// The last packets before the first frame that is kept.
    early: VecDeque<Packet>,
    /// Runs from the first frame that is kept.
    clock: Option<SoundClock>,
}

impl SoundStream {
    /// The stream of that number.
    pub(super) fn new(input: &Input, index: usize) -> Option<Self> {
        let base = input.stream(index)?.time_base();
        Some(Self { index, base, early: VecDeque::new(), clock: None })
    }

    pub(super) fn track(&self, input: &Input) -> Option<AudioTrack> {
        // Cloned, because parameters keep the file open that they come from.
        let parameters = input.stream(self.index)?.parameters().clone();
        Some(AudioTrack { parameters, time_base: self.base })
    }

    /// The first frame that is kept has come, at `origin` in ticks of `base`. Gives the packets that came
    /// before it, to be taken once more.
    pub(super) fn begin(&mut self, origin: i64, base: Rational) -> VecDeque<Packet> {
        self.clock = Some(SoundClock::new(f64::from(self.base), origin.rescale(base, self.base)));
        std::mem::take(&mut self.early)
    }

    /// Forgets the packets before the first frame: they will come once more.
    pub(super) fn restart(&mut self) {
        self.early.clear();
    }

    /// Takes a packet and moves it to the times that are given out.
    pub(super) fn take(&mut self, mut packet: Packet, timeline: &Timeline) -> SoundPacket {
        let Some(clock) = self.clock else {
            // Minutes of sound before the first frame are not held in memory; it is the last that counts.
            if self.early.len() == EARLY {
                self.early.pop_front();
            }
            self.early.push_back(packet);
            return SoundPacket::Nothing;
        };
        let times = clock.since_origin(times_of(&packet));
        packet.set_pts(times.pts);
        packet.set_dts(times.dts);
        match clock.place(times, timeline) {
            SoundPlace::Before => SoundPacket::Nothing,
            SoundPlace::Kept => SoundPacket::Packet(AudioPacket(packet)),
            SoundPlace::After => SoundPacket::After,
        }
    }
}

/// The times of a packet as its file has them.
pub(crate) fn times_of(packet: &Packet) -> PacketTimes {
    PacketTimes { pts: packet.pts(), dts: packet.dts(), duration: packet.duration() }
}
