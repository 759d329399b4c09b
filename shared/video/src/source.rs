//! Frames out of a video: upright, sRGB, all of one size, with their exact times; and the packets of
//! the sound beside them.
//!
//! Times count from the first frame that is given out, for frames and sound alike, so that the two
//! keep their distance. A frame is held back until the next one says how long it lasts.

use std::collections::VecDeque;

use ffmpeg_next::codec::threading;
use ffmpeg_next::error::EAGAIN;
use ffmpeg_next::ffi::{AV_NOPTS_VALUE, AV_TIME_BASE};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Dictionary, Error, Packet, Rational, Rescale, codec, decoder, frame};
use sansfond_imaging::Picture;
use serde::{Deserialize, Serialize};

use crate::SourceError;
use crate::color::Converter;
use crate::deinterlace::Deinterlacer;
use crate::input::streams::{self, VideoStream};
use crate::input::{self, Bytes, Guard};
use crate::probe::{Limits, by_index, check_size};

/// The unit of times: `num / den` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeBase {
    /// Numerator.
    pub num: i32,
    /// Denominator.
    pub den: i32,
}

impl TimeBase {
    /// So many units in seconds.
    #[must_use]
    pub fn seconds(self, ticks: i64) -> f64 {
        ticks as f64 * f64::from(self.num) / f64::from(self.den)
    }

    pub(crate) fn rational(self) -> Rational {
        Rational(self.num, self.den)
    }
}

impl From<Rational> for TimeBase {
    fn from(rational: Rational) -> Self {
        Self { num: rational.0, den: rational.1 }
    }
}

/// One frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Upright, sRGB; alpha where the video has some.
    pub picture: Picture,
    /// When it is shown, in the source's time base, 0 for the first that is kept.
    pub at: i64,
    /// How long it is shown, in the source's time base; at least 1.
    pub lasts: i64,
    /// Whether it is wanted itself, or only for what is known of its neighbours by it
    /// ([`SourceOptions::lead_in`]).
    pub is_kept: bool,
    /// How many of [`SourceOptions::borders_s`] lie at or before it.
    pub segment: usize,
}

/// A packet of the sound, as the file has it.
pub struct AudioPacket(pub(crate) Packet);

impl std::fmt::Debug for AudioPacket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioPacket").field("at", &self.0.pts()).field("bytes", &self.0.size()).finish()
    }
}

/// What a sink must know about the sound before its first packet.
pub struct AudioTrack {
    pub(crate) parameters: codec::Parameters,
    pub(crate) time_base: Rational,
}

impl AudioTrack {
    /// FFmpeg's name of its codec, like `aac`.
    #[must_use]
    pub fn codec(&self) -> &'static str {
        self.parameters.id().name()
    }
}

impl std::fmt::Debug for AudioTrack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioTrack").field("codec", &self.codec()).finish()
    }
}

/// What comes out of a source.
#[derive(Debug)]
pub enum Item {
    /// A frame; they come in the order in which they are shown.
    Frame(Frame),
    /// Sound, at most a few seconds away from the frames around it.
    Audio(AudioPacket),
}

/// What is wanted of a video.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// Seconds that are skipped, counted from the first frame.
    pub from_s: f64,
    /// Seconds after which nothing is given out, counted from the first frame of the file: what was
    /// reserved, whatever the header said. The last frame is cut short.
    pub until_s: Option<f64>,
    /// Longest side of the frames; larger ones are made smaller.
    pub max_side: Option<u32>,
    /// So many frames before the first that is wanted are given out too, not to be kept.
    pub lead_in: usize,
    /// So many frames after the last that is wanted are given out too, not to be kept. The last that is
    /// wanted is not cut short then.
    pub lead_out: usize,
    /// Where segments begin, in seconds from the first frame, in ascending order.
    pub borders_s: Vec<f64>,
    /// Leave the sound out.
    pub no_audio: bool,
    /// Threads of the decoder; 0 takes one for each core.
    pub threads: usize,
    /// Frames larger than allowed are refused before they are decoded.
    pub limits: Limits,
}

