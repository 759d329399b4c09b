//! Why the work has to end before its end, known everywhere at once: to threads by a flag, to whoever
//! waits by a wake-up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The machine goes away: SIGTERM, two minutes before it does if it is a spot machine.
    Leaving,
    /// The job is not ours any more: cancelled, gone, or with another worker.
    NotOurs,
    /// It takes longer than a job may.
    TooLong,
    /// Nobody can be told any more that we are alive, so another worker may have begun.
    Unheard,
}

/// Says that the work has to end. The first reason counts.
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
    /// The work has to end.
    pub fn now(&self, stop_reason: StopReason) {
        if self.stop_reason.set(stop_reason).is_ok() {
            tracing::info!(why = ?stop_reason, "the work stops");
            self.flag.store(true, Ordering::Relaxed);
            self.changed.send_replace(true);
        }
    }

    /// Why it has to end, if it has.
    #[must_use]
    pub fn why(&self) -> Option<StopReason> {
        self.stop_reason.get().copied()
    }

    /// For those who look now and then.
    #[must_use]
    pub const fn flag(&self) -> &Arc<AtomicBool> {
        &self.flag
    }

    /// Comes back when the work has to end.
    pub async fn wanted(&self) {
        let mut changed = self.changed.subscribe();
        // Fails only if the sender is gone, and that is `self`.
        let _never_closed = changed.wait_for(|stopped| *stopped).await;
    }
}

/// SIGTERM and SIGINT, caught from now on.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Catches them.
    ///
    /// # Errors
    /// If the system does not let us.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Comes back when one has come.
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
