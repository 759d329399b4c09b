//! A request to end the work early, with its reason. Threads poll a flag; tasks await [`Stop::requested`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Why the work ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The machine is shutting down: SIGTERM, which arrives two minutes before the end of a spot machine.
    Shutdown,
    /// This worker no longer holds the job: it was cancelled or deleted, or another worker has it.
    JobLost,
    /// The job exceeded its time limit.
    TimeLimit,
    /// The lease could not be extended, so another worker may have started.
    LeaseExpired,
}

/// A request to end the work. The first reason is kept.
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
    /// Requests the end of the work.
    pub fn request(&self, stop_reason: StopReason) {
        if self.stop_reason.set(stop_reason).is_ok() {
            tracing::info!(why = ?stop_reason, "the work stops");
            self.flag.store(true, Ordering::Relaxed);
            self.changed.send_replace(true);
        }
    }

    /// The reason, if an end has been requested.
    #[must_use]
    pub fn reason(&self) -> Option<StopReason> {
        self.stop_reason.get().copied()
    }

    /// The flag for code that polls.
    #[must_use]
    pub const fn flag(&self) -> &Arc<AtomicBool> {
        &self.flag
    }

    /// Returns once an end has been requested.
    pub async fn requested(&self) {
        let mut changed = self.changed.subscribe();
        // It fails only if the sender is dropped, but the sender is `self`.
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
    /// If the handlers cannot be installed.
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
    async fn the_first_reason_is_kept_and_a_later_waiter_returns_at_once() {
        let stop = Stop::default();
        assert_eq!(stop.reason(), None);
        stop.request(StopReason::JobLost);
        stop.request(StopReason::Shutdown);
        stop.requested().await;
        assert_eq!(stop.reason(), Some(StopReason::JobLost));
        assert!(stop.flag().load(Ordering::Relaxed));
    }
}
