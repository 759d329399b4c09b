//! Selects the streams of picture and sound, and reads their headers.

use ffmpeg_next::format::context::Input;
use ffmpeg_next::format::stream::{Disposition, Stream};
use ffmpeg_next::{Rational, codec, ffi, media};

use super::codecs;
use crate::SourceError;
use crate::orient::Orientation;

/// The video stream.
#[derive(Debug, Clone)]
pub(crate) struct VideoStream {
    pub(crate) index: usize,
    pub(crate) time_base: Rational,
    /// FFmpeg's name of the codec, such as `h264`.
    pub(crate) codec: &'static str,
    pub(crate) id: codec::Id,
    /// Size of the stored frames, before rotation and before pixels are made square.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    /// Frames per second, if the file has the value.
    pub(crate) rate: Option<Rational>,
    /// Number of frames, if the header has it.
    pub(crate) frames: Option<u64>,
    /// Duration in the header of the stream, else of the file.
    pub(crate) header_s: Option<f64>,
    /// WebM's tag for a second stream with alpha inside the first.
    pub(crate) has_alpha_mode: bool,
}

/// Selects the streams: the best picture that is not a cover, and the sound that belongs to it.
pub(crate) fn choose(input: &Input) -> Result<(VideoStream, Option<usize>), SourceError> {
    let is_cover = |stream: &Stream<'_>| stream.disposition().contains(Disposition::ATTACHED_PIC);
    let best = input.streams().best(media::Type::Video).filter(|stream| !is_cover(stream));
    let video = best.or_else(|| {
        input.streams().find(|stream| stream.parameters().medium() == media::Type::Video && !is_cover(stream))
    });
    let Some(video) = video else {
        let kind = |kind| input.streams().any(|stream| stream.parameters().medium() == kind);
        return Err(match (kind(media::Type::Video), kind(media::Type::Audio)) {
            (true, _) => SourceError::OnlyCover,
            (false, true) => SourceError::NoVideo,
            (false, false) => SourceError::Damaged,
        });
    };
    let described = describe(input, &video)?;
    let audio = input
        .streams()
        .related(&video)
        .best(media::Type::Audio)
        .or_else(|| input.streams().best(media::Type::Audio));
    let is_supported =
        |id| codec::decoder::find(id).is_some_and(|decoder| codecs::is_read_sound(decoder.name()));
    let audio = audio.filter(|stream| is_supported(stream.parameters().id()));
    Ok((described, audio.map(|stream| stream.index())))
}

fn describe(input: &Input, stream: &Stream<'_>) -> Result<VideoStream, SourceError> {
    let parameters = stream.parameters();
    let id = parameters.id();
    if !codecs::is_read(id) || codec::decoder::find(id).is_none() {
        return Err(SourceError::UnsupportedCodec { codec: id.name().to_uppercase() });
    }
    // SAFETY: the parameters live as long as their stream, and nothing else accesses them at this time.
    let (width, height) = unsafe { ((*parameters.as_ptr()).width, (*parameters.as_ptr()).height) };
    let (width, height) = (u32::try_from(width).unwrap_or(0), u32::try_from(height).unwrap_or(0));
    if width == 0 || height == 0 {
        return Err(SourceError::NoFrames);
    }
    let time_base = stream.time_base();
    let seconds = |ticks: i64, base: f64| (ticks > 0).then_some(ticks as f64 * base);
    let header_s = seconds(stream.duration(), f64::from(time_base))
        .or_else(|| seconds(input.duration(), 1.0 / f64::from(ffi::AV_TIME_BASE)));
    let rate = [stream.avg_frame_rate(), stream.rate()].into_iter().find(|rate| rate.0 > 0 && rate.1 > 0);
    Ok(VideoStream {
        index: stream.index(),
        time_base,
        codec: id.name(),
        id,
        width,
        height,
        orientation: Orientation::of(stream),
        rate,
        frames: u64::try_from(stream.frames()).ok().filter(|frames| *frames > 0),
        header_s,
        has_alpha_mode: stream
            .metadata()
            .iter()
            .any(|(key, value)| key.eq_ignore_ascii_case("alpha_mode") && value == "1"),
    })
}
