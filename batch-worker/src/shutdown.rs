//! The reason for an early end, shared by all parts of the worker: threads read a flag, tasks are woken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// The reason for an early end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The machine is shutting down: SIGTERM, which arrives two minutes before the end of a spot machine.
    Leaving,
    /// This worker no longer holds the job: it was cancelled, is gone, or is with another worker.
    NotOurs,
    /// The job exceeded its time limit.
    TooLong,
    /// The lease could not be extended, so another worker may have started.
    Unheard,
}

/// Signals that the work must end. The first reason counts.
#[derive(Debug)]
pub struct Stop {
    stop_reason: OnceLock<StopReason>,
    flag: Arc<AtomicBool>,
    changed: watch::Sender<bool>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { stop_reason: OnceLock::new(), flag: Arc::default(), changed: watch::Sender::new(false) }
    }
}

impl Stop {
    /// Ends the work.
    pub fn now(&self, stop_reason: StopReason) {
        if self.stop_reason.set(stop_reason).is_ok() {
            tracing::info!(why = ?stop_reason, "the work stops");
            self.flag.store(true, Ordering::Relaxed);
            self.changed.send_replace(true);
        }
    }

    /// The reason, if the work must end.
    #[must_use]
    pub fn why(&self) -> Option<StopReason> {
        self.stop_reason.get().copied()
    }

    /// The flag for code that polls.
    #[must_use]
    pub const fn flag(&self) -> &Arc<AtomicBool> {
        &self.flag
    }

    /// Returns when the work must end.
    pub async fn wanted(&self) {
        let mut changed = self.changed.subscribe();
        // It fails only if the sender is gone, but the sender is `self`.
        let _never_closed = changed.wait_for(|stopped| *stopped).await;
    }
}

/// Listens for SIGTERM and SIGINT.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Starts to listen.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Returns when a signal arrives.
    pub async fn arrived(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_reason_counts_and_whoever_comes_later_does_not_wait() {
        let stop = Stop::default();
        assert_eq!(stop.why(), None);
        stop.now(StopReason::NotOurs);
        stop.now(StopReason::Leaving);
        stop.wanted().await;
        assert_eq!(stop.why(), Some(StopReason::NotOurs));
        assert!(stop.flag().load(Ordering::Relaxed));
    }
}
