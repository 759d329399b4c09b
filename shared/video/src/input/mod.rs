//! The input of a video, and FFmpeg's access to it.
//!
//! FFmpeg never opens a file itself. It reads from a [`Bytes`], which has limits and records why it
//! stopped: FFmpeg turns every failure of a reader into a number, and some into the end of the file.

pub(crate) mod codecs;
mod guard;
mod ranges;
pub(crate) mod streams;

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::{Dictionary, format};

use crate::SourceError;
use guard::GuardedReader;
pub(crate) use guard::ReadGuard;
pub use ranges::RangeReader;

/// The containers that are read, by the names of FFmpeg's demuxers. Playlists, subtitles, pictures and
/// devices are not among them.
const FORMATS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,mpegts";

/// How many bytes FFmpeg reads to find the streams.
const PROBE_BYTES: &str = "5000000";
const ANALYZE_US: &str = "5000000";

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// The bytes of a video, with limits of bytes and time.
pub struct Bytes {
    reader: Box<dyn ReadSeek>,
    budget: Option<u64>,
    time: Option<Duration>,
    stop: Option<Arc<AtomicBool>>,
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bytes")
            .field("budget", &self.budget)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

impl Bytes {
    /// Reads from anything that implements `Read` and `Seek`: a file, a slice, a [`RangeReader`].
    #[must_use]
    pub fn new(reader: impl Read + Seek + Send + 'static) -> Self {
        Self { reader: Box::new(reader), budget: None, time: None, stop: None }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`SourceError::Io`] if it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let file = std::fs::File::open(path).map_err(|source| SourceError::Io { source })?;
        Ok(Self::new(file))
    }

    /// Limits the bytes that are read; bytes that are read twice count twice.
    #[must_use]
    pub fn at_most(mut self, bytes: u64) -> Self {
        self.budget = Some(bytes);
        self
    }

    /// Limits the time, from the moment at which the container is opened.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }

    /// Makes every read fail with [`SourceError::Stopped`] once `stop` is set, also while a video is being
    /// opened: finding the first frame of a late part may need many frames to be decoded.
    #[must_use]
    pub fn stopped_by(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = Some(stop);
        self
    }
}

/// An opened container, and the guard with the reason for the end of reading.
pub(crate) struct Opened {
    pub(crate) input: Input,
    pub(crate) guard: ReadGuard,
    /// Size of the file in bytes.
    pub(crate) size: u64,
}

/// Opens a container; its name does not matter. Streams are described; no frames are decoded for output.
pub(crate) fn open(mut bytes: Bytes) -> Result<Opened, SourceError> {
    crate::prepare();
    let size = bytes.reader.seek(SeekFrom::End(0)).and_then(|size| {
        bytes.reader.seek(SeekFrom::Start(0))?;
        Ok(size)
    });
    let size = size.map_err(|source| SourceError::Io { source })?;
    if size == 0 {
        return Err(SourceError::Empty);
    }
    let looks_like_one =
        looks_like_a_container(&mut *bytes.reader).map_err(|source| SourceError::Io { source })?;
    let guard = ReadGuard::new(bytes.budget, bytes.time, bytes.stop);
    let stream = StreamIo::from_read_seek(GuardedReader::new(bytes.reader, guard.clone()))
        .map_err(|_| SourceError::Damaged)?;
    let mut options = Dictionary::new();
    options.set("format_whitelist", FORMATS);
    // No protocol has this name, so no file or address that a container refers to is opened.
    options.set("protocol_whitelist", "none");
    options.set("codec_whitelist", &codecs::decoders());
    options.set("probesize", PROBE_BYTES);
    options.set("analyzeduration", ANALYZE_US);
    options.set("max_probe_packets", "500");
    let watch = guard.clone();
    let opened =
        format::input_from_stream_with_interrupt(stream, None, Some(options), move || watch.has_ended());
    match opened {
        Ok(input) => Ok(Opened { input, guard, size }),
        Err(error) => Err(guard.reason().unwrap_or_else(|| {
            tracing::debug!(%error, "FFmpeg cannot open the file");
            if looks_like_one { SourceError::Damaged } else { SourceError::NotAVideo }
        })),
    }
}

/// Whether the first bytes are those of a container that we read. Only used to choose the error text.
fn looks_like_a_container(reader: &mut dyn ReadSeek) -> io::Result<bool> {
    let mut head = Vec::with_capacity(16);
    (&mut *reader).take(16).read_to_end(&mut head)?;
    reader.seek(SeekFrom::Start(0))?;
    let box_name = head.get(4..8).unwrap_or_default();
    Ok([b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"].iter().any(|name| box_name == *name)
        || head.starts_with(b"\x1a\x45\xdf\xa3")
        || (head.starts_with(b"RIFF") && head.get(8..11) == Some(b"AVI"))
        || head.starts_with(b"GIF8"))
}
