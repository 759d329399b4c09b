//! A cache of the customer's file: FFmpeg's reads are fetched from the bucket, all of one version, and stored
//! in a local file, so that no byte is fetched twice.
//!
//! A preview of three seconds of two gigabytes fetches a few megabytes; a whole video is fetched once,
//! however often its segments are opened.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sansfond_domain::ports::{FileMetadata, Ranges};
use sansfond_video::{Bytes, RangeReader};
use tokio::runtime::Handle;

use crate::shutdown::Stop;

/// Bytes of one request: few requests, and little excess.
const CHUNK: u64 = 4 << 20;

#[derive(Clone)]
pub struct RangeCache(Arc<CacheState>);

struct CacheState {
    ranges: Arc<dyn Ranges>,
    runtime: Handle,
    stop: Arc<Stop>,
    key: String,
    metadata: FileMetadata,
    local_file: File,
    /// Which chunks are in the local file.
    present: Mutex<Vec<bool>>,
    deleted: AtomicBool,
    waited_us: AtomicU64,
}

impl std::fmt::Debug for RangeCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RangeCache").field("size", &self.0.metadata.size_bytes).finish_non_exhaustive()
    }
}

impl RangeCache {
    /// A cache for the file version of `metadata`; `local_file` is empty.
    #[must_use]
    pub fn new(
        ranges: Arc<dyn Ranges>,
        runtime: Handle,
        stop: Arc<Stop>,
        key: String,
        metadata: FileMetadata,
        local_file: File,
    ) -> Self {
        let chunks = usize::try_from(metadata.size_bytes.div_ceil(CHUNK)).unwrap_or(0);
        let present = Mutex::new(vec![false; chunks]);
        let (deleted, waited_us) = (AtomicBool::new(false), AtomicU64::new(0));
        Self(Arc::new(CacheState {
            ranges,
            runtime,
            stop,
            key,
            metadata,
            local_file,
            present,
            deleted,
            waited_us,
        }))
    }

    /// A reader of the file. It blocks, so do not use it on a thread of the runtime.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        let inner = self.0.clone();
        // Cached reads cost nothing, but a file that makes its reader seek forever must end.
        let size_bytes = self.0.metadata.size_bytes;
        let budget = size_bytes.saturating_mul(8).saturating_add(64 << 20);
        Bytes::new(RangeReader::new(size_bytes, move |offset, length| inner.read(offset, length)))
            .at_most(budget)
            .stopped_by(self.0.stop.flag().clone())
    }

    /// Whether reading failed because this version no longer exists.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.0.deleted.load(Ordering::Relaxed)
    }

    /// How long readers have waited for the bucket.
    #[must_use]
    pub fn waited(&self) -> Duration {
        Duration::from_micros(self.0.waited_us.load(Ordering::Relaxed))
    }
}

impl CacheState {
    fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let last = (offset + length - 1) / CHUNK;
        for chunk in offset / CHUNK..=last {
            self.fetch(chunk)?;
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.local_file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// Only one reader fetches at a time: if two need the same chunk, one request serves both.
    fn fetch(&self, chunk: u64) -> io::Result<()> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(chunk).map_err(io::Error::other)?;
        if present.get(index) == Some(&true) {
            return Ok(());
        }
        let started = Instant::now();
        let offset = chunk * CHUNK;
        let length = CHUNK.min(self.metadata.size_bytes - offset);
        let range = self.ranges.range(&self.key, &self.metadata.version, offset, length);
        let fetched = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.requested() => Err(io::Error::other("the work was stopped")),
                fetched = range => fetched.map_err(io::Error::other),
            }
        })?;
        let Some(bytes) = fetched else {
            self.deleted.store(true, Ordering::Relaxed);
            return Err(io::ErrorKind::NotFound.into());
        };
        if bytes.len() as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.local_file.write_all_at(&bytes, offset)?;
        self.waited_us.fetch_add(started.elapsed().as_micros() as u64, Ordering::Relaxed);
        present[index] = true;
        Ok(())
    }
}
