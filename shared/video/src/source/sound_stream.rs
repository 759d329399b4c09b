//! The sound stream that is read with the frames.

use std::collections::VecDeque;

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Packet, Rational, Rescale};

use super::sound_clock::{PacketTimes, SoundClock, SoundPlace};
use super::timeline::Timeline;
use super::{AudioPacket, AudioTrack};

/// Maximum number of packets that are kept before the first frame: more than a minute of sound.
const EARLY: usize = 4096;

/// How a source handles a sound packet.
pub(super) enum SoundPacket {
    /// The packet is returned.
    Packet(AudioPacket),
    /// The packet is dropped, or kept for later.
    Skipped,
    /// The packet is after the requested part, and so are all further packets.
    After,
}

/// The sound of a video.
pub(super) struct SoundStream {
    pub(super) index: usize,
    base: Rational,
    /// The last packets before the first kept frame.
    early: VecDeque<Packet>,
    /// Counts from the first kept frame.
    clock: Option<SoundClock>,
}

impl SoundStream {
    pub(super) fn new(input: &Input, index: usize) -> Option<Self> {
        let base = input.stream(index)?.time_base();
        Some(Self { index, base, early: VecDeque::new(), clock: None })
    }

    pub(super) fn track(&self, input: &Input) -> Option<AudioTrack> {
        // Cloned, because the parameters keep their file open.
        let parameters = input.stream(self.index)?.parameters().clone();
        Some(AudioTrack { parameters, time_base: self.base })
    }

    /// Sets the time of the first kept frame, `origin` in ticks of `base`. Returns the earlier packets, which
    /// must be taken again.
    pub(super) fn begin(&mut self, origin: i64, base: Rational) -> VecDeque<Packet> {
        self.clock = Some(SoundClock::new(f64::from(self.base), origin.rescale(base, self.base)));
        std::mem::take(&mut self.early)
    }

    /// Drops the packets before the first frame, because they will be read again.
    pub(super) fn restart(&mut self) {
        self.early.clear();
    }

    /// Takes a packet and converts its times.
    pub(super) fn take(&mut self, mut packet: Packet, timeline: &Timeline) -> SoundPacket {
        let Some(clock) = self.clock else {
            // The memory for sound before the first frame is limited; the last packets count.
            if self.early.len() == EARLY {
                self.early.pop_front();
            }
            self.early.push_back(packet);
            return SoundPacket::Skipped;
        };
        let times = clock.since_origin(times_of(&packet));
        packet.set_pts(times.pts);
        packet.set_dts(times.dts);
        match clock.place(times, timeline) {
            SoundPlace::Before => SoundPacket::Skipped,
            SoundPlace::Kept => SoundPacket::Packet(AudioPacket(packet)),
            SoundPlace::After => SoundPacket::After,
        }
    }
}

/// The times of a packet in its file.
pub(crate) fn times_of(packet: &Packet) -> PacketTimes {
    PacketTimes { pts: packet.pts(), dts: packet.dts(), duration: packet.duration() }
}
