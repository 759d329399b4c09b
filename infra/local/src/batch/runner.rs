//! Runs the jobs in the queue, one at a time, the oldest first.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::job::{BatchJob, End, HANDED_OVER, Status};
use super::now_ms;
use super::store::Store;
use super::worker::{Process, Worker};
use crate::say;

/// Runs until the cloud stops.
pub(super) async fn run(store: Arc<Store>, worker: Worker, mut stop: watch::Receiver<bool>) {
    let mut changes = store.changes();
    while !*stop.borrow() {
        changes.mark_unchanged();
        match store.all().into_iter().find(|job| job.status == Status::Runnable) {
            Some(job) => run_attempt(&store, &worker, &job.id, &mut stop).await,
            None => tokio::select! {
                _ = changes.changed() => {}
                () = stopped(&mut stop) => return,
            },
        }
    }
}

/// Runs one attempt of one job.
async fn run_attempt(store: &Store, worker: &Worker, id: &str, stop: &mut watch::Receiver<bool>) {
    change(store, id, BatchJob::start);
    // It may have been terminated a moment ago.
    let Some(job) = store.get(id).filter(|job| job.status == Status::Starting) else { return };
    let mut process = match worker.start(&job) {
        Ok(process) => process,
        Err(error) => {
            say(&format!("{} cannot be started: {error:#}", job.name));
            return change(store, id, |job| job.end(&End::NotStarted(format!("{error:#}")), now_ms()));
        }
    };
    change(store, id, |job| job.run(now_ms()));
    let end = wait_or_stop(store, worker.patience, id, &mut process, stop).await;
    let stopping = *stop.borrow();
    change(store, id, |job| match end {
        // The result of our own stop.
        End::Exit(HANDED_OVER) | End::Signal(_) if stopping => job.interrupt(now_ms()),
        End::Exit(_) | End::Signal(_) | End::NotStarted(_) => job.end(&end, now_ms()),
    });
}

