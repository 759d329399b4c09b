//! AWS Batch on this machine, which the emulator lacks. It takes jobs through its API, queues them, and runs
//! one after the other as processes of the real worker.
//!
//! | file | subject |
//! | --- | --- |
//! | `api` | SubmitJob, DescribeJobs, ListJobs, TerminateJob |
//! | `job` | a job's states and retries |
//! | `store` | the jobs on disk; a stop, a kill and a restart lose none |
//! | `events` | an event for each change of state |
//! | `record` | the requests with their callers, for tests |
//! | `runner` | the queue |
//! | `worker` | one process: its environment, its log, its end |
//!
//! Deliberately absent: IAM (any program that reaches the port may submit; the worker itself has only the
//! rights of the job role), array jobs, dependencies, several queues, and a container around the worker.

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

#[derive(Debug)]
pub(crate) struct Batch {
    store: Arc<Store>,
    stop: watch::Sender<bool>,
    /// It only answers requests, so it may end at any time.
    api: JoinHandle<()>,
    /// The runner, and the delivery of events.
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Batch {
    /// Reads the jobs of the last run, and answers requests from now on. Nothing runs yet. Requests are
    /// recorded if there is a file for them.
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
            // It ends only with this process.
            let _ = axum::serve(listener, router).await;
        });
        let (stop, _) = watch::channel(false);
        Ok(Self { store, stop, api, tasks: Mutex::default() })
    }

    /// Starts with the first job in the queue, now that the worker can run.
    pub(crate) fn run(&self, worker: Worker, bus: EventBus) {
        let line = runner::run(Arc::clone(&self.store), worker, self.stop.subscribe());
        let delivery = events::deliver(Arc::clone(&self.store), bus, self.stop.subscribe());
        self.tasks().extend([tokio::spawn(line), tokio::spawn(delivery)]);
    }

    /// Asks the worker to hand its job over, and waits for that. The next start of the local cloud starts the
    /// job again.
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

/// Milliseconds since 1970, the unit of Batch.
#[expect(clippy::disallowed_methods, reason = "it replaces Batch, which has its own clock")]
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
