//! Animated WebP with alpha.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ffmpeg_next::format::Pixel;

use super::canvas::Canvas;
use super::mux::{Muxer, Recipe, rgba};
use super::{Clip, CutFrame, Effort, FrameSink, SinkOptions};
use crate::source::{AudioPacket, TimeBase};
use crate::{SinkError, VideoFormat};

/// WebP stores sides in 14 bits.
const LONGEST_SIDE: u32 = 16_383;

pub(super) struct WebP {
    path: PathBuf,
    muxer: Muxer,
    canvas: Canvas,
    clip_base: TimeBase,
    /// End of the last frame, in the clip's time base.
    end: i64,
}

impl WebP {
    pub(super) fn open(
        path: &Path,
        mut clip: Clip,
        canvas: Canvas,
        options: &SinkOptions,
    ) -> Result<Self, SinkError> {
        let (width, height) = clip.size;
        if width.max(height) > LONGEST_SIDE {
            return Err(SinkError::TooLarge {
                format: VideoFormat::WebP,
                max_side: LONGEST_SIDE,
                width,
                height,
            });
        }
        let effort = match options.effort {
            Effort::Final => "4",
            Effort::Preview => "0",
        };
        let recipe = Recipe {
            format: VideoFormat::WebP,
            muxer: "webp",
            encoder: "libwebp_anim",
            pixel: Pixel::BGRA,
            options: vec![
                ("lossless", "0".to_owned()),
                ("quality", "80".to_owned()),
                ("compression_level", effort.to_owned()),
            ],
            header: &[("loop", "0")],
            tags: &[],
            time_base: Some(TimeBase { num: 1, den: 1000 }),
            sound: None,
        };
        let clip_base = clip.time_base;
        let muxer = Muxer::open(path, &mut clip, &recipe)?;
        Ok(Self { path: path.to_owned(), muxer, canvas, clip_base, end: 0 })
    }
}

impl FrameSink for WebP {
    fn frame(&mut self, frame: CutFrame) -> Result<(), SinkError> {
        self.end = frame.at + frame.lasts;
        let (color, alpha) = self.canvas.with_alpha(frame.cutout, frame.at)?;
        self.muxer.frame(rgba(&color, &alpha, Pixel::BGRA), frame.at, frame.lasts)
    }

    fn audio(&mut self, _packet: AudioPacket) -> Result<(), SinkError> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        let end_ms = (self.clip_base.seconds(self.end) * 1000.0).round() as i64;
        // Dropped, so that the file is complete before it is read.
        let Self { muxer, path, .. } = *self;
        drop(muxer.finish()?);
        set_end(&path, end_ms).map_err(|source| SinkError::Io { path, source })
    }
}

/// Sets the duration in the last `ANMF` chunk (WebP container specification, "Animation"). The encoder does
/// not get the end of the last frame, and writes the mean of the others.
fn set_end(path: &Path, end_ms: i64) -> io::Result<()> {
    const HEADER: u64 = 12;
    const DURATION: u64 = 12;
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let size = file.seek(SeekFrom::End(0))?;
    let (mut at, mut total_ms, mut last) = (HEADER, 0_i64, None);
    while at + 8 <= size {
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [name @ .., a, b, c, d] = head;
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        if &name == b"ANMF" {
            let place = at + 8 + DURATION;
            file.seek(SeekFrom::Start(place))?;
            let mut bytes = [0; 4];
            file.read_exact(&mut bytes[..3])?;
            let lasts_ms = i64::from(u32::from_le_bytes(bytes));
            total_ms += lasts_ms;
            last = Some((place, lasts_ms));
        }
        at += 8 + length + length % 2;
    }
    // A single frame is written as a still picture, which has no duration.
    let Some((place, lasts_ms)) = last else { return Ok(()) };
    let corrected = (lasts_ms + end_ms - total_ms).clamp(1, 0xff_ffff) as u32;
    file.seek(SeekFrom::Start(place))?;
    file.write_all(&corrected.to_le_bytes()[..3])
}
