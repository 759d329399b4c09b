//! What a file holds, found out before anything is paid for, without trusting what it claims.
//!
//! A header can say anything about the length of a video. So the duration is the largest of what the
//! header says, what the frames make at the announced rate, and how far the packets reach; and whoever
//! decodes stops at what was reserved all the same ([`crate::SourceOptions::until_s`]).

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, ffi};

use crate::SourceError;
use crate::input::streams::{self, VideoStream};
use crate::input::{self, Bytes, Opened};

/// Upper bounds for a video. All hold at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Largest frame, in pixels.
    pub max_pixels: u64,
    /// Frames a second, on average.
    pub max_fps: f64,
    /// Seconds.
    pub max_seconds: f64,
    /// Frames in all.
    pub max_frames: u64,
}

impl Default for Limits {
    /// 4K at 240 frames a second, which phones call slow motion; an hour at 120.
    fn default() -> Self {
        Self { max_pixels: 4096 * 2304, max_fps: 240.0, max_seconds: 3600.0, max_frames: 432_000 }
    }
}

/// What a video is.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// FFmpeg's name of the container, like `mov,mp4,m4a,3gp,3g2,mj2`.
    pub container: String,
    /// FFmpeg's name of the codec, like `h264`.
    pub codec: String,
    /// Width of a frame as it is stored, in pixels.
    pub width: u32,
    /// Height of a frame as it is stored, in pixels.
    pub height: u32,
    /// How far frames are turned clockwise to stand upright: 0, 90, 180 or 270.
    pub rotation_deg: u16,
    /// Average frames a second.
    pub fps: f64,
    /// Number of frames.
    pub frames: u64,
    /// Seconds that have to be paid for.
    pub duration_s: f64,
    /// Whether there is sound that can be kept.
    pub has_audio: bool,
}

impl Probe {
    /// Width and height of an upright frame.
    #[must_use]
    pub fn upright_size(&self) -> (u32, u32) {
        if self.rotation_deg % 180 == 90 { (self.height, self.width) } else { (self.width, self.height) }
    }
}

/// Looks into a file and holds it to the limits. Where packets have no index all of them are read, as
/// far as the budget of `bytes` goes.
///
/// # Errors
/// [`SourceError`], one variant for each reason.
pub fn probe(bytes: Bytes, limits: &Limits) -> Result<Probe, SourceError> {
    let mut opened = input::open(bytes)?;
    let (mut video, audio) = streams::choose(&opened.input)?;
    check_size(video.width, video.height, limits)?;
    if opened.input.format().name() == "mpegts" {
        // It has no header: what FFmpeg says is a guess, and wrong where two recordings were joined.
        video.header_s = None;
    }
    let found = look(&mut opened, &video)?;
    if found.frames == 0 {
        return Err(SourceError::NoFrames);
    }
    let frames = found.frames.max(video.frames.unwrap_or(0));
    let at_rate_s = video.rate.map_or(0.0, |rate| frames as f64 / f64::from(rate));
    let duration_s = [video.header_s.unwrap_or(0.0), at_rate_s, found.span_s, frames as f64 / limits.max_fps]
        .into_iter()
        .fold(0.0, f64::max);
    // The honest rate is that of the packets; a single frame has none but the announced one.
    let fps = if frames > 1 && found.span_s > 0.0 { frames as f64 / found.span_s } else { 1.0 / duration_s };
    let probe = Probe {
        container: opened.input.format().name().to_owned(),
        codec: video.codec.to_owned(),
        width: video.width,
        height: video.height,
        rotation_deg: video.orientation.degrees(),
        fps,
        frames,
        duration_s,
        has_audio: audio.is_some(),
    };
    // Two percent: rates like 119.88 are measured, not announced.
    if probe.fps > limits.max_fps * 1.02 {
        return Err(SourceError::TooFast { fps: probe.fps, max_fps: limits.max_fps });
    }
    if probe.duration_s > limits.max_seconds {
        return Err(SourceError::TooLong { seconds: probe.duration_s, max_seconds: limits.max_seconds });
    }
    if probe.frames > limits.max_frames {
        return Err(SourceError::TooManyFrames { frames: probe.frames, max_frames: limits.max_frames });
    }
    Ok(probe)
}

pub(crate) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), SourceError> {
    let max_pixels = limits.max_pixels;
    if u64::from(width) * u64::from(height) > max_pixels {
        return Err(SourceError::TooManyPixels { width, height, max_pixels });
    }
    Ok(())
}

/// What is really in the file.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct ContainerContents {
    /// Packets of the video.
    frames: u64,
    /// From the first frame to the end of the last.
    span_s: f64,
}

fn look(opened: &mut Opened, video: &VideoStream) -> Result<ContainerContents, SourceError> {
    match by_index(opened, video)? {
        Some(found) => Ok(found),
        None => from_packets(opened, video),
    }
}

/// What the container's table says, if it has one of every frame.
///
/// # Errors
/// [`SourceError::Incomplete`] when it speaks of bytes behind the end of the file.
pub(crate) fn by_index(
    opened: &Opened,
    video: &VideoStream,
) -> Result<Option<ContainerContents>, SourceError> {
    let index = index(&opened.input, video);
    // Fragments are not in the index before they are read.
    if index.is_empty() || video.frames != Some(index.len() as u64) {
        return Ok(None);
    }
    from_index(&index, video, opened.size).map(Some)
}

