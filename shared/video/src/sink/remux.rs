//! Joins the files of segments: packets are copied, times are the source's, and the sound is added.
//!
//! Containers round times, so those in the segments' files are ignored: the n-th frame in presentation order
//! gets the n-th duration from the segment's information.

use std::path::Path;

use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::{Dictionary, Error, Packet, Rational, codec};

use super::audio::{self, Sound};
use super::mux::{self, Recipe};
use super::{SinkOptions, mov, mp4, webm};
use crate::input::{self, Bytes, streams};
use crate::segments::{JoinError, SegmentInfo};
use crate::sound::SoundSource;
use crate::source::AudioPacket;
use crate::{SourceError, VideoFormat};

/// A segment's file and its information.
pub(crate) type File<'a> = (&'a Path, &'a SegmentInfo);

/// Writes one file from the segments' files, all of which have frames.
pub(crate) fn remux(
    path: &Path,
    files: &[File<'_>],
    format: VideoFormat,
    sound: Option<SoundSource>,
    options: &SinkOptions,
) -> Result<(), JoinError> {
    let recipe = match format {
        VideoFormat::WebM => webm::recipe(options),
        VideoFormat::Mov => mov::recipe(options),
        _ => mp4::recipe(format, options),
    };
    let Some((first_path, first)) = files.first() else { return Err(JoinError::NoFrames) };
    let times = presentation_times(files);
    let order = if recipe.encoder == "libx264" { Some(order(files)?) } else { None };
    if order.as_ref().is_some_and(|order| order.len() != times.len()) {
        return Err(JoinError::Mismatch);
    }
    let order = |place: usize| order.as_ref().map_or(place, |order| order[place]);
    // The number of frames by which decoding order runs ahead of presentation order.
    let delay = (0..times.len()).map(|place| place.saturating_sub(order(place))).max().unwrap_or(0);
    let parameters = Packets::open(first_path)?.parameters()?;
    let mut writer = Writer::open(path, &recipe, &parameters, first, sound)?;
    let mut place = 0;
    for (path, info) in files {
        let mut packets = Packets::open(path)?;
        if !is_same(&parameters, &packets.parameters()?) {
            return Err(JoinError::Mismatch);
        }
        for _ in 0..info.lasts.len() {
            let packet = packets.next()?.ok_or(JoinError::Missing)?;
            let (at, lasts) = times[order(place)];
            writer.picture(packet, at, decoded_at(&times, place, delay), lasts)?;
            place += 1;
        }
        if packets.next()?.is_some() {
            return Err(JoinError::Mismatch);
        }
    }
    writer.finish()
}

/// Presentation time and duration of each frame, relative to the first.
pub(crate) fn presentation_times(files: &[File<'_>]) -> Vec<(i64, i64)> {
    let mut times: Vec<(i64, i64)> = Vec::new();
    let first_at = files.first().map_or(0, |(_, info)| info.first_at);
    for (_, info) in files {
        let mut at = info.first_at.saturating_sub(first_at);
        if let Some((before, lasts)) = times.last_mut() {
            // The previous frame lasts until this one, so that there is no gap.
            at = at.max(*before + 1);
            *lasts = at - *before;
        }
        for lasts in &info.lasts {
            times.push((at, *lasts));
            at += lasts;
        }
    }
    times
}

/// The decoding time of a packet: the presentation time of the frame `delay` frames earlier.
fn decoded_at(times: &[(i64, i64)], place: usize, delay: usize) -> i64 {
    let at = |place: usize| times[place.min(times.len() - 1)].0;
    if place >= delay { at(place - delay) } else { at(place) - (at(delay) - at(0)) }
}

/// The presentation index of each packet's frame.
fn order(files: &[File<'_>]) -> Result<Vec<usize>, JoinError> {
    let mut order = Vec::new();
    for (path, _) in files {
        let mut packets = Packets::open(path)?;
        let mut times = Vec::new();
        while let Some(packet) = packets.next()? {
            times.push(packet.pts().ok_or(JoinError::Mismatch)?);
        }
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let before = order.len();
        order.extend(times.iter().map(|at| before + sorted.partition_point(|other| other < at)));
    }
    Ok(order)
}

/// The packets of a segment's file.
struct Packets {
    input: Input,
    video: usize,
}

impl Packets {
    fn open(path: &Path) -> Result<Self, JoinError> {
        let opened = input::open(Bytes::open(path)?)?;
        let (video, _) = streams::choose(&opened.input)?;
        Ok(Self { input: opened.input, video: video.index })
    }

    fn parameters(&self) -> Result<codec::Parameters, JoinError> {
        // Cloned, because the parameters keep their file open.
        let stream = self.input.stream(self.video).ok_or(JoinError::Mismatch)?;
        Ok(stream.parameters().clone())
    }

    fn next(&mut self) -> Result<Option<Packet>, JoinError> {
        loop {
            // A new packet each time: reading does not free the old content.
            let mut packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) if packet.stream() == self.video => return Ok(Some(packet)),
                Ok(()) => {}
                Err(Error::Eof) => return Ok(None),
                Err(source) => return Err(SourceError::Broken { at_s: 0.0, source }.into()),
            }
        }
    }
}

/// Whether a decoder that was set up for one stream can decode the other.
fn is_same(one: &codec::Parameters, other: &codec::Parameters) -> bool {
    // SAFETY: both live as long as they are borrowed, and their headers have the stated sizes.
    let (one, other) = unsafe { (&*one.as_ptr(), &*other.as_ptr()) };
    let header = |of: &ffmpeg_next::ffi::AVCodecParameters| match usize::try_from(of.extradata_size) {
        // SAFETY: as above.
        Ok(size) if size > 0 && !of.extradata.is_null() => unsafe {
            std::slice::from_raw_parts(of.extradata, size).to_vec()
        },
        _ => Vec::new(),
    };
    (one.codec_id, one.width, one.height) == (other.codec_id, other.width, other.height)
        && header(one) == header(other)
}

/// The output file.
struct Writer {
    format: VideoFormat,
    output: Output,
    base: Rational,
    track: Option<Track>,
}

/// The sound of the output.
struct Track {
    source: SoundSource,
    sound: Sound,
    /// The next packet with its start in seconds.
    next: Option<(f64, AudioPacket)>,
}

impl Writer {
    fn open(
        path: &Path,
        recipe: &Recipe,
        parameters: &codec::Parameters,
        first: &SegmentInfo,
        sound: Option<SoundSource>,
    ) -> Result<Self, JoinError> {
        let failed = Recipe::failed(recipe.format);
        let mut output = mux::output(path, recipe)?;
        let needs_header = output.format().flags().contains(ffmpeg_next::format::Flags::GLOBAL_HEADER);
        let base = first.time_base.rational();
        {
            let mut stream =
                output.add_stream(ffmpeg_next::encoder::find(codec::Id::None)).map_err(&failed)?;
            stream.set_parameters(parameters.clone());
            // All our encoders set it, but not every container stores it.
            // SAFETY: the stream has just been made, and nothing else accesses its parameters.
            unsafe {
                (*stream.parameters().as_mut_ptr()).sample_aspect_ratio = Rational(1, 1).into();
                (*stream.as_mut_ptr()).sample_aspect_ratio = Rational(1, 1).into();
            }
            stream.set_time_base(base);
            if let Some(rate) = first.rate {
                stream.set_avg_frame_rate(rate.rational());
            }
            let mut tags = Dictionary::new();
            for (key, value) in recipe.tags {
                tags.set(key, value);
            }
            stream.set_metadata(tags);
        }
        let track = match (recipe.sound, sound) {
            (Some(plan), Some(mut source)) => {
                let next = source.next()?;
                let track = source.track().ok_or(JoinError::Mismatch)?;
                let sound = audio::add(&mut output, track, plan, needs_header)
                    .map_err(|error| error.into(recipe.format))?;
                Some(Track { source, sound, next })
            }
            _ => None,
        };
        let mut header = Dictionary::new();
        for (key, value) in recipe.header {
            header.set(key, value);
        }
        output.write_header_with(header).map_err(failed)?;
        Ok(Self { format: recipe.format, output, base, track })
    }

    /// Writes a video packet, after the sound that comes before it.
    fn picture(&mut self, mut packet: Packet, at: i64, decoded_at: i64, lasts: i64) -> Result<(), JoinError> {
        self.sound_until(at as f64 * f64::from(self.base))?;
        packet.set_pts(Some(at));
        packet.set_dts(Some(decoded_at));
        packet.set_duration(lasts);
        packet.set_position(-1);
        packet.set_stream(0);
        let stream_base = self.output.stream(0).map_or(self.base, |stream| stream.time_base());
        packet.rescale_ts(self.base, stream_base);
        packet.write_interleaved(&mut self.output).map_err(|error| self.failed(error))
    }

    fn sound_until(&mut self, seconds: f64) -> Result<(), JoinError> {
        let failed = Recipe::failed(self.format);
        let Some(track) = &mut self.track else { return Ok(()) };
        while track.next.as_ref().is_some_and(|(at_s, _)| *at_s <= seconds)
            && let Some((_, packet)) = track.next.take()
        {
            track.sound.packet(packet.0, &mut self.output).map_err(&failed)?;
            track.next = track.source.next()?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), JoinError> {
        self.sound_until(f64::INFINITY)?;
        if let Some(track) = &mut self.track {
            track.sound.finish(&mut self.output).map_err(Recipe::failed(self.format))?;
        }
        let written = self.output.write_trailer();
        written.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: Error) -> JoinError {
        Recipe::failed(self.format)(error).into()
    }
}
