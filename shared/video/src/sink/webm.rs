//! WebM: VP9 with a second stream for alpha inside the first, and Opus.
//!
//! VP9 uses `realtime` at speed 4: on cutouts of two films it takes 27 % less processor time than `good` at
//! speed 5, and 6 % fewer bytes for the same visible quality (`docs/BENCHMARKS.md`). There are no alternate
//! reference frames: with them the two streams drift apart.

use std::path::Path;

use ffmpeg_next::format::Pixel;

use super::canvas::Canvas;
use super::mux::{Muxer, Recipe, rgba};
use super::{Clip, CutFrame, Effort, FrameSink, SinkOptions, audio};
use crate::source::AudioPacket;
use crate::{SinkError, VideoFormat};

pub(super) struct WebM {
    muxer: Muxer,
    canvas: Canvas,
}

/// Encoder and muxer settings.
pub(super) fn recipe(options: &SinkOptions) -> Recipe {
    let (speed, quality) = match options.effort {
        Effort::Final => ("4", "30"),
        Effort::Preview => ("8", "28"),
    };
    Recipe {
        format: VideoFormat::WebM,
        muxer: "webm",
        encoder: "libvpx-vp9",
        pixel: Pixel::YUVA420P,
        options: vec![
            ("b", "0".to_owned()),
            ("crf", quality.to_owned()),
            ("deadline", "realtime".to_owned()),
            ("cpu-used", speed.to_owned()),
            ("auto-alt-ref", "0".to_owned()),
            ("row-mt", "1".to_owned()),
            ("g", "240".to_owned()),
            ("threads", options.threads().to_string()),
        ],
        // Opus begins 6.5 ms before its sound; a shift to positive times would move the pictures too.
        header: &[("avoid_negative_ts", "disabled"), ("cues_to_front", "1")],
        tags: &[("alpha_mode", "1")],
        time_base: None,
        sound: Some(audio::OPUS),
    }
}

impl WebM {
    pub(super) fn open(
        path: &Path,
        mut clip: Clip,
        canvas: Canvas,
        options: &SinkOptions,
    ) -> Result<Self, SinkError> {
        Ok(Self { muxer: Muxer::open(path, &mut clip, &recipe(options))?, canvas })
    }
}

impl FrameSink for WebM {
    fn frame(&mut self, frame: CutFrame) -> Result<(), SinkError> {
        let (color, alpha) = self.canvas.with_alpha(frame.cutout, frame.at)?;
        self.muxer.frame(rgba(&color, &alpha, Pixel::RGBA), frame.at, frame.lasts)
    }

    fn audio(&mut self, packet: AudioPacket) -> Result<(), SinkError> {
        self.muxer.audio(packet)
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        self.muxer.finish().map(drop)
    }
}
