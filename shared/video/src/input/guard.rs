//! The limits of a reader, and the reason for its end.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ReadSeek;
use crate::SourceError;

/// Shared by the reader inside FFmpeg, its interrupt callback and their owner.
#[derive(Clone)]
pub(crate) struct ReadGuard(Arc<ReadLimits>);

struct ReadLimits {
    left: AtomicU64,
    deadline: Option<Instant>,
    stopped: AtomicBool,
    /// Set from outside, by code that does not know this guard.
    stop: Option<Arc<AtomicBool>>,
    failure: Mutex<Option<Failure>>,
}

enum Failure {
    BudgetExceeded,
    Late,
    Io(io::Error),
}

impl ReadGuard {
    pub(super) fn new(budget: Option<u64>, time: Option<Duration>, stop: Option<Arc<AtomicBool>>) -> Self {
        Self(Arc::new(ReadLimits {
            left: AtomicU64::new(budget.unwrap_or(u64::MAX)),
            deadline: time.map(|time| Instant::now() + time),
            stopped: AtomicBool::new(false),
            stop,
            failure: Mutex::new(None),
        }))
    }

    /// Makes every further read fail.
    pub(crate) fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether reading must end now.
    pub(super) fn has_ended(&self) -> bool {
        if self.0.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            self.fail(Failure::Late);
            return true;
        }
        self.is_stopped()
    }

    fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
            || self.0.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// The reason why reading ended, if it is not an error of FFmpeg. The first reason counts.
    pub(crate) fn reason(&self) -> Option<SourceError> {
        if self.is_stopped() {
            return Some(SourceError::Stopped);
        }
        match &*self.failure() {
            None => None,
            Some(Failure::BudgetExceeded) => Some(SourceError::TooScattered),
            Some(Failure::Late) => Some(SourceError::TooSlow),
            Some(Failure::Io(error)) => {
                Some(SourceError::Io { source: io::Error::new(error.kind(), error.to_string()) })
            }
        }
    }

    fn fail(&self, failure: Failure) {
        self.failure().get_or_insert(failure);
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<Failure>> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reader with limits.
pub(super) struct GuardedReader {
    reader: Box<dyn ReadSeek>,
    guard: ReadGuard,
}

impl GuardedReader {
    pub(super) fn new(reader: Box<dyn ReadSeek>, guard: ReadGuard) -> Self {
        Self { reader, guard }
    }

    fn record<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                self.guard.fail(Failure::Io(io::Error::new(error.kind(), error.to_string())));
            }
        })
    }
}

impl Read for GuardedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.guard.has_ended() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let left = self.guard.0.left.load(Ordering::Relaxed);
        if left == 0 {
            self.guard.fail(Failure::BudgetExceeded);
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let result = self.reader.read(&mut buffer[..most]);
        let read = self.record(result)?;
        self.guard.0.left.fetch_sub(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for GuardedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // A seek to before the start is an error in the file, not a failure of the reader.
        self.reader.seek(to)
    }
}