/// Where frames before the first one are wanted, decoding begins at least so many seconds before it. It
/// grows until there are enough of them.
const RUN_UP_S: f64 = 0.5;

/// Packets of sound that are kept before the first frame: more than a minute.
const EARLY: usize = 4096;

/// A frame that waits for the next one.
struct Held {
    picture: Picture,
    /// In the stream's time base, not yet counted from the first.
    at: i64,
    /// What the packet said.
    lasts: i64,
    is_kept: bool,
    segment: usize,
}

/// A frame before the first that is wanted.
struct Early {
    decoded: frame::Video,
    at: i64,
    lasts: i64,
}

/// A video that is being decoded.
pub struct FrameSource {
    input: Input,
    guard: Guard,
    video: VideoStream,
    decoder: decoder::Video,
    deinterlacer: Deinterlacer,
    converter: Option<Converter>,
    audio: Option<(usize, Rational)>,
    /// Ready to be given out.
    ready: VecDeque<Item>,
    held: Option<Held>,
    /// Time of the first frame that is kept, in the stream's time base.
    origin: Option<i64>,
    /// Time of the first frame of the file.
    start: Option<i64>,
    /// The first frames of the file are never seen.
    has_sought: bool,
    /// How far before what is wanted decoding begins, in seconds.
    run_up_s: f64,
    /// A further run-up has been taken just now.
    has_restarted: bool,
    /// The last frames before the first that is wanted, and how many there were.
    early: VecDeque<Early>,
    early_count: usize,
    /// Frames behind the last that is wanted, which are still to come.
    lead_out_left: usize,
    from_s: f64,
    until_s: Option<f64>,
    lead_in: usize,
    lead_out: usize,
    borders_s: Vec<f64>,
    max_side: Option<u32>,
    limits: Limits,
    /// The last packets of sound that came before the first frame.
    early_audio: VecDeque<Packet>,
    /// Nothing more comes.
    ended: bool,
    /// No more frames come; the sound may lie a little behind them in the file.
    was_cut: bool,
    damaged: u64,
}

impl FrameSource {
    /// Opens a video and decodes its first frame.
    ///
    /// # Errors
    /// [`SourceError`]; what cannot be decoded at all is refused here.
    pub fn open(bytes: Bytes, options: &SourceOptions) -> Result<Self, SourceError> {
        let opened = input::open(bytes)?;
        let (video, audio) = streams::choose(&opened.input)?;
        check_size(video.width, video.height, &options.limits)?;
        // Half a file would come to its end as if it were whole.
        by_index(&opened, &video)?;
        let input = opened.input;
        let decoder = open_decoder(&input, &video, options)?;
        let audio = audio
            .filter(|_| !options.no_audio)
            .and_then(|index| input.stream(index).map(|stream| (index, stream.time_base())));
        let video_start = input.stream(video.index).map(|stream| stream.start_time());
        let video_start = video_start.filter(|start| *start != AV_NOPTS_VALUE);
        let deinterlacer = Deinterlacer::new(video.time_base);
        let mut source = Self {
            input,
            guard: opened.guard,
            video,
            decoder,
            deinterlacer,
            converter: None,
            audio,
            ready: VecDeque::new(),
            held: None,
            origin: None,
            start: video_start,
            has_sought: false,
            run_up_s: if options.lead_in > 0 { RUN_UP_S } else { 0.0 },
            has_restarted: false,
            early: VecDeque::new(),
            early_count: 0,
            lead_out_left: options.lead_out,
            from_s: options.from_s.max(0.0),
            until_s: options.until_s,
            lead_in: options.lead_in,
            lead_out: options.lead_out,
            borders_s: options.borders_s.clone(),
            max_side: options.max_side,
            limits: options.limits,
            early_audio: VecDeque::new(),
            ended: false,
            was_cut: false,
            damaged: 0,
        };
        source.seek();
        while source.origin.is_none() && !source.ended {
            source.step()?;
        }
        if source.origin.is_none() {
            return Err(SourceError::NoFrames);
        }
        Ok(source)
    }

