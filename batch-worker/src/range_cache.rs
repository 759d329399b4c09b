//! The customer's file, read where it is needed: what FFmpeg asks for comes from the bucket, in one
//! version, and is kept in a file of this machine, so that no byte comes twice.
//!
//! A first look at three seconds of two gigabytes fetches a few megabytes; a whole video is fetched once,
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

/// Bytes of one request: few of them, and little in vain.
const CHUNK: u64 = 4 << 20;

/// The file.
#[derive(Clone)]
pub struct RangeCache(Arc<CacheState>);

struct CacheState {
    ranges: Arc<dyn Ranges>,
    runtime: Handle,
    stop: Arc<Stop>,
    key: String,
    facts: FileMetadata,
    near: File,
    /// Which chunks are near.
    there: Mutex<Vec<bool>>,
    gone: AtomicBool,
    waited_us: AtomicU64,
}

impl std::fmt::Debug for RangeCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Far").field("size", &self.0.facts.size_bytes).finish_non_exhaustive()
    }
}

impl RangeCache {
    /// The version of a file that `facts` are about; `near` is an empty file of this machine.
    #[must_use]
    pub fn new(
        ranges: Arc<dyn Ranges>,
        runtime: Handle,
        stop: Arc<Stop>,
        key: String,
        facts: FileMetadata,
        near: File,
    ) -> Self {
        let chunks = usize::try_from(facts.size_bytes.div_ceil(CHUNK)).unwrap_or(0);
        let there = Mutex::new(vec![false; chunks]);
        let (gone, waited_us) = (AtomicBool::new(false), AtomicU64::new(0));
        Self(Arc::new(CacheState { ranges, runtime, stop, key, facts, near, there, gone, waited_us }))
    }

    /// A reader of it. Not to be read on a thread of the runtime: it waits.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        let inner = self.0.clone();
        // What lies near costs nothing, but a file that sends its reader to and fro for ever is none.
        let size_bytes = self.0.facts.size_bytes;
        let budget = size_bytes.saturating_mul(8).saturating_add(64 << 20);
        Bytes::new(RangeReader::new(size_bytes, move |offset, length| inner.read(offset, length)))
            .at_most(budget)
            .stopped_by(self.0.stop.flag().clone())
    }

    /// Whether reading has failed because this version is not there any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.0.gone.load(Ordering::Relaxed)
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
            self.bring(chunk)?;
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.near.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// One reader at a time: two that want the same chunk wait for one request.
    fn bring(&self, chunk: u64) -> io::Result<()> {
        let mut there = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(chunk).map_err(io::Error::other)?;
        if there.get(index) == Some(&true) {
            return Ok(());
        }
        let started = Instant::now();
        let offset = chunk * CHUNK;
        let length = CHUNK.min(self.facts.size_bytes - offset);
        let range = self.ranges.range(&self.key, &self.facts.version, offset, length);
        let fetched = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.wanted() => Err(io::Error::other("the work has to end")),
                fetched = range => fetched.map_err(io::Error::other),
            }
        })?;
        let Some(bytes) = fetched else {
            self.gone.store(true, Ordering::Relaxed);
            return Err(io::ErrorKind::NotFound.into());
        };
        if bytes.len() as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.near.write_all_at(&bytes, offset)?;
        self.waited_us.fetch_add(started.elapsed().as_micros() as u64, Ordering::Relaxed);
        there[index] = true;
        Ok(())
    }
}
