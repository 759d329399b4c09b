//! Reads only the sound of a video. It is added when segments are joined.

use ffmpeg_next::error::Error;
use ffmpeg_next::ffi::AVDiscard;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Packet, Rational, Rescale};

use crate::input::{self, Bytes, ReadGuard, streams};
use crate::segments::SegmentInfo;
use crate::source::{AudioPacket, AudioTrack, SoundClock, SourceOptions, times_of};
use crate::{SourceError, source};

/// The sound packets of a clip, with the times of [`crate::FrameSource`].
pub struct SoundSource {
    input: Input,
    guard: ReadGuard,
    index: usize,
    base: Rational,
    /// Counts from the clip's first frame.
    clock: SoundClock,
    /// Sound that begins at this time of the clip or later is dropped.
    until_s: Option<f64>,
}

impl std::fmt::Debug for SoundSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoundSource").field("stream", &self.index).finish_non_exhaustive()
    }
}

impl SoundSource {
    /// Opens the sound of a clip; `first` is its first segment with frames. Returns `None` if there is no
    /// sound, or sound is off.
    ///
    /// # Errors
    /// As [`crate::FrameSource::open`].
    pub fn open(
        bytes: Bytes,
        options: &SourceOptions,
        first: &SegmentInfo,
    ) -> Result<Option<Self>, SourceError> {
        if options.no_audio {
            return Ok(None);
        }
        let opened = input::open(bytes)?;
        let (video, audio) = streams::choose(&opened.input)?;
        let Some(index) = audio else { return Ok(None) };
        let mut input = opened.input;
        let Some(base) = input.stream(index).map(|stream| stream.time_base()) else { return Ok(None) };
        for stream in input.streams() {
            let discard =
                if stream.index() == index { AVDiscard::AVDISCARD_DEFAULT } else { AVDiscard::AVDISCARD_ALL };
            // SAFETY: the stream lives as long as its input, and nothing reads from it at this time.
            unsafe { (*stream.as_ptr().cast_mut()).discard = discard };
        }
        source::seek(&mut input, video.time_base, first.start, options.from_s);
        let origin = first.start.saturating_add(first.first_at);
        let skipped_s = first.time_base.seconds(first.first_at);
        Ok(Some(Self {
            input,
            guard: opened.guard,
            index,
            base,
            clock: SoundClock::new(f64::from(base), origin.rescale(video.time_base, base)),
            until_s: options.until_s.map(|until_s| until_s - skipped_s),
        }))
    }

    /// The properties of the sound that a sink needs.
    pub(crate) fn track(&self) -> Option<AudioTrack> {
        // Cloned, because the parameters keep their file open.
        let parameters = self.input.stream(self.index)?.parameters().clone();
        Some(AudioTrack { parameters, time_base: self.base })
    }

    /// The next packet with its start, in seconds of the clip.
    pub(crate) fn next(&mut self) -> Result<Option<(f64, AudioPacket)>, SourceError> {
        loop {
            // A new packet each time: reading does not free the old content.
            let mut packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) => {}
                Err(error) => match (self.guard.reason(), error) {
                    (Some(reason), _) => return Err(reason),
                    (None, Error::Eof) => return Ok(None),
                    (None, Error::InvalidData) => continue,
                    (None, source) => return Err(SourceError::Broken { at_s: 0.0, source }),
                },
            }
            if packet.stream() != self.index {
                continue;
            }
            let times = self.clock.since_origin(times_of(&packet));
            packet.set_pts(times.pts);
            packet.set_dts(times.dts);
            let at_s = self.clock.begins_s(times);
            if self.until_s.is_some_and(|until_s| at_s >= until_s) {
                return Ok(None);
            }
            if self.clock.ends_s(times) > 0.0 {
                return Ok(Some((at_s, AudioPacket(packet))));
            }
        }
    }
}
