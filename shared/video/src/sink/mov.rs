//! MOV: ProRes 4444 with 16 bits of straight alpha, and sound as PCM or copied.

use std::path::Path;

use ffmpeg_next::format::Pixel;

use super::canvas::Canvas;
use super::mux::{Muxer, Recipe, rgba};
use super::{Clip, CutFrame, FrameSink, SinkOptions, audio};
use crate::source::AudioPacket;
use crate::{SinkError, VideoFormat};

pub(super) struct Mov {
    muxer: Muxer,
    canvas: Canvas,
}

/// Encoder and muxer settings.
pub(super) fn recipe(options: &SinkOptions) -> Recipe {
    Recipe {
        format: VideoFormat::Mov,
        muxer: "mov",
        encoder: "prores_ks",
        pixel: Pixel::YUVA444P10LE,
        options: vec![
            ("profile", "4444".to_owned()),
            ("alpha_bits", "16".to_owned()),
            // Some editors check the encoder's vendor.
            ("vendor", "apl0".to_owned()),
            ("threads", options.threads().to_string()),
        ],
        header: &[("movflags", "+faststart+write_colr")],
        tags: &[],
        time_base: None,
        sound: Some(audio::PCM),
    }
}

impl Mov {
    pub(super) fn open(
        path: &Path,
        mut clip: Clip,
        canvas: Canvas,
        options: &SinkOptions,
    ) -> Result<Self, SinkError> {
        Ok(Self { muxer: Muxer::open(path, &mut clip, &recipe(options))?, canvas })
    }
}

impl FrameSink for Mov {
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