    /// Goes to the last key frame before what is wanted, if the file has a table for that. Frames up to
    /// there need not be decoded.
    fn seek(&mut self) {
        let Some(start) = self.start else { return };
        let from_s = self.from_s - self.run_up_s;
        self.has_sought = seek(&mut self.input, self.video.time_base, start, from_s);
    }

    /// Begins again, further back; `false` where nothing lies further back.
    fn take_a_longer_run_up(&mut self) -> bool {
        if !self.has_sought || self.run_up_s >= self.from_s {
            return false;
        }
        self.run_up_s *= 4.0;
        let Some(start) = self.start else { return false };
        let from_s = (self.from_s - self.run_up_s).max(0.0);
        if !seek(&mut self.input, self.video.time_base, start, from_s.max(f64::MIN_POSITIVE)) {
            return false;
        }
        self.decoder.flush();
        self.deinterlacer.reset();
        self.early.clear();
        self.early_count = 0;
        self.early_audio.clear();
        self.has_restarted = true;
        true
    }

    /// Width and height of every frame.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.converter.as_ref().map_or((0, 0), Converter::upright_size)
    }

    /// Time of the first frame of the file, in the time base, as the file counts.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.start.unwrap_or(0)
    }

    /// Time of the first frame that is kept, in the time base, as the file counts: what [`Frame::at`] is
    /// counted from.
    #[must_use]
    pub fn origin(&self) -> i64 {
        self.origin.unwrap_or(0)
    }

    /// Whether any segment begins inside.
    pub(crate) fn has_borders(&self) -> bool {
        !self.borders_s.is_empty()
    }

    /// The unit of the frames' times.
    #[must_use]
    pub fn time_base(&self) -> TimeBase {
        self.video.time_base.into()
    }

    /// Frames a second, by the header; a hint for encoders.
    #[must_use]
    pub fn rate(&self) -> Option<TimeBase> {
        self.video.rate.map(TimeBase::from)
    }

    /// How many frames will come, by the header; a hint for a progress bar.
    #[must_use]
    pub fn expected_frames(&self) -> Option<u64> {
        let rate = self.video.rate.map(f64::from);
        let all_s = self.video.header_s.or_else(|| Some(self.video.frames? as f64 / rate?));
        let end_s = match (all_s, self.until_s) {
            (Some(all), Some(until)) => Some(all.min(until)),
            (all, until) => all.or(until),
        };
        match (end_s, rate) {
            (Some(end), Some(rate)) => Some((((end - self.from_s).max(0.0)) * rate).round().max(1.0) as u64),
            _ => self.video.frames,
        }
    }

    /// The sound, if there is some and it is wanted.
    #[must_use]
    pub fn audio(&self) -> Option<AudioTrack> {
        let (index, time_base) = self.audio?;
        // Cloned, because parameters keep the file open that they come from.
        let parameters = self.input.stream(index)?.parameters().clone();
        Some(AudioTrack { parameters, time_base })
    }

    /// Whether frames were left out because of [`SourceOptions::until_s`].
    #[must_use]
    pub fn was_cut(&self) -> bool {
        self.was_cut
    }

    /// Packets that the decoder could make nothing of.
    #[must_use]
    pub fn damaged_packets(&self) -> u64 {
        self.damaged
    }

    /// Makes every further read fail with [`SourceError::Stopped`]; may be called from any thread.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + use<> {
        let guard = self.guard.clone();
        move || guard.stop()
    }

    /// The next frame or packet of sound; `None` at the end of the video.
    ///
    /// # Errors
    /// [`SourceError::Broken`] when the stream breaks off, [`SourceError::Io`] when the bytes do not
    /// come.
    #[expect(clippy::should_implement_trait, reason = "it can fail")]
    pub fn next(&mut self) -> Result<Option<Item>, SourceError> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if self.ended {
                return Ok(None);
            }
            self.step()?;
        }
    }

    /// Reads one packet and takes what comes of it.
    fn step(&mut self) -> Result<(), SourceError> {
        let mut packet = Packet::empty();
        match packet.read(&mut self.input) {
            Ok(()) => {}
            Err(Error::Eof) if self.guard.reason().is_none() => return self.drain(),
            Err(Error::InvalidData) if self.guard.reason().is_none() => {
                self.damaged += 1;
                return Ok(());
            }
            Err(source) => return Err(self.broken(source)),
        }
        if packet.stream() == self.video.index {
            if self.was_cut {
                self.ended = self.is_far_behind_the_cut(&packet);
                return Ok(());
            }
            self.has_restarted = false;
            match self.decoder.send_packet(&packet) {
                Ok(()) => {}
                // One damaged packet spoils some frames, not the video.
                Err(error) if is_damage(error) => self.damaged += 1,
                Err(source) => return Err(self.broken(source)),
            }
            self.receive()?;
        } else if self.audio.is_some_and(|(index, _)| index == packet.stream()) {
            self.take_audio(packet);
        }
        Ok(())
    }

    fn broken(&self, source: Error) -> SourceError {
        let at = self.held.as_ref().map_or(0, |held| held.at.saturating_sub(self.origin.unwrap_or(0)));
        let at_s = self.time_base().seconds(at);
        self.guard.reason().unwrap_or(SourceError::Broken { at_s, source })
    }

    fn drain(&mut self) -> Result<(), SourceError> {
        // Fails only if the decoder is drained already.
        let _drained = self.decoder.send_eof();
        self.receive()?;
        if std::mem::take(&mut self.has_restarted) {
            return Ok(());
        }
        self.deinterlacer.flush().map_err(|source| self.broken(source))?;
        self.take_deinterlaced()?;
        if std::mem::take(&mut self.has_restarted) {
            return Ok(());
        }
        self.release_held(None);
        self.ended = true;
        Ok(())
    }

    /// Whether no sound that is still wanted can come after this packet.
    fn is_far_behind_the_cut(&self, packet: &Packet) -> bool {
        const INTERLEAVED_S: f64 = 5.0;
        let at = packet.dts().or(packet.pts()).unwrap_or(i64::MAX);
        let since_start_s = self.time_base().seconds(at.saturating_sub(self.start.unwrap_or(0)));
        since_start_s > self.until_s.unwrap_or(0.0) + INTERLEAVED_S
    }

    /// Takes every frame that the decoder has ready.
    fn receive(&mut self) -> Result<(), SourceError> {
        while !self.ended && !self.was_cut {
            let mut decoded = frame::Video::empty();
            match self.decoder.receive_frame(&mut decoded) {
                Ok(()) => {
                    self.deinterlacer.push(decoded).map_err(|source| self.broken(source))?;
                    self.take_deinterlaced()?;
                }
                Err(Error::Eof) => break,
                Err(Error::Other { errno }) if errno == EAGAIN => break,
                Err(error) if is_damage(error) => self.damaged += 1,
                Err(source) => return Err(self.broken(source)),
            }
        }
        Ok(())
    }

    fn take_deinterlaced(&mut self) -> Result<(), SourceError> {
        while !self.ended && !self.was_cut {
            let Some(frame) = self.deinterlacer.next() else { break };
            self.take_frame(frame)?;
        }
        Ok(())
    }

    fn take_frame(&mut self, decoded: frame::Video) -> Result<(), SourceError> {
        let usual = self.usual_duration();
        let told = decoded.packet().duration;
        let lasts = if told > 0 { told } else { usual };
        let after_held = self.held.as_ref().map(|held| held.at.saturating_add(held.lasts.max(1)));
        let at = decoded.timestamp().or(decoded.pts()).or(after_held).unwrap_or(0);
        if !self.has_sought {
            // A header that announces a late start gives no free seconds either.
            self.start = Some(self.start.map_or(at, |start| start.min(at)));
        }
        check_size(decoded.width(), decoded.height(), &self.limits)?;
        if self.converter.is_none() {
            // All segments of a file have one size: that of its first frame, which a header knows.
            let stored = (self.video.width, self.video.height);
            let size = if self.has_sought { stored } else { (decoded.width(), decoded.height()) };
            let (orientation, max_side) = (self.video.orientation, self.max_side);
            let converter = Converter::for_frames_like(size, decoded.aspect_ratio(), orientation, max_side);
            let (width, height) = converter.upright_size();
            check_size(width, height, &self.limits)?;
            self.converter = Some(converter);
        }
        if self.is_before(at, self.from_s) {
            self.early_count += 1;
            if self.lead_in > 0 {
                self.early.push_back(Early { decoded, at, lasts });
            }
            if self.early.len() > self.lead_in {
                self.early.pop_front();
            }
            return Ok(());
        }
        // One more than the lead-in: a frame that is deinterlaced looks at the one before.
        let is_late = self.lead_in > 0 && self.origin.is_none() && self.early_count <= self.lead_in;
        if is_late && self.take_a_longer_run_up() {
            return Ok(());
        }
        let is_kept = self.until_s.is_none_or(|until_s| self.is_before(at, until_s));
        if !is_kept {
            if self.lead_out_left == 0 || self.origin.is_none() {
                self.cut(at);
                return Ok(());
            }
            self.lead_out_left -= 1;
        }
        if self.origin.is_none() {
            self.begin(at)?;
        }
        self.hold(&decoded, at, lasts, is_kept)
    }

    /// Whether a time of the stream lies before so many seconds from the first frame: half a tick for
    /// rounding.
    fn is_before(&self, at: i64, seconds: f64) -> bool {
        let base = self.time_base();
        let since_start_s = base.seconds(at.saturating_sub(self.start.unwrap_or(at)));
        since_start_s + base.seconds(1) / 2.0 < seconds
    }

    /// The first frame that is kept has come: times are counted from it. What was held back before it is
    /// given out.
    fn begin(&mut self, at: i64) -> Result<(), SourceError> {
        let mut early = std::mem::take(&mut self.early);
        let mut last: Option<i64> = None;
        for frame in &mut early {
            frame.at = last.map_or(frame.at, |last| frame.at.max(last.saturating_add(1)));
            last = Some(frame.at);
        }
        self.origin = Some(last.map_or(at, |last| at.max(last.saturating_add(1))));
        for packet in std::mem::take(&mut self.early_audio) {
            self.take_audio(packet);
        }
        for frame in early {
            self.hold(&frame.decoded, frame.at, frame.lasts, false)?;
        }
        Ok(())
    }

    /// Nothing that comes from here on is wanted.
    fn cut(&mut self, at: i64) {
        self.was_cut = true;
        let until_s = self.until_s.unwrap_or(0.0);
        let until = self.start.unwrap_or(0) + (until_s / self.time_base().seconds(1)).round() as i64;
        // With a lead-out what is held is no longer what was wanted.
        self.release_held(Some(if self.lead_out == 0 { until } else { at }));
        self.ended = self.audio.is_none();
    }

    /// Converts a frame and keeps it until the next one says how long it lasts.
    fn hold(
        &mut self,
        decoded: &frame::Video,
        at: i64,
        lasts: i64,
        is_kept: bool,
    ) -> Result<(), SourceError> {
        let segment = self.borders_s.iter().filter(|border| !self.is_before(at, **border)).count();
        // Two frames at one time, or backwards: every frame counts, so it is shown a moment later.
        let at = self.held.as_ref().map_or(at, |held| at.max(held.at.saturating_add(1)));
        let Some(converter) = &mut self.converter else { return Ok(()) };
        let picture = match converter.convert(decoded) {
            Ok(picture) => picture,
            Err(source) => return Err(self.broken(source)),
        };
        self.release_held(Some(at));
        self.held = Some(Held { picture, at, lasts, is_kept, segment });
        Ok(())
    }

    /// Gives out the frame that was waiting; it lasts until `next`, or as long as it said.
    fn release_held(&mut self, next: Option<i64>) {
        let (Some(held), Some(origin)) = (self.held.take(), self.origin) else { return };
        let lasts = next.map_or(held.lasts, |next| next.saturating_sub(held.at)).max(1);
        self.ready.push_back(Item::Frame(Frame {
            picture: held.picture,
            at: held.at.saturating_sub(origin),
            lasts,
            is_kept: held.is_kept,
            segment: held.segment,
        }));
    }

    /// Moves a packet of sound to our times; what lies outside is left out.
    fn take_audio(&mut self, mut packet: Packet) {
        let Some(((_, base), origin)) = self.audio.zip(self.origin) else {
            // Minutes of sound before the first frame are not held in memory; it is the last that counts.
            if self.early_audio.len() == EARLY {
                self.early_audio.pop_front();
            }
            self.early_audio.push_back(packet);
            return;
        };
        let shift = origin.rescale(self.video.time_base, base);
        let moved = |time: Option<i64>| time.map(|time| time.saturating_sub(shift));
        packet.set_pts(moved(packet.pts()));
        packet.set_dts(moved(packet.dts()));
        let at = packet.pts().or(packet.dts()).unwrap_or(0);
        let end_s = at.saturating_add(packet.duration().max(1)) as f64 * f64::from(base);
        let at_s = at as f64 * f64::from(base);
        let skipped_s = self
            .origin
            .zip(self.start)
            .map_or(0.0, |(origin, start)| self.time_base().seconds(origin.saturating_sub(start)));
        if self.until_s.is_some_and(|until_s| at_s + skipped_s >= until_s) {
            self.ended |= self.was_cut;
            return;
        }
        if end_s <= 0.0 {
            return;
        }
        self.ready.push_back(Item::Audio(AudioPacket(packet)));
    }

    /// How long a frame lasts when nothing says so, in the stream's time base.
    fn usual_duration(&self) -> i64 {
        let rate = self.video.rate.unwrap_or(Rational(25, 1));
        1.rescale(Rational(rate.1, rate.0), self.video.time_base).max(1)
    }
}