/// Waits for the end of a process, and ends it when the job is terminated or the cloud stops.
async fn wait_or_stop(
    store: &Store,
    patience: Duration,
    id: &str,
    process: &mut Process,
    stop: &mut watch::Receiver<bool>,
) -> End {
    let mut changes = store.changes();
    loop {
        let unwanted = store.get(id).is_some_and(|job| job.unwanted.is_some());
        if unwanted || *stop.borrow() {
            break;
        }
        tokio::select! {
            end = process.end() => return end,
            _ = changes.changed() => {}
            () = stopped(stop) => break,
        }
    }
    process.ask();
    tokio::select! {
        end = process.end() => end,
        () = tokio::time::sleep_until(Instant::now() + patience) => {
            process.kill();
            process.end().await
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn change(store: &Store, id: &str, change: impl FnOnce(&mut BatchJob)) {
    if let Err(error) = store.change(id, change) {
        say(&format!("the jobs of Batch cannot be saved: {error:#}"));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::task::JoinHandle;

    use super::super::job::tests::job;
    use super::super::worker::tests::{script, until};
    use super::*;

    struct Line {
        store: Arc<Store>,
        stop: watch::Sender<bool>,
        task: JoinHandle<()>,
    }

    impl Line {
        fn start(folder: &Path, text: &str) -> Self {
            let store = Arc::new(Store::open(&folder.join("batch.json")).expect("readable"));
            let (stop, stopped) = watch::channel(false);
            let task = tokio::spawn(run(Arc::clone(&store), script(folder, text), stopped));
            Self { store, stop, task }
        }

        fn submit(&self, id: &str) {
            self.store.add(BatchJob { status: Status::Submitted, ..job(id) }).expect("written");
        }

        async fn reaches(&self, id: &str, status: Status) -> BatchJob {
            until(|| self.store.get(id).is_some_and(|job| job.status == status)).await;
            self.store.get(id).expect("there")
        }

        async fn stop(self) {
            self.stop.send_replace(true);
            self.task.await.expect("no panic");
        }
    }

    fn seen(folder: &Path) -> String {
        std::fs::read_to_string(folder.join("seen")).unwrap_or_default()
    }

    #[tokio::test]
    async fn jobs_run_one_at_a_time_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "echo begin $SANSFOND_JOB >> $LOG; sleep 0.1; echo end $SANSFOND_JOB >> $LOG";
        let line = Line::start(folder.path(), text);
        for id in ["c", "a", "b"] {
            line.submit(id);
        }
        for id in ["c", "a", "b"] {
            line.reaches(id, Status::Succeeded).await;
        }
        assert_eq!(seen(folder.path()), "begin c\nend c\nbegin a\nend a\nbegin b\nend b\n");
        line.stop().await;
    }

    #[tokio::test]
    async fn every_state_is_published_once_and_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let line = Line::start(folder.path(), "[ $AWS_BATCH_JOB_ATTEMPT -ge 2 ] || exit 75");
        line.submit("a");
        line.reaches("a", Status::Succeeded).await;
        let mut statuses = Vec::new();
        while let Some(event) = line.store.next_event() {
            statuses.push(event["status"].as_str().expect("a status").to_owned());
            line.store.mark_published();
        }
        let attempt = ["STARTING", "RUNNING"];
        let expected =
            [&["SUBMITTED", "RUNNABLE"][..], &attempt, &["RUNNABLE"], &attempt, &["SUCCEEDED"]].concat();
        assert_eq!(statuses, expected);
        line.stop().await;
    }

    #[tokio::test]
    async fn a_killed_worker_is_retried_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let line = Line::start(folder.path(), "echo $AWS_BATCH_JOB_ATTEMPT >> $LOG; kill -9 $$");
        line.submit("a");
        let job = line.reaches("a", Status::Failed).await;
        assert_eq!(seen(folder.path()), "1\n2\n3\n");
        assert_eq!(job.attempts.len(), 3);
        assert!(job.status_reason.expect("a reason").starts_with("Host EC2"));
        line.stop().await;
    }

    #[tokio::test]
    async fn a_panicking_worker_is_not_retried() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "echo $SANSFOND_JOB >> $LOG; [ $SANSFOND_JOB = b ] || exit 101";
        let line = Line::start(folder.path(), text);
        line.submit("a");
        line.submit("b");
        let job = line.reaches("a", Status::Failed).await;
        assert_eq!(job.attempts[0].exit_code, Some(101));
        line.reaches("b", Status::Succeeded).await;
        assert_eq!(seen(folder.path()), "a\nb\n");
        line.stop().await;
    }

    #[tokio::test]
    async fn a_terminated_job_is_asked_to_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "trap 'echo asked >> $LOG; exit 75' TERM; echo up >> $LOG; while :; do sleep 0.02; done";
        let line = Line::start(folder.path(), text);
        line.submit("a");
        until(|| seen(folder.path()).contains("up")).await;
        line.store.change("a", |job| job.terminate("cancelled", 9)).expect("written");
        let job = line.reaches("a", Status::Failed).await;
        assert_eq!(job.status_reason.as_deref(), Some("cancelled"));
        assert_eq!(job.attempts.len(), 1, "not tried again");
        assert_eq!(seen(folder.path()), "up\nasked\n");
        line.stop().await;
    }

    #[tokio::test]
    async fn an_unresponsive_worker_is_killed() {
        let folder = tempfile::tempdir().expect("a folder");
        let line = Line::start(folder.path(), "trap '' TERM; echo up >> $LOG; while :; do sleep 0.02; done");
        line.submit("a");
        until(|| seen(folder.path()).contains("up")).await;
        line.store.change("a", |job| job.terminate("cancelled", 9)).expect("written");
        let job = line.reaches("a", Status::Failed).await;
        assert_eq!((job.attempts[0].exit_code, job.status_reason.as_deref()), (None, Some("cancelled")));
        line.stop().await;
    }

    #[tokio::test]
    async fn a_job_handed_over_by_a_stop_runs_again_after_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        // The second attempt ends at once.
        let text = "[ -e $LOG ] && exit 0; trap 'exit 75' TERM; echo $AWS_BATCH_JOB_ATTEMPT > $LOG; \
                    while :; do sleep 0.02; done";
        let line = Line::start(folder.path(), text);
        line.submit("a");
        line.submit("b");
        until(|| !seen(folder.path()).is_empty()).await;
        let store = Arc::clone(&line.store);
        line.stop().await;
        let left: Vec<_> = store.all().into_iter().map(|job| (job.status, job.attempts.len())).collect();
        assert_eq!(left, [(Status::Runnable, 0), (Status::Runnable, 0)]);

        let line = Line::start(folder.path(), text);
        let job = line.reaches("a", Status::Succeeded).await;
        assert_eq!(job.attempts.len(), 1, "the stop was no attempt");
        line.reaches("b", Status::Succeeded).await;
        line.stop().await;
    }
}
