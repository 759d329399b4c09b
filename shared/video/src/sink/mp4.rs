//! MP4: H.264 over a background with AAC, or only the matte, white for the subject.

use std::path::Path;

use ffmpeg_next::format::Pixel;
use image::{GrayImage, RgbImage};

use super::canvas::Canvas;
use super::mux::{Muxer, Recipe, rgb};
use super::{Clip, CutFrame, Effort, FrameSink, SinkOptions, audio};
use crate::source::AudioPacket;
use crate::{SinkError, VideoFormat};

/// The content of the frames.
pub(super) enum Mp4Content {
    /// The subject over a background, with sound.
    Picture(Canvas),
    /// The matte, without sound.
    Matte,
    /// The original frames with foreground colors in soft pixels, with sound.
    Color,
}

pub(super) struct Mp4 {
    muxer: Muxer,
    shows: Mp4Content,
}

/// Encoder and muxer settings for a format, or for a part of one: for [`VideoFormat::Zip`] they are those of
/// the colors.
pub(super) fn recipe(format: VideoFormat, options: &SinkOptions) -> Recipe {
    let is_matte = format == VideoFormat::Matte;
    let (preset, crf) = match options.effort {
        Effort::Preview => ("superfast", "26"),
        Effort::Final if is_matte => ("veryfast", "14"),
        Effort::Final => ("veryfast", "18"),
    };
    let mut encoding = vec![
        ("preset", preset.to_owned()),
        ("crf", crf.to_owned()),
        ("threads", options.threads().to_string()),
    ];
    encoding.extend(instructions().map(|sets| ("x264-params", format!("asm={sets}"))));
    Recipe {
        format,
        muxer: "mp4",
        encoder: "libx264",
        pixel: Pixel::YUV420P,
        options: encoding,
        header: &[("movflags", "+faststart+write_colr")],
        tags: &[],
        time_base: None,
        sound: (!is_matte).then_some(audio::AAC),
    }
}

/// CPU features for x264. Its AVX-512 code reads uninitialized memory if a picture is few blocks wide (seen
/// in x264 164 at 160, 176 and 320 pixels, not from 640 on): the same frames then give different bytes, which
/// must not happen when another worker takes over. AVX2 takes 3 % more processor time.
fn instructions() -> Option<&'static str> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") {
        return Some("AVX2,LZCNT,BMI1,BMI2");
    }
    None
}

impl Mp4 {
    pub(super) fn open(
        path: &Path,
        mut clip: Clip,
        shows: Mp4Content,
        options: &SinkOptions,
    ) -> Result<Self, SinkError> {
        let format = match shows {
            Mp4Content::Picture(_) => VideoFormat::Mp4,
            Mp4Content::Matte => VideoFormat::Matte,
            Mp4Content::Color => VideoFormat::Zip,
        };
        Ok(Self { muxer: Muxer::open(path, &mut clip, &recipe(format, options))?, shows })
    }
}

fn white_for_subject(alpha: &GrayImage) -> RgbImage {
    let mut white = RgbImage::new(alpha.width(), alpha.height());
    for (pixel, alpha) in white.as_chunks_mut::<3>().0.iter_mut().zip(alpha.as_raw()) {
        *pixel = [*alpha; 3];
    }
    white
}

impl FrameSink for Mp4 {
    fn frame(&mut self, frame: CutFrame) -> Result<(), SinkError> {
        let picture = match &mut self.shows {
            Mp4Content::Picture(canvas) => canvas.flat(frame.cutout, frame.at)?,
            Mp4Content::Matte => white_for_subject(&frame.cutout.alpha),
            Mp4Content::Color => frame.cutout.color,
        };
        self.muxer.frame(rgb(&picture, self.muxer.size()), frame.at, frame.lasts)
    }

    fn audio(&mut self, packet: AudioPacket) -> Result<(), SinkError> {
        self.muxer.audio(packet)
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        self.muxer.finish().map(drop)
    }
}