/// A packet as the container's table knows it.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// In the stream's time base.
    at: i64,
    /// First byte after it.
    end: u64,
}

/// The table of MP4 and MOV; other containers have none, or one of key frames only.
fn index(input: &Input, video: &VideoStream) -> Vec<Entry> {
    if !input.format().name().starts_with("mov") {
        return Vec::new();
    }
    let Some(stream) = input.stream(video.index) else { return Vec::new() };
    // SAFETY: the stream lives as long as the input that is borrowed here; entries are copied before
    // anything else is asked of FFmpeg, which could move them.
    unsafe {
        let stream = stream.as_ptr().cast_mut();
        let count = ffi::avformat_index_get_entries_count(stream);
        (0..count)
            .filter_map(|place| ffi::avformat_index_get_entry(stream, place).as_ref())
            .map(|entry| Entry {
                at: entry.timestamp,
                end: u64::try_from(entry.pos).unwrap_or(0) + u64::try_from(entry.size()).unwrap_or(0),
            })
            .collect()
    }
}

fn from_index(index: &[Entry], video: &VideoStream, size: u64) -> Result<ContainerContents, SourceError> {
    let seconds = |ticks: i64| ticks as f64 * f64::from(video.time_base);
    let first = index.iter().map(|entry| entry.at).min().unwrap_or(0);
    let last = index.iter().map(|entry| entry.at).max().unwrap_or(0);
    // The table has no duration for the last packet: the mean of the others.
    let span_s = seconds(last.saturating_sub(first)) * index.len() as f64 / (index.len() - 1).max(1) as f64;
    if let Some(missing) = index.iter().find(|entry| entry.end > size) {
        let announced_s = span_s.max(video.header_s.unwrap_or(0.0));
        return Err(SourceError::Incomplete {
            found_s: seconds(missing.at.saturating_sub(first)),
            announced_s,
        });
    }
    Ok(ContainerContents { frames: index.len() as u64, span_s })
}

fn from_packets(opened: &mut Opened, video: &VideoStream) -> Result<ContainerContents, SourceError> {
    let (mut frames, mut first, mut end) = (0_u64, i64::MAX, i64::MIN);
    let mut end_of_all_s = 0.0_f64;
    let mut reaches_end = true;
    loop {
        // A new one each time: reading does not free what was in it.
        let mut packet = Packet::empty();
        match packet.read(&mut opened.input) {
            Ok(()) => {}
            Err(Error::Eof) if opened.guard.reason().is_none() => break,
            Err(Error::InvalidData) if opened.guard.reason().is_none() => continue,
            Err(error) => match opened.guard.reason() {
                // What was seen so far is all that we may know; the header has to do for the rest.
                Some(SourceError::TooScattered) if frames > 0 => {
                    reaches_end = false;
                    break;
                }
                Some(reason) => return Err(reason),
                None => {
                    tracing::debug!(%error, "packets cannot be read to the end");
                    return Err(SourceError::Damaged);
                }
            },
        }
        let Some(at) = packet.pts().or(packet.dts()) else {
            frames += u64::from(packet.stream() == video.index);
            continue;
        };
        let after = at.saturating_add(packet.duration().max(0));
        if packet.stream() == video.index {
            frames += 1;
            first = first.min(at);
            end = end.max(after);
        }
        let base = opened.input.stream(packet.stream()).map_or(0.0, |stream| f64::from(stream.time_base()));
        end_of_all_s = end_of_all_s.max(after as f64 * base);
    }
    let span_s =
        if end > first { end.saturating_sub(first) as f64 * f64::from(video.time_base) } else { 0.0 };
    let announced_s = video.header_s.unwrap_or(0.0);
    // Matroska counts from 0, so its end is comparable; a tenth may be rounding of the header.
    if reaches_end && end_of_all_s.max(span_s) + 1.0 < announced_s * 0.9 {
        return Err(SourceError::Incomplete { found_s: span_s, announced_s });
    }
    Ok(ContainerContents { frames, span_s })
}

/// Where a video can be cut so that each part can be worked on by itself: seconds of key frames, counted
/// from the first frame, which is the first of them, and at least `apart_s` from each other. Part after
/// part, [`crate::SourceOptions::from_s`] to `until_s`, gives every frame once. All packets are read.
///
/// # Errors
/// As [`probe`].
pub fn key_frames(bytes: Bytes, apart_s: f64) -> Result<Vec<f64>, SourceError> {
    let mut opened = input::open(bytes)?;
    let (video, _) = streams::choose(&opened.input)?;
    let (mut start, mut keys) = (i64::MAX, Vec::new());
    loop {
        // A new one each time: reading does not free what was in it.
        let mut packet = Packet::empty();
        match packet.read(&mut opened.input) {
            Ok(()) => {}
            Err(error) => match opened.guard.reason() {
                Some(reason) => return Err(reason),
                None if error == Error::Eof => break,
                None if error == Error::InvalidData => continue,
                None => return Err(SourceError::Damaged),
            },
        }
        if packet.stream() == video.index
            && let Some(at) = packet.pts().or(packet.dts())
        {
            start = start.min(at);
            if packet.is_key() {
                keys.push(at);
            }
        }
    }
    keys.sort_unstable();
    let mut parts = vec![0.0];
    for at in keys {
        let at_s = at.saturating_sub(start) as f64 * f64::from(video.time_base);
        if parts.last().is_some_and(|last| at_s >= last + apart_s) {
            parts.push(at_s);
        }
    }
    Ok(parts)
}
