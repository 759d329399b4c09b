//! Decodes a video to frames (upright, sRGB, of one size, with their exact times) and its sound packets.
//!
//! Times of frames and sound are relative to the first frame that is returned, so they stay in sync. A frame
//! is held back until the next one determines its duration.
//!
//! [`FrameSource`] reads packets and passes them on. `decoder` decodes them to frames, and `pictures`
//! converts the frames to pictures. `timeline` decides which frames are needed, `pre_roll` keeps the frames
//! before them, `frame_delay` determines durations, `sound_clock` aligns the sound with the frames, and
//! `phase` is the state of reading. These last five work on numbers only and are tested without a file.

mod decoder;
mod frame_delay;
mod item;
mod options;
mod phase;
mod pictures;
mod pre_roll;
mod seek;
mod sound_clock;
mod sound_stream;
mod time_base;
mod timeline;

pub use item::{AudioPacket, AudioTrack, Frame, Item};
pub use options::SourceOptions;
pub use time_base::TimeBase;

pub(crate) use seek::seek;
pub(crate) use sound_clock::SoundClock;
pub(crate) use sound_stream::times_of;

use std::collections::VecDeque;

use ffmpeg_next::ffi::AV_NOPTS_VALUE;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, Rational, Rescale, frame};
use sansfond_imaging::Picture;

use crate::SourceError;
use crate::input::streams::{self, VideoStream};
use crate::input::{self, Bytes, ReadGuard};
use crate::probe::{by_index, check_size};
use decoder::FrameDecoder;
use frame_delay::{FrameDelay, Timed};
use phase::Phase;
use pictures::Pictures;
use pre_roll::PreRoll;
use sound_stream::{SoundPacket, SoundStream};
use timeline::{FramePlace, Timeline};

/// A video that is being decoded.
pub struct FrameSource {
    input: Input,
    guard: ReadGuard,
    video: VideoStream,
    decoder: FrameDecoder,
    pictures: Pictures,
    sound: Option<SoundStream>,
    timeline: Timeline,
    pre_roll: PreRoll<frame::Video>,
    delay: FrameDelay<UntimedFrame>,
    phase: Phase,
    /// Items that are ready to be returned.
    ready: VecDeque<Item>,
}

/// A frame without final times.
struct UntimedFrame {
    picture: Picture,
    is_kept: bool,
    segment: usize,
}

/// The result of decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decoded {
    /// All frames that were ready have been taken.
    Taken,
    /// There were too few frames before the requested part, so decoding starts again further back in the file.
    Restarted,
}

impl FrameSource {
    /// Opens a video and decodes its first frame.
    ///
    /// # Errors
    /// [`SourceError`], also if no frame can be decoded.
    pub fn open(bytes: Bytes, options: &SourceOptions) -> Result<Self, SourceError> {
        let opened = input::open(bytes)?;
        let (video, audio) = streams::choose(&opened.input)?;
        check_size(video.width, video.height, &options.limits)?;
        // Without this check, a truncated file would be decoded without an error.
        by_index(&opened, &video)?;
        let input = opened.input;
        let decoder = FrameDecoder::open(&input, &video, options)?;
        let sound = audio.filter(|_| !options.no_audio).and_then(|index| SoundStream::new(&input, index));
        let announced = input.stream(video.index).map(|stream| stream.start_time());
        let announced = announced.filter(|start| *start != AV_NOPTS_VALUE);
        let timeline = Timeline::new(video.time_base.into(), announced, options);
        let mut source = Self {
            guard: opened.guard,
            decoder,
            pictures: Pictures::new(&video, options),
            sound,
            pre_roll: PreRoll::new(options.lead_in, timeline.part_from_s()),
            timeline,
            delay: FrameDelay::new(usual_duration(&video)),
            phase: Phase::Frames,
            ready: VecDeque::new(),
            input,
            video,
        };
        if source.seek(source.pre_roll.begins_s()) {
            source.timeline.seek();
        }
        while source.timeline.origin().is_none() && !source.phase.has_ended() {
            source.step()?;
        }
        if source.timeline.origin().is_none() {
            return Err(SourceError::NoFrames);
        }
        Ok(source)
    }

    /// Seeks to the last key frame before a time in seconds, so that earlier frames need not be decoded;
    /// returns whether it did.
    fn seek(&mut self, from_s: f64) -> bool {
        let start = self.timeline.start();
        start.is_some_and(|start| seek(&mut self.input, self.video.time_base, start, from_s))
    }

