//! The jobs and their undelivered events, in memory and in one file. Each change is on disk before it is
//! published.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use super::job::{BatchJob, Status};
use super::now_ms;
use crate::say;

/// Ended jobs that are kept; AWS forgets them after a week.
const ENDED_KEPT: usize = 500;

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct BatchJobs {
    /// In the order of submission.
    jobs: Vec<BatchJob>,
    /// Changes of state that are not published yet.
    news: VecDeque<Value>,
}

#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    jobs: Mutex<BatchJobs>,
    changes: watch::Sender<()>,
}

impl Store {
    /// Reads the file. Jobs that were running go back to the queue.
    ///
    /// # Errors
    /// The file exists and cannot be read.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let jobs = match std::fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| {
                format!("{} is damaged; `make reset` deletes the state of the local cloud", path.display())
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BatchJobs::default(),
            Err(error) => return Err(error).context(path.display().to_string()),
        };
        let (changes, _) = watch::channel(());
        let store = Self { path: path.to_owned(), jobs: Mutex::new(jobs), changes };
        let now = now_ms();
        for job in store.all() {
            store.change(&job.id, |job| job.interrupt(now))?;
            // It was submitted, and the process was killed before it was queued.
            store.change(&job.id, enqueue)?;
        }
        Ok(store)
    }

    /// All jobs, the oldest first.
    pub(super) fn all(&self) -> Vec<BatchJob> {
        self.lock().jobs.clone()
    }

    pub(super) fn get(&self, id: &str) -> Option<BatchJob> {
        self.lock().jobs.iter().find(|job| job.id == id).cloned()
    }

    /// Adds and queues a job.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn add(&self, job: BatchJob) -> anyhow::Result<()> {
        let id = job.id.clone();
        self.update(|jobs| {
            jobs.news.push_back(job.detail());
            jobs.jobs.push(job);
        })?;
        self.change(&id, enqueue)
    }

    /// Changes a job; a new status is an event.
    ///
    /// # Errors
    /// The file cannot be written. The change counts until the next start.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut BatchJob)) -> anyhow::Result<()> {
        let before = self.get(id);
        self.update(|jobs| {
            let Some(job) = jobs.jobs.iter_mut().find(|job| job.id == id) else { return };
            change(job);
            if before.is_some_and(|before| before.status != job.status) {
                jobs.news.push_back(job.detail());
            }
        })
    }

    /// The oldest event that is not published.
    pub(super) fn next_event(&self) -> Option<Value> {
        self.lock().news.front().cloned()
    }

    /// The event has been published.
    pub(super) fn mark_published(&self) {
        let forgotten = self.update(|jobs| {
            jobs.news.pop_front();
        });
        if let Err(error) = forgotten {
            // It is published twice after a restart, which receivers must expect.
            say(&format!("the jobs of Batch cannot be saved: {error:#}"));
        }
    }

    /// Signals every change.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    fn update(&self, change: impl FnOnce(&mut BatchJobs)) -> anyhow::Result<()> {
        let mut jobs = self.lock();
        change(&mut jobs);
        forget(&mut jobs.jobs);
        let written = self.write(&jobs);
        drop(jobs);
        self.changes.send_replace(());
        written
    }

    /// Replaces the file atomically: after a power failure it is either the old or the new one.
    fn write(&self, jobs: &BatchJobs) -> anyhow::Result<()> {
        let fresh = self.path.with_extension("fresh");
        let write = || {
            let mut file = File::create(&fresh)?;
            file.write_all(&serde_json::to_vec(jobs)?)?;
            file.sync_all()?;
            std::fs::rename(&fresh, &self.path)
        };
        write().with_context(|| self.path.display().to_string())
    }

    fn lock(&self) -> MutexGuard<'_, BatchJobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn enqueue(job: &mut BatchJob) {
    if job.status == Status::Submitted {
        job.status = Status::Runnable;
    }
}

/// Removes the oldest of the ended jobs.
fn forget(jobs: &mut Vec<BatchJob>) {
    let ended = jobs.iter().filter(|job| job.status.is_end()).count();
    let mut surplus = ended.saturating_sub(ENDED_KEPT);
    jobs.retain(|job| {
        let goes = surplus > 0 && job.status.is_end();
        surplus -= usize::from(goes);
        !goes
    });
}

#[cfg(test)]
mod tests {
    use super::super::job::End;
    use super::super::job::tests::job;
    use super::*;

    fn statuses(store: &Store) -> Vec<String> {
        let mut statuses = Vec::new();
        while let Some(event) = store.next_event() {
            statuses.push(event["status"].as_str().unwrap_or_default().to_owned());
            store.mark_published();
        }
        statuses
    }

    #[test]
    fn jobs_and_unpublished_events_survive_a_kill() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("batch.json");
        let store = Store::open(&path).expect("new");
        store.add(BatchJob { status: Status::Submitted, ..job("a") }).expect("written");
        store.change("a", BatchJob::start).expect("written");
        store.change("a", |job| job.run(2)).expect("written");
        store.add(BatchJob { status: Status::Submitted, ..job("b") }).expect("written");
        store.mark_published();
        // Killed: nothing is saved at the end.
        std::mem::forget(store);
        let store = Store::open(&path).expect("readable");
        let jobs = store.all();
        assert_eq!(jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(jobs.iter().all(|job| job.status == Status::Runnable && job.attempts.is_empty()), "{jobs:?}");
        let expected = ["RUNNABLE", "STARTING", "RUNNING", "SUBMITTED", "RUNNABLE", "RUNNABLE"];
        assert_eq!(statuses(&store), expected, "the last one: the running job is queued again");
    }

    #[test]
    fn a_damaged_file_is_reported_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("batch.json");
        std::fs::write(&path, "{").expect("written");
        let error = format!("{:#}", Store::open(&path).expect_err("damaged"));
        assert!(error.contains("make reset"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).expect("still there"), "{");
    }

    #[test]
    fn only_ended_jobs_are_removed() {
        let mut jobs = vec![job("waits")];
        for number in 0..ENDED_KEPT + 2 {
            let mut ended = job(&number.to_string());
            ended.end(&End::Exit(0), 3);
            jobs.push(ended);
        }
        forget(&mut jobs);
        assert_eq!(jobs.len(), ENDED_KEPT + 1);
        assert_eq!((jobs[0].id.as_str(), jobs[1].id.as_str()), ("waits", "2"));
    }
}