/// Goes to the last key frame before so many seconds, if the file has a table for that and there is
/// anything to skip; whether it did.
pub(crate) fn seek(input: &mut Input, base: Rational, start: i64, from_s: f64) -> bool {
    // MPEG-TS has no table: FFmpeg guesses the place, and may guess one that is too late.
    let has_table = ["mov", "matroska"].iter().any(|name| input.format().name().starts_with(name));
    if from_s <= 0.0 || !has_table {
        return false;
    }
    let from = start + (from_s / f64::from(base)).floor() as i64;
    let from_us = from.rescale(base, Rational(1, AV_TIME_BASE));
    // Where it fails, frames are decoded from the start and left out.
    input.seek(from_us, ..from_us).is_ok()
}

/// Whether a decoder complains about its bytes, not about itself. Decoders from outside FFmpeg have no
/// better word than "external".
fn is_damage(error: Error) -> bool {
    matches!(error, Error::InvalidData | Error::External | Error::PatchWelcome | Error::Unknown)
}

fn open_decoder(
    input: &Input,
    video: &VideoStream,
    options: &SourceOptions,
) -> Result<decoder::Video, SourceError> {
    let unsupported = |_| SourceError::UnsupportedCodec { codec: video.codec.to_uppercase() };
    let stream = input.stream(video.index).ok_or(SourceError::NoVideo)?;
    let mut context = codec::Context::from_parameters(stream.parameters()).map_err(unsupported)?;
    context.set_threading(threading::Config {
        kind: threading::Type::Frame,
        count: options.threads,
        ..threading::Config::default()
    });
    let mut decoder = context.decoder();
    decoder.set_packet_time_base(video.time_base);
    let mut settings = Dictionary::new();
    settings.set("max_pixels", &options.limits.max_pixels.to_string());
    // FFmpeg's own decoders of VP8 and VP9 do not look at the second stream that carries alpha.
    let with_alpha = match video.id {
        codec::Id::VP9 if video.has_alpha_mode => decoder::find_by_name("libvpx-vp9"),
        codec::Id::VP8 if video.has_alpha_mode => decoder::find_by_name("libvpx"),
        _ => None,
    };
    let codec = with_alpha.or_else(|| decoder::find(video.id));
    decoder.open_as_with(codec, settings).and_then(decoder::Opened::video).map_err(unsupported)
}
