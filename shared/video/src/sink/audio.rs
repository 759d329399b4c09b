//! The sound of a file: copied if the container supports its codec, else decoded and encoded again.
//!
//! Times come from the source, relative to the first frame, and are kept: earlier sound is cut off, and gaps
//! are filled with silence.

use ffmpeg_next::format::context::Output;
use ffmpeg_next::format::sample::{Sample, Type};
use ffmpeg_next::{
    ChannelLayout, Error, Packet, Rational, Rescale, StreamMut, codec, decoder, encoder, error::EAGAIN,
    filter, frame,
};

use crate::source::AudioTrack;
use crate::{SinkError, VideoFormat};

/// How a container stores sound.
#[derive(Debug, Clone, Copy)]
pub(super) struct AudioPlan {
    /// Codecs that are copied.
    pub(super) copied: &'static [codec::Id],
    /// The encoder for all other codecs.
    pub(super) encoder: &'static str,
    pub(super) sample: Sample,
    /// Sample rate in Hz; `None` keeps the source's.
    pub(super) rate: Option<u32>,
    /// Bits per second for one channel; `None` for lossless codecs.
    pub(super) bits_a_channel: Option<usize>,
    /// Whether the container's times start at the codec's first sample, and players subtract the codec's
    /// delay (Matroska, "CodecDelay"). FFmpeg writes the delay, but not the matching times.
    pub(super) adds_delay: bool,
}

/// For WebM.
pub(super) const OPUS: AudioPlan = AudioPlan {
    copied: &[codec::Id::OPUS, codec::Id::VORBIS],
    encoder: "libopus",
    sample: Sample::F32(Type::Packed),
    rate: Some(48_000),
    bits_a_channel: Some(64_000),
    adds_delay: true,
};

/// For MP4.
pub(super) const AAC: AudioPlan = AudioPlan {
    copied: &[codec::Id::AAC, codec::Id::MP3],
    encoder: "aac",
    sample: Sample::F32(Type::Planar),
    rate: None,
    bits_a_channel: Some(80_000),
    adds_delay: false,
};

/// For MOV, in which editors expect lossless sound.
pub(super) const PCM: AudioPlan = AudioPlan {
    copied: &[codec::Id::AAC, codec::Id::ALAC, codec::Id::PCM_S16LE, codec::Id::PCM_S24LE],
    encoder: "pcm_s16le",
    sample: Sample::I16(Type::Packed),
    rate: None,
    bits_a_channel: None,
    adds_delay: false,
};

