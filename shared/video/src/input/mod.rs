//! Where the bytes of a video come from, and how FFmpeg gets at them.
//!
//! FFmpeg never opens anything itself. It reads through a [`Bytes`], which is bounded and remembers
//! why it stopped: FFmpeg turns every failure of a reader into a number, and some into the end of the
//! file.

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

/// How far FFmpeg looks for the description of the streams.
const PROBE_BYTES: &str = "5000000";
const ANALYZE_US: &str = "5000000";

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// The bytes of a video, and how many of them may be read in how much time.
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
    /// Reads from anything that can be read and sought: a file, a slice, a [`RangeReader`].
    #[must_use]
    pub fn new(reader: impl Read + Seek + Send + 'static) -> Self {
        Self { reader: Box::new(reader), budget: None, time: None, stop: None }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`SourceError::Io`] when it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let file = std::fs::File::open(path).map_err(|source| SourceError::Io { source })?;
        Ok(Self::new(file))
    }

    /// At most so many bytes; bytes read twice count twice.
    #[must_use]
    pub fn at_most(mut self, bytes: u64) -> Self {
        self.budget = Some(bytes);
        self
    }

    /// For at most so long, from the moment it is opened.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }

    /// Every read fails with [`SourceError::Stopped`] as soon as this is set, also while a video is being
    /// opened: to find the first frame of a late part many may have to be decoded.
    #[must_use]
    pub fn stopped_by(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = Some(stop);
        self
    }
}

/// An opened container, and the guard that knows why reading stopped.
pub(crate) struct Opened {
    pub(crate) input: Input,
    pub(crate) guard: ReadGuard,
    /// Size of the whole file.
    pub(crate) size: u64,
}

/// Opens a container, whatever its name. Streams are described, nothing is decoded for good.
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
    // No protocol has this name: whatever a container refers to is not opened.
    options.set("protocol_whitelist", "none");
    options.set("codec_whitelist", &codecs::decoders());
    options.set("probesize", PROBE_BYTES);
    options.set("analyzeduration", ANALYZE_US);
    options.set("max_probe_packets", "500");
    let watch = guard.clone();
    let opened =
        format::input_from_stream_with_interrupt(stream, None, Some(options), move || watch.is_over());
    match opened {
        Ok(input) => Ok(Opened { input, guard, size }),
        Err(error) => Err(guard.reason().unwrap_or_else(|| {
            tracing::debug!(%error, "FFmpeg cannot open the file");
            if looks_like_one { SourceError::Damaged } else { SourceError::NotAVideo }
        })),
    }
}

/// Whether the first bytes are those of a container that we read; only to choose the right words when
/// it cannot be opened.
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
