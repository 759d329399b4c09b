//! Measures the content of a file before any credit is reserved, without trusting its header.
//!
//! A header may contain any length, so the duration is the largest of the header's value, the number of
//! frames at the announced rate, and the end of the packets. The decoder still stops at the reserved length
//! ([`crate::SourceOptions::until_s`]).

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, ffi};

use crate::SourceError;
use crate::input::streams::{self, VideoStream};
use crate::input::{self, Bytes, Opened};

/// Upper limits for a video. All apply.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Pixels per frame.
    pub max_pixels: u64,
    /// Average frames per second.
    pub max_fps: f64,
    /// Length in seconds.
    pub max_seconds: f64,
    /// Number of frames.
    pub max_frames: u64,
}

impl Default for Limits {
    /// 4K at 240 frames per second (slow motion of phones), and an hour at 120.
    fn default() -> Self {
        Self { max_pixels: 4096 * 2304, max_fps: 240.0, max_seconds: 3600.0, max_frames: 432_000 }
    }
}

/// The properties of a video.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// FFmpeg's name of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub container: String,
    /// FFmpeg's name of the codec, such as `h264`.
    pub codec: String,
    /// Width of the stored frame, in pixels.
    pub width: u32,
    /// Height of the stored frame, in pixels.
    pub height: u32,
    /// Clockwise rotation that makes frames upright: 0, 90, 180 or 270.
    pub rotation_deg: u16,
    /// Average frames per second.
    pub fps: f64,
    /// Number of frames.
    pub frames: u64,
    /// Length in seconds, for which the owner is charged.
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

/// Reads the properties of a file and checks the limits. If packets have no index, all of them are read,
/// within the budget of `bytes`.
///
/// # Errors
/// [`SourceError`], one variant for each reason.
pub fn probe(bytes: Bytes, limits: &Limits) -> Result<Probe, SourceError> {
    let mut opened = input::open(bytes)?;
    let (mut video, audio) = streams::choose(&opened.input)?;
    check_size(video.width, video.height, limits)?;
    if opened.input.format().name() == "mpegts" {
        // MPEG-TS has no header: FFmpeg's duration is a guess, and is wrong for concatenated recordings.
        video.header_s = None;
    }
    let found = contents(&mut opened, &video)?;
    if found.frames == 0 {
        return Err(SourceError::NoFrames);
    }
    let frames = found.frames.max(video.frames.unwrap_or(0));
    let at_rate_s = video.rate.map_or(0.0, |rate| frames as f64 / f64::from(rate));
    let duration_s = [video.header_s.unwrap_or(0.0), at_rate_s, found.span_s, frames as f64 / limits.max_fps]
        .into_iter()
        .fold(0.0, f64::max);
    // The rate of the packets is reliable; a single frame has only the announced one.
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
    // A tolerance of two percent: rates such as 119.88 are measured, not announced.
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

/// The actual content of the file.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct ContainerContents {
    /// Number of video packets.
    frames: u64,
    /// Time from the first frame to the end of the last.
    span_s: f64,
}

fn contents(opened: &mut Opened, video: &VideoStream) -> Result<ContainerContents, SourceError> {
    match by_index(opened, video)? {
        Some(found) => Ok(found),
        None => from_packets(opened, video),
    }
}

/// Measures the content from the container's index, if that contains every frame.
///
/// # Errors
/// [`SourceError::Incomplete`] if the index refers to bytes after the end of the file.
pub(crate) fn by_index(
    opened: &Opened,
    video: &VideoStream,
) -> Result<Option<ContainerContents>, SourceError> {
    let index = index(&opened.input, video);
    // Fragments are in the index only after they have been read.
    if index.is_empty() || video.frames != Some(index.len() as u64) {
        return Ok(None);
    }
    from_index(&index, video, opened.size).map(Some)
}

/// A packet in the container's index.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Time in the stream's time base.
    at: i64,
    /// The first byte after the packet.
    end: u64,
}

/// The index of MP4 and MOV; other containers have none, or one of key frames only.
fn index(input: &Input, video: &VideoStream) -> Vec<Entry> {
    if !input.format().name().starts_with("mov") {
        return Vec::new();
    }
    let Some(stream) = input.stream(video.index) else { return Vec::new() };
    // SAFETY: the stream lives as long as the borrowed input; entries are copied before any other call to
    // FFmpeg, which could move them.
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
    // The index has no duration for the last packet, so it is the mean of the others.
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
        // A new packet each time: reading does not free the old content.
        let mut packet = Packet::empty();
        match packet.read(&mut opened.input) {
            Ok(()) => {}
            Err(Error::Eof) if opened.guard.reason().is_none() => break,
            Err(Error::InvalidData) if opened.guard.reason().is_none() => continue,
            Err(error) => match opened.guard.reason() {
                // The read budget is used up; the rest comes from the header.
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
    // Matroska's times count from 0, so its end can be compared; a tenth may be rounding in the header.
    if reaches_end && end_of_all_s.max(span_s) + 1.0 < announced_s * 0.9 {
        return Err(SourceError::Incomplete { found_s: span_s, announced_s });
    }
    Ok(ContainerContents { frames, span_s })
}

/// Finds the times at which a video can be split into parts that are processed separately: its key frames, in
/// seconds from the first frame and at least `apart_s` apart. The first time is 0. All parts together,
/// [`crate::SourceOptions::from_s`] to `until_s`, contain every frame once. All packets are read.
///
/// # Errors
/// As [`probe`].
pub fn key_frames(bytes: Bytes, apart_s: f64) -> Result<Vec<f64>, SourceError> {
    let mut opened = input::open(bytes)?;
    let (video, _) = streams::choose(&opened.input)?;
    let (mut start, mut keys) = (i64::MAX, Vec::new());
    loop {
        // A new packet each time: reading does not free the old content.
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
