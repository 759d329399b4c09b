//! A ZIP of `frame-000001.png` and so on, with start and duration of each in `times.csv`.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use image::{GrayImage, RgbaImage};
use sansfond_imaging::{Composed, EncodeOptions, ImageFormat, encode};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::canvas::Canvas;
use super::{Clip, CutFrame, FrameSink};
use crate::source::{AudioPacket, TimeBase};
use crate::{SinkError, VideoFormat};

/// The file of the times.
pub(crate) const TIMES: &str = "times.csv";
/// The first line of [`TIMES`].
pub(crate) const TIMES_HEAD: &str = "file,start_s,duration_s\n";

/// The name of a picture, counted from 1.
pub(crate) fn name(number: u64) -> String {
    format!("frame-{number:06}.png")
}

/// The line of a picture in [`TIMES`].
pub(crate) fn row(name: &str, base: TimeBase, at: i64, lasts: i64) -> String {
    format!("{name},{:.6},{:.6}\n", base.seconds(at), base.seconds(lasts))
}

/// Stored, because PNG is compressed already, and without a modification time: the same frames give the same
/// bytes.
pub(crate) fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
}

pub(super) struct PngSequence {
    path: PathBuf,
    archive: ZipWriter<BufWriter<File>>,
    canvas: Canvas,
    clip_base: TimeBase,
    times: String,
    frames: u64,
}

impl PngSequence {
    pub(super) fn open(path: &Path, clip: Clip, canvas: Canvas) -> Result<Self, SinkError> {
        let file = File::create(path).map_err(|source| SinkError::Io { path: path.to_owned(), source })?;
        Ok(Self {
            path: path.to_owned(),
            archive: ZipWriter::new(BufWriter::new(file)),
            canvas,
            clip_base: clip.time_base,
            times: TIMES_HEAD.to_owned(),
            frames: 0,
        })
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), SinkError> {
        let written = self
            .archive
            .start_file(name, stored())
            .map_err(std::io::Error::from)
            .and_then(|()| self.archive.write_all(bytes));
        written.map_err(|source| SinkError::Io { path: self.path.clone(), source })
    }
}

/// Colors of transparent pixels are 0, as in all our pictures.
fn picture(canvas: &mut Canvas, frame: CutFrame) -> Result<Composed, SinkError> {
    let (color, alpha) = canvas.with_alpha(frame.cutout, frame.at)?;
    let mut image = RgbaImage::new(color.width(), color.height());
    for ((pixel, [r, g, b]), alpha) in
        image.as_chunks_mut::<4>().0.iter_mut().zip(color.as_chunks::<3>().0).zip(alpha.as_raw())
    {
        if *alpha != 0 {
            *pixel = [*r, *g, *b, *alpha];
        }
    }
    Ok(Composed { image, matte: GrayImage::new(0, 0), foreground: None, color: None })
}

impl FrameSink for PngSequence {
    fn frame(&mut self, frame: CutFrame) -> Result<(), SinkError> {
        self.frames += 1;
        let name = name(self.frames);
        self.times.push_str(&row(&name, self.clip_base, frame.at, frame.lasts));
        let options = EncodeOptions { format: ImageFormat::Png, ..EncodeOptions::default() };
        let bytes = encode(&picture(&mut self.canvas, frame)?, &options)
            .map_err(|error| SinkError::Failed { format: VideoFormat::Png, source: Box::new(error) })?;
        self.add(&name, &bytes)
    }

    fn audio(&mut self, _packet: AudioPacket) -> Result<(), SinkError> {
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        let times = std::mem::take(&mut self.times);
        self.add(TIMES, times.as_bytes())?;
        let Self { archive, path, .. } = *self;
        let finished = archive.finish().map_err(std::io::Error::from).and_then(|mut file| file.flush());
        finished.map_err(|source| SinkError::Io { path, source })
    }
}