/// The sound cannot be added.
pub(super) enum Refused {
    NoEncoder(&'static str),
    Failed(Error),
}

impl Refused {
    pub(super) fn into(self, format: VideoFormat) -> SinkError {
        match self {
            Self::NoEncoder(name) => SinkError::NoEncoder(name),
            Self::Failed(error) => SinkError::Failed { format, source: Box::new(error) },
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The output stream of packets.
struct Track {
    stream: usize,
    /// Added to every time, in samples.
    delay: i64,
    rate: i32,
}

impl Track {
    /// `stream` has its parameters already.
    fn new(stream: &StreamMut<'_>, plan: AudioPlan) -> Self {
        let parameters = stream.parameters();
        // SAFETY: the parameters live as long as their stream, and nothing else accesses them at this time.
        let (delay, rate) =
            unsafe { ((*parameters.as_ptr()).initial_padding, (*parameters.as_ptr()).sample_rate) };
        Self {
            stream: stream.index(),
            delay: if plan.adds_delay { i64::from(delay) } else { 0 },
            rate: rate.max(1),
        }
    }

    fn write(&self, mut packet: Packet, from: Rational, output: &mut Output) -> Result<(), Error> {
        let to = output.stream(self.stream).map_or(from, |stream| stream.time_base());
        packet.set_stream(self.stream);
        packet.set_position(-1);
        packet.rescale_ts(from, to);
        let delay = self.delay.rescale(Rational(1, self.rate), to);
        packet.set_pts(packet.pts().map(|at| at + delay));
        packet.set_dts(packet.dts().map(|at| at + delay));
        packet.write_interleaved(output)
    }
}

/// A sound track that is being written.
pub(super) struct Sound {
    track: Track,
    from: Rational,
    work: AudioWork,
}

enum AudioWork {
    Copy,
    Transcode(Box<Transcoder>),
}

/// Adds a track to a file before its header is written.
pub(super) fn add(
    output: &mut Output,
    track: AudioTrack,
    plan: AudioPlan,
    needs_header: bool,
) -> Result<Sound, Refused> {
    let from = track.time_base;
    if plan.copied.contains(&track.parameters.id()) {
        let mut stream = output.add_stream(encoder::find(codec::Id::None))?;
        stream.set_parameters(track.parameters);
        stream.set_time_base(from);
        // The source's tag may be invalid in this container, or have another meaning.
        // SAFETY: the stream has just been made, and nothing else accesses its parameters.
        unsafe { (*stream.parameters().as_mut_ptr()).codec_tag = 0 };
        return Ok(Sound { track: Track::new(&stream, plan), from, work: AudioWork::Copy });
    }
    let known = decoder::find(track.parameters.id());
    let mut decoder = codec::Context::from_parameters(track.parameters)?.decoder();
    decoder.set_packet_time_base(from);
    let decoder = decoder.open_as(known)?.audio()?;
    let codec = encoder::find_by_name(plan.encoder).ok_or(Refused::NoEncoder(plan.encoder))?;
    let mut context = codec::Context::new_with_codec(codec).encoder().audio()?;
    let rate = plan.rate.unwrap_or_else(|| supported_rate(decoder.rate(), plan.encoder));
    let layout = if decoder.channels() == 1 { ChannelLayout::MONO } else { ChannelLayout::STEREO };
    context.set_rate(rate as i32);
    context.set_channel_layout(layout);
    context.set_format(plan.sample);
    if let Some(bits) = plan.bits_a_channel {
        context.set_bit_rate(bits * layout.channels() as usize);
    }
    let base = Rational(1, rate as i32);
    context.set_time_base(base);
    if needs_header {
        context.set_flags(codec::Flags::GLOBAL_HEADER);
    }
    let encoder = context.open_as(codec)?;
    let mut stream = output.add_stream_with(&encoder)?;
    stream.set_time_base(base);
    let track = Track::new(&stream, plan);
    let channels = layout.bits();
    let transcoder = Transcoder { decoder, graph: None, encoder, plan, rate, channels, from };
    Ok(Sound { track, from, work: AudioWork::Transcode(Box::new(transcoder)) })
}

/// AAC supports thirteen sample rates; other encoders take any.
fn supported_rate(rate: u32, encoder: &str) -> u32 {
    const AAC: [u32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ];
    if encoder != "aac" || AAC.contains(&rate) { rate } else { 48_000 }
}

impl Sound {
    pub(super) fn packet(&mut self, packet: Packet, output: &mut Output) -> Result<(), Error> {
        match &mut self.work {
            AudioWork::Copy => self.track.write(packet, self.from, output),
            AudioWork::Transcode(work) => {
                match work.decoder.send_packet(&packet) {
                    Ok(()) => {}
                    // A damaged packet becomes a moment of silence.
                    Err(Error::InvalidData) => return Ok(()),
                    Err(error) => return Err(error),
                }
                work.pump(&self.track, output)
            }
        }
    }

    pub(super) fn finish(&mut self, output: &mut Output) -> Result<(), Error> {
        let AudioWork::Transcode(work) = &mut self.work else { return Ok(()) };
        // It fails only if the decoder is drained already.
        let _drained = work.decoder.send_eof();
        work.pump(&self.track, output)?;
        if let Some(graph) = &mut work.graph {
            source(graph).source().flush()?;
            work.encode_filtered(&self.track, output)?;
        }
        work.encoder.send_eof()?;
        work.write_ready(&self.track, output)
    }
}

/// Decoder, filter, encoder.
struct Transcoder {
    decoder: decoder::Audio,
    /// Made for the first frame, because the decoder's output format is certain only then.
    graph: Option<filter::Graph>,
    encoder: encoder::audio::Encoder,
    plan: AudioPlan,
    rate: u32,
    /// The mask of the encoder's channels. It is not a [`ChannelLayout`], which contains a pointer from
    /// FFmpeg 7 on and cannot be sent to another thread.
    channels: u64,
    from: Rational,
}

fn source(graph: &mut filter::Graph) -> filter::Context {
    graph.get("in").expect("the graph has a source. This is a bug.")
}

fn sink(graph: &mut filter::Graph) -> filter::Context {
    graph.get("out").expect("the graph has a sink. This is a bug.")
}

impl Transcoder {
    fn pump(&mut self, track: &Track, output: &mut Output) -> Result<(), Error> {
        let mut decoded = frame::Audio::empty();
        while self.decoder.receive_frame(&mut decoded).is_ok() {
            let at = decoded.timestamp();
            decoded.set_pts(at);
            if self.graph.is_none() {
                self.graph = Some(self.graph_for(&decoded)?);
            }
            if let Some(graph) = &mut self.graph {
                source(graph).source().add(&decoded)?;
            }
            self.encode_filtered(track, output)?;
        }
        Ok(())
    }

    fn graph_for(&self, frame: &frame::Audio) -> Result<filter::Graph, Error> {
        let find = |name| filter::find(name).ok_or(Error::FilterNotFound);
        let own = frame.channel_layout();
        let own = if own.bits() == 0 { ChannelLayout::default(i32::from(frame.channels())) } else { own };
        let mut graph = filter::Graph::new();
        let arguments = format!(
            "time_base={}/{}:sample_rate={}:sample_fmt={}:channel_layout=0x{:x}",
            self.from.0,
            self.from.1,
            frame.rate(),
            frame.format().name(),
            own.bits(),
        );
        graph.add(&find("abuffer")?, "in", &arguments)?;
        graph.add(&find("abuffersink")?, "out", "")?;
        // Cuts off sound before 0 and fills gaps; small jitter of timestamps is ignored.
        let chain = format!(
            "aresample={rate}:async=1:first_pts=0:min_hard_comp=0.02,aformat=sample_fmts={sample}:sample_rates={rate}:channel_layouts=0x{layout:x},asettb=1/{rate}",
            rate = self.rate,
            sample = self.plan.sample.name(),
            layout = self.channels,
        );
        graph.output("in", 0)?.input("out", 0)?.parse(&chain)?;
        graph.validate()?;
        if self.encoder.frame_size() > 0 {
            sink(&mut graph).sink().set_frame_size(self.encoder.frame_size());
        }
        Ok(graph)
    }

    fn encode_filtered(&mut self, track: &Track, output: &mut Output) -> Result<(), Error> {
        loop {
            let mut filtered = frame::Audio::empty();
            let Some(graph) = &mut self.graph else { return Ok(()) };
            if sink(graph).sink().frame(&mut filtered).is_err() {
                return Ok(());
            }
            self.encoder.send_frame(&filtered)?;
            self.write_ready(track, output)?;
        }
    }

    fn write_ready(&mut self, track: &Track, output: &mut Output) -> Result<(), Error> {
        let base = Rational(1, self.rate as i32);
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => {}
                Err(Error::Eof) => return Ok(()),
                Err(Error::Other { errno }) if errno == EAGAIN => return Ok(()),
                Err(error) => return Err(error),
            }
            track.write(packet, base, output)?;
        }
    }
}
