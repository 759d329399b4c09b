//! Joins segments into the requested file.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use zip::{ZipArchive, ZipWriter};

use super::SegmentInfo;
use crate::sink::{self, remux};
use crate::sound::SoundSource;
use crate::{SinkError, SinkOptions, SourceError, VideoFormat};

/// A finished segment.
#[derive(Debug, Clone)]
pub struct SegmentFile {
    /// The information that [`super::process`] returned.
    pub info: SegmentInfo,
    /// The file of the segment; `None` if it has no frames.
    pub file: Option<PathBuf>,
}

/// Segments cannot be joined.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// A segment, or a part of one, is missing.
    #[error("a part of the finished video is missing")]
    Missing,
    /// The files are not segments of one video with the same options.
    #[error("the parts of the finished video do not belong together")]
    Mismatch,
    /// The segments contain no frame.
    #[error("the video has no frames in this part")]
    NoFrames,
    /// Reading the sound or a segment failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Writing failed.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

impl JoinError {
    /// Whether another try, with new segments, may succeed.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Missing | Self::Mismatch => true,
            Self::NoFrames => false,
            Self::Source(error) => error.retryable(),
            Self::Sink(error) => matches!(error, SinkError::Io { .. }),
        }
    }
}

/// Joins all segments of a plan, in its order, and adds the sound if the format has sound. `options` are
/// those of the segments.
///
/// # Errors
/// [`JoinError`]; the file is unusable then.
pub fn join(
    pieces: &[SegmentFile],
    sound: Option<SoundSource>,
    options: &SinkOptions,
    path: &Path,
) -> Result<(), JoinError> {
    options.check()?;
    crate::prepare();
    let files = files(pieces)?;
    match options.format {
        format @ (VideoFormat::WebM | VideoFormat::Mov | VideoFormat::Mp4 | VideoFormat::Matte) => {
            remux::remux(path, &files, format, sound, options)
        }
        VideoFormat::Zip => bundle(path, &files, sound, options),
        VideoFormat::Png => pictures(path, &files),
        VideoFormat::WebP | VideoFormat::Gif => match files[..] {
            [(file, _)] => std::fs::copy(file, path).map(drop).map_err(|source| unwritable(path, source)),
            _ => Err(JoinError::Mismatch),
        },
    }
}

/// The files of segments with frames, if all exist and belong together.
fn files(pieces: &[SegmentFile]) -> Result<Vec<remux::File<'_>>, JoinError> {
    let mut files: Vec<remux::File<'_>> = Vec::new();
    for (place, SegmentFile { info, file }) in pieces.iter().enumerate() {
        if info.number as usize != place || file.is_some() != (info.frames() > 0) {
            return Err(JoinError::Missing);
        }
        let Some(file) = file else { continue };
        let of = |info: &SegmentInfo| (info.time_base, info.size, info.start);
        if files.last().is_some_and(|(_, last)| of(last) != of(info) || last.first_at >= info.first_at) {
            return Err(JoinError::Mismatch);
        }
        files.push((file, info));
    }
    if files.is_empty() { Err(JoinError::NoFrames) } else { Ok(files) }
}

fn unwritable(path: &Path, source: io::Error) -> JoinError {
    SinkError::Io { path: path.to_owned(), source }.into()
}

/// Joins both videos beside the result, then packs them.
fn bundle(
    path: &Path,
    files: &[remux::File<'_>],
    sound: Option<SoundSource>,
    options: &SinkOptions,
) -> Result<(), JoinError> {
    let folder = sink::bundle::folder_beside(path)?;
    let mut sound = sound;
    for (name, format) in [(sink::bundle::COLOR, VideoFormat::Zip), (sink::bundle::ALPHA, VideoFormat::Matte)]
    {
        let unpacked: Vec<PathBuf> =
            (0..files.len()).map(|place| folder.path().join(format!("{place:05}-{name}"))).collect();
        for ((file, _), unpacked) in files.iter().zip(&unpacked) {
            unpack(file, name, unpacked)?;
        }
        let parts: Vec<remux::File<'_>> =
            unpacked.iter().zip(files).map(|(path, (_, info))| (path.as_path(), *info)).collect();
        remux::remux(&folder.path().join(name), &parts, format, sound.take(), options)?;
        for path in &unpacked {
            std::fs::remove_file(path).map_err(|source| unwritable(path, source))?;
        }
    }
    Ok(sink::bundle::pack(folder.path(), path)?)
}

fn unpack(archive: &Path, name: &str, to: &Path) -> Result<(), JoinError> {
    let unpacked = || -> io::Result<()> {
        let mut archive = ZipArchive::new(File::open(archive)?)?;
        io::copy(&mut archive.by_name(name)?, &mut File::create(to)?)?;
        Ok(())
    };
    unpacked().map_err(|source| unwritable(to, source))
}

/// Renumbers the pictures for the whole video.
fn pictures(path: &Path, files: &[remux::File<'_>]) -> Result<(), JoinError> {
    let shown = remux::presentation_times(files);
    let time_base = files[0].1.time_base;
    let written = || -> io::Result<()> {
        let mut joined = ZipWriter::new(BufWriter::new(File::create(path)?));
        let mut times = sink::png::TIMES_HEAD.to_owned();
        let mut place = 0;
        for (file, info) in files {
            let mut archive = ZipArchive::new(File::open(file)?)?;
            for number in 1..=info.lasts.len() {
                let picture = archive.by_name(&sink::png::name(number as u64))?;
                let (at, lasts) = shown[place];
                place += 1;
                let name = sink::png::name(place as u64);
                times.push_str(&sink::png::row(&name, time_base, at, lasts));
                joined.raw_copy_file_rename(picture, name)?;
            }
        }
        joined.start_file(sink::png::TIMES, sink::png::stored())?;
        joined.write_all(times.as_bytes())?;
        joined.finish()?.flush()
    };
    written().map_err(|source| unwritable(path, source))
}