    /// Starts decoding again further back; returns `false` if that is not possible.
    fn restart_further_back(&mut self) -> bool {
        if !self.timeline.has_sought() {
            return false;
        }
        let Some(from_s) = self.pre_roll.lengthen() else { return false };
        if !self.seek(from_s) {
            return false;
        }
        self.decoder.restart();
        self.pre_roll.restart();
        if let Some(sound) = &mut self.sound {
            sound.restart();
        }
        true
    }

    /// Width and height of every frame.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.pictures.size()
    }

    /// Time of the file's first frame, in the time base and the file's clock.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.timeline.start().unwrap_or(0)
    }

    /// Time of the first kept frame, in the time base and the file's clock: the zero of [`Frame::at`].
    #[must_use]
    pub fn origin(&self) -> i64 {
        self.timeline.origin().unwrap_or(0)
    }

    /// Whether there are segment borders inside.
    pub(crate) const fn has_borders(&self) -> bool {
        self.timeline.has_borders()
    }

    /// The unit of the frames' times.
    #[must_use]
    pub const fn time_base(&self) -> TimeBase {
        self.timeline.base()
    }

    /// Frames per second from the header, as a hint for encoders.
    #[must_use]
    pub fn rate(&self) -> Option<TimeBase> {
        self.video.rate.map(TimeBase::from)
    }

    /// Expected number of frames from the header, as a hint for a progress bar.
    #[must_use]
    pub fn expected_frames(&self) -> Option<u64> {
        let rate = self.video.rate.map(f64::from);
        let all_s = self.video.header_s.or_else(|| Some(self.video.frames? as f64 / rate?));
        let end_s = match (all_s, self.timeline.part_until_s()) {
            (Some(all), Some(until)) => Some(all.min(until)),
            (all, until) => all.or(until),
        };
        let from_s = self.timeline.part_from_s();
        match (end_s, rate) {
            (Some(end), Some(rate)) => Some((((end - from_s).max(0.0)) * rate).round().max(1.0) as u64),
            _ => self.video.frames,
        }
    }

    /// The sound, if there is any and it is not off.
    #[must_use]
    pub fn audio(&self) -> Option<AudioTrack> {
        self.sound.as_ref()?.track(&self.input)
    }

    /// Whether frames were dropped because of [`SourceOptions::until_s`].
    #[must_use]
    pub const fn was_cut(&self) -> bool {
        self.phase.was_cut()
    }

    /// Number of packets that could not be decoded.
    #[must_use]
    pub const fn damaged_packets(&self) -> u64 {
        self.decoder.damaged
    }

    /// Makes every further read fail with [`SourceError::Stopped`]; may be called on any thread.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + use<> {
        let guard = self.guard.clone();
        move || guard.stop()
    }

    /// The next frame or sound packet; `None` at the end of the video.
    ///
    /// # Errors
    /// [`SourceError::Broken`] if the stream breaks off, [`SourceError::Io`] if reading fails.
    #[expect(clippy::should_implement_trait, reason = "the method returns a `Result`")]
    pub fn next(&mut self) -> Result<Option<Item>, SourceError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if self.phase.has_ended() {
                return Ok(None);
            }
            self.step()?;
        }
    }

    /// Reads one packet and processes it.
    fn step(&mut self) -> Result<(), SourceError> {
        let mut packet = Packet::empty();
        match packet.read(&mut self.input) {
            Ok(()) => {}
            Err(Error::Eof) if self.guard.reason().is_none() => return self.drain(),
            Err(Error::InvalidData) if self.guard.reason().is_none() => {
                self.decoder.damaged += 1;
                return Ok(());
            }
            Err(source) => return Err(self.broken(source)),
        }
        if packet.stream() == self.video.index {
            return self.take_video(&packet);
        }
        if self.sound.as_ref().is_some_and(|sound| sound.index == packet.stream()) {
            self.take_sound(packet);
        }
        Ok(())
    }

    fn broken(&self, source: Error) -> SourceError {
        let at = self.delay.held_at().map_or(0, |at| self.timeline.since_origin(at));
        let at_s = self.time_base().seconds(at);
        self.guard.reason().unwrap_or(SourceError::Broken { at_s, source })
    }

    /// Takes the frames that the decoder still holds at the end of the file.
    fn drain(&mut self) -> Result<(), SourceError> {
        self.decoder.end_packets();
        if self.take_frames()? == Decoded::Restarted {
            return Ok(());
        }
        self.decoder.end_frames().map_err(|source| self.broken(source))?;
        if self.take_frames()? == Decoded::Restarted {
            return Ok(());
        }
        let last = self.delay.finish(None);
        self.queue(last);
        self.phase = self.phase.after_file();
        Ok(())
    }

    fn take_video(&mut self, packet: &Packet) -> Result<(), SourceError> {
        match self.phase {
            Phase::Frames => {
                self.decoder.send(packet).map_err(|source| self.broken(source))?;
                self.take_frames()?;
            }
            Phase::RestOfSound => {
                if self.timeline.is_far_after_end(packet.dts().or(packet.pts())) {
                    self.phase = self.phase.after_file();
                }
            }
            Phase::Ended(_) => {}
        }
        Ok(())
    }

    /// Takes all frames that are ready in the decoder.
    fn take_frames(&mut self) -> Result<Decoded, SourceError> {
        while self.phase == Phase::Frames {
            let decoded = self.decoder.next().map_err(|source| self.broken(source))?;
            let Some(decoded) = decoded else { break };
            if self.take_frame(decoded)? == Decoded::Restarted {
                return Ok(Decoded::Restarted);
            }
        }
        Ok(Decoded::Taken)
    }

    fn take_frame(&mut self, decoded: frame::Video) -> Result<Decoded, SourceError> {
        let announced = decoded.timestamp().or(decoded.pts());
        let (at, lasts) = self.delay.timing(announced, decoded.packet().duration);
        self.timeline.record(at);
        self.pictures.check(&decoded, self.timeline.has_sought())?;
        let place = self.timeline.place(at);
        let is_first = place != FramePlace::Before && self.timeline.origin().is_none();
        if is_first && self.pre_roll.is_too_short() && self.restart_further_back() {
            return Ok(Decoded::Restarted);
        }
        match place {
            FramePlace::Before => self.pre_roll.push(decoded, at, lasts),
            FramePlace::Kept => {
                if is_first {
                    self.begin(at)?;
                }
                self.push(&decoded, at, lasts, true)?;
            }
            FramePlace::LeadOut => self.push(&decoded, at, lasts, false)?,
            FramePlace::After => self.cut(at),
        }
        Ok(Decoded::Taken)
    }

    /// Starts the output at the first kept frame, the zero of all times. Queues the sound and the context frames
    /// before it.
    fn begin(&mut self, at: i64) -> Result<(), SourceError> {
        let (early, origin) = self.pre_roll.take(at);
        self.timeline.begin(origin);
        if let Some(sound) = &mut self.sound {
            for packet in sound.begin(origin, self.video.time_base) {
                self.take_sound(packet);
            }
        }
        for frame in early {
            self.push(&frame.frame, frame.at, frame.lasts, false)?;
        }
        Ok(())
    }

    /// Ends the frames at the end of the requested part.
    fn cut(&mut self, at: i64) {
        let last = self.delay.finish(Some(self.timeline.end_of_last(at)));
        self.queue(last);
        self.phase = Phase::after_cut(self.sound.is_some());
    }

    /// Converts a frame and queues the previous one.
    fn push(
        &mut self,
        decoded: &frame::Video,
        at: i64,
        lasts: i64,
        is_kept: bool,
    ) -> Result<(), SourceError> {
        let segment = self.timeline.segment(at);
        let picture = self.pictures.convert(decoded).map_err(|source| self.broken(source))?;
        let Some(picture) = picture else { return Ok(()) };
        let before = self.delay.push(Timed { frame: UntimedFrame { picture, is_kept, segment }, at, lasts });
        self.queue(before);
        Ok(())
    }

    fn queue(&mut self, frame: Option<Timed<UntimedFrame>>) {
        let Some(Timed { frame: UntimedFrame { picture, is_kept, segment }, at, lasts }) = frame else {
            return;
        };
        let at = self.timeline.since_origin(at);
        self.ready.push_back(Item::Frame(Frame { picture, at, lasts, is_kept, segment }));
    }

    /// Queues a sound packet, if it belongs to the requested part.
    fn take_sound(&mut self, packet: Packet) {
        let Some(sound) = &mut self.sound else { return };
        match sound.take(packet, &self.timeline) {
            SoundPacket::Packet(packet) => self.ready.push_back(Item::Audio(packet)),
            SoundPacket::Skipped => {}
            SoundPacket::After => self.phase = self.phase.after_sound(),
        }
    }
}

/// Duration of a frame without a duration in the file, in the stream's time base.
fn usual_duration(video: &VideoStream) -> i64 {
    let rate = video.rate.unwrap_or(Rational(25, 1));
    1.rescale(Rational(rate.1, rate.0), video.time_base).max(1)
}
