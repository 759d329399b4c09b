//! A load: concurrent clients, each of which sends its next request after a response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Serialize;
use tokio::task::JoinSet;

/// The amount and duration of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) concurrency: usize,
    pub(crate) warm_up: Duration,
    pub(crate) time: Duration,
}

/// The measurements.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    requests: usize,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Load {
    /// Calls `step` with the number of the call. The first failure ends the load.
    pub(crate) async fn run<F, T>(self, step: F) -> Result<Figures>
    where
        F: Fn(usize) -> T + Clone + Send + 'static,
        T: Future<Output = Result<()>> + Send,
    {
        let turn = Arc::new(AtomicUsize::new(0));
        let counted_from = Instant::now() + self.warm_up;
        let end = counted_from + self.time;
        let mut workers = JoinSet::new();
        for _ in 0..self.concurrency {
            let (step, turn) = (step.clone(), turn.clone());
            workers.spawn(async move {
                let mut took = Vec::new();
                loop {
                    let began = Instant::now();
                    if began > end {
                        return Ok(took);
                    }
                    step(turn.fetch_add(1, Ordering::Relaxed)).await?;
                    if began > counted_from {
                        took.push(began.elapsed());
                    }
                }
            });
        }
        let mut all = Vec::new();
        while let Some(worker) = workers.join_next().await {
            let took: Result<Vec<Duration>> = worker?;
            all.append(&mut took?);
        }
        Figures::of(all, self.time)
    }
}

impl Figures {
    fn of(mut took: Vec<Duration>, time: Duration) -> Result<Self> {
        ensure!(!took.is_empty(), "nothing was answered in time");
        took.sort_unstable();
        let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)].as_secs_f64() * 1e3;
        Ok(Self {
            requests: took.len(),
            per_second: took.len() as f64 / time.as_secs_f64(),
            p50_ms: at(50),
            p99_ms: at(99),
        })
    }
}
