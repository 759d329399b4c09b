//! ZIP of `color.mp4` and `alpha.mp4`, stored, in this order: Unscreen's "pro bundle".

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use image::RgbImage;
use sansfond_imaging::Cutout;
use tempfile::TempDir;
use zip::ZipWriter;

use super::canvas::Canvas;
use super::mp4::{Mp4, Mp4Content};
use super::{Clip, CutFrame, FrameSink, SinkOptions};
use crate::SinkError;
use crate::source::AudioPacket;

pub(super) struct Bundle {
    path: PathBuf,
    /// Beside the result, so that both are on the same disk.
    folder: TempDir,
    color: Box<Mp4>,
    alpha: Box<Mp4>,
}

pub(crate) const COLOR: &str = "color.mp4";
pub(crate) const ALPHA: &str = "alpha.mp4";

/// A temporary folder for the parts of a file, which is deleted with its handle.
pub(crate) fn folder_beside(path: &Path) -> Result<TempDir, SinkError> {
    let beside = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = tempfile::Builder::new().prefix(".sansfond-").tempdir_in(beside);
    folder.map_err(|source| SinkError::Io { path: path.to_owned(), source })
}

/// Makes the archive of the two videos in a folder.
pub(crate) fn pack(folder: &Path, path: &Path) -> Result<(), SinkError> {
    let written = || -> io::Result<()> {
        let mut archive = ZipWriter::new(File::create(path)?);
        let stored = super::png::stored().large_file(true);
        for name in [COLOR, ALPHA] {
            archive.start_file(name, stored)?;
            io::copy(&mut File::open(folder.join(name))?, &mut archive)?;
        }
        archive.finish()?;
        Ok(())
    };
    written().map_err(|source| SinkError::Io { path: path.to_owned(), source })
}

impl Bundle {
    pub(super) fn open(
        path: &Path,
        clip: Clip,
        canvas: Canvas,
        options: &SinkOptions,
    ) -> Result<Self, SinkError> {
        let folder = folder_beside(path)?;
        let matte_clip = Clip { size: clip.size, time_base: clip.time_base, rate: clip.rate, audio: None };
        let shows = if canvas.is_empty() { Mp4Content::Color } else { Mp4Content::Picture(canvas) };
        Ok(Self {
            color: Box::new(Mp4::open(&folder.path().join(COLOR), clip, shows, options)?),
            alpha: Box::new(Mp4::open(&folder.path().join(ALPHA), matte_clip, Mp4Content::Matte, options)?),
            path: path.to_owned(),
            folder,
        })
    }
}

impl FrameSink for Bundle {
    fn frame(&mut self, frame: CutFrame) -> Result<(), SinkError> {
        let CutFrame { cutout, at, lasts, segment } = frame;
        let alpha = Cutout { color: RgbImage::new(0, 0), alpha: cutout.alpha.clone() };
        self.alpha.frame(CutFrame { cutout: alpha, at, lasts, segment })?;
        self.color.frame(CutFrame { cutout, at, lasts, segment })
    }

    fn audio(&mut self, packet: AudioPacket) -> Result<(), SinkError> {
        self.color.audio(packet)
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        self.color.finish()?;
        self.alpha.finish()?;
        pack(self.folder.path(), &self.path)
    }
}
