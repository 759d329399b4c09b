//! AWS Batch on this machine: what no emulator has. Jobs are taken by its API, wait in line, and run one
//! after the other as processes of the real worker.
//!
//! | file | subject |
//! | --- | --- |
//! | `api` | SubmitJob, DescribeJobs, ListJobs, TerminateJob |
//! | `job` | a job's states, and whether it is tried again |
//! | `store` | the jobs on the disk; a stop, a kill and a restart lose none |
//! | `events` | each change of state, as EventBridge is told |
//! | `record` | who asked for what; for tests |
//! | `runner` | the line |
//! | `worker` | one process: its environment, its log, its end |
//!
//! What is deliberately not here: IAM (whoever reaches the port may submit; the worker itself has the job
//! role's rights and no more), array jobs, dependencies, several queues, and a container around the worker.

mod api;
mod events;
mod job;
mod record;
mod runner;
mod store;
mod worker;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) use events::EventBus;
use store::Store;
pub(crate) use worker::Worker;

/// The running service.
#[derive(Debug)]
pub(crate) struct Batch {
    store: Arc<Store>,
    stop: watch::Sender<bool>,
    /// It only ever answers, so it may end at any moment.
    api: JoinHandle<()>,
    /// The line, and the news of it.
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Batch {
    /// Reads the jobs of the last run, and answers requests from now on. Nothing runs yet. Requests are written
    /// down if there is a file for them.
    ///
    /// # Errors
    /// The jobs on the disk cannot be read, or the file for requests cannot be opened.
    pub(crate) fn open(folder: &Path, listener: TcpListener, calls: Option<&Path>) -> anyhow::Result<Self> {
        let store = Arc::new(Store::open(&folder.join("batch.json"))?);
        let mut router = api::router(Arc::clone(&store));
        if let Some(calls) = calls {
            router = record::recorded(router, calls)?;
        }
        let api = tokio::spawn(async move {
            // It ends with this process only.
            let _ = axum::serve(listener, router).await;
        });
        let (stop, _) = watch::channel(false);
        Ok(Self { store, stop, api, tasks: Mutex::default() })
    }

    /// Starts with the first job in line, now that there is something to work with.
    pub(crate) fn work(&self, worker: Worker, bus: EventBus) {
        let line = runner::run(Arc::clone(&self.store), worker, self.stop.subscribe());
        let news = events::deliver(Arc::clone(&self.store), bus, self.stop.subscribe());
        self.tasks().extend([tokio::spawn(line), tokio::spawn(news)]);
    }

    /// Asks the worker to hand its job over, and waits for that. The job begins again with the next start.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        self.api.abort();
        let tasks = std::mem::take(&mut *self.tasks());
        for task in tasks {
            let _ = task.await;
        }
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970, as Batch counts.
#[expect(clippy::disallowed_methods, reason = "it stands for Batch, which has a clock of its own")]
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
