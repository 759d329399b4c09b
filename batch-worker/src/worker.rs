//! Runs one job, from the start of the machine to the job's end.
//!
//! Each step may be repeated: the rules give a job to one worker only, work continues after finished
//! segments, and a result always has the same key.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sansfond_domain::job::WHOLE_JOB;
use sansfond_domain::ports::{Ranges, TransactionError};
use sansfond_domain::rules::{self, Decision, Refusal, Snapshot, StartReason};
use sansfond_domain::{Failure, Job, Timestamp};
use sansfond_jobs::{Attempt, JobOutcome, Lifecycle, LifecycleError, TakeOutcome, now};
use tokio::runtime::Handle;

use crate::engine::MattingLoader;
use crate::failure::{InternalError, VideoJobError};
use crate::pipeline::{FinishedVideo, JobContext};
use crate::progress::{self, FrameCounter, HeartbeatPace};
use crate::settings::JobTask;
use crate::shutdown::{Stop, StopReason};

/// How long threads may take to end after an end is requested. A thread that is still running then ends with the
/// process.
const GRACE: Duration = Duration::from_secs(4);

/// Everything that the worker needs.
#[derive(Clone)]
pub struct WorkerContext {
    pub lifecycle: Lifecycle,
    pub ranges: Arc<dyn Ranges>,
    pub load: Arc<MattingLoader>,
    pub pace: HeartbeatPace,
    /// Folder for temporary files.
    pub scratch: PathBuf,
}

/// The job could not be finished; another worker may try.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Another worker has held the job for as long as a worker may.
    #[error("another worker has this job")]
    Leased,
    /// The table failed.
    #[error("the job could not be recorded")]
    Transactions(#[from] TransactionError),
    /// Bucket, engine, encoder or disk failed.
    #[error("the video could not be processed")]
    Internal(#[source] InternalError),
    /// The lease could not be extended.
    #[error("the job may be with another worker: its lease could not be extended")]
    LeaseExpired,
    #[error("the worker's thread panicked")]
    Crashed,
}

/// Works on one job until it ends, or until `stop` is set.
///
/// # Errors
/// [`WorkError`]: the job is not changed; its lease expires.
pub async fn run_job(
    context: &WorkerContext,
    task: &JobTask,
    stop: &Arc<Stop>,
) -> Result<JobOutcome, WorkError> {
    let Some(attempt) = context.take(task, stop).await? else {
        let is_stopped = stop.reason().is_some();
        return Ok(if is_stopped { JobOutcome::HandedOver } else { JobOutcome::Nothing });
    };
    let job = &attempt.job;
    // `is_for` has checked this.
    let Some((options, clip)) = job.options.video().cloned().zip(job.input.clip) else {
        return Ok(JobOutcome::Nothing);
    };
    let frame_counter = Arc::new(FrameCounter::default());
    let (lifecycle, pace) = (context.lifecycle.clone(), context.pace);
    let heartbeat = tokio::spawn(progress::send_heartbeats(
        lifecycle,
        (*attempt).clone(),
        frame_counter.clone(),
        stop.clone(),
        pace,
    ));
    // Deleted with its content when this function ends, even if a thread is still running.
    let folder = tempfile::Builder::new()
        .prefix("sansfond-job-")
        .tempdir_in(&context.scratch)
        .map_err(|error| WorkError::Internal(error.into()))?;
    let job_context = JobContext {
        job: job.clone(),
        options,
        clip,
        files: context.lifecycle.files.clone(),
        ranges: context.ranges.clone(),
        load: context.load.clone(),
        frame_counter,
        stop: stop.clone(),
        runtime: Handle::current(),
        folder: folder.path().to_owned(),
    };
    let result = run_on_blocking_thread(job_context, stop).await;
    // A heartbeat after the end would report the job as lost.
    heartbeat.abort();
    let ended = context.end(&attempt, result?, stop).await;
    drop(folder);
    ended
}

/// Runs the work on a thread that may block, and stops waiting for it soon after `stop` is set.
async fn run_on_blocking_thread(
    job_context: JobContext,
    stop: &Stop,
) -> Result<Result<FinishedVideo, VideoJobError>, WorkError> {
    let mut thread = tokio::task::spawn_blocking(move || job_context.process());
    let worked = tokio::select! {
        worked = &mut thread => worked,
        () = stop.requested() => match tokio::time::timeout(GRACE, thread).await {
            Ok(worked) => worked,
            Err(_still_runs) => Ok(Err(VideoJobError::Stopped)),
        },
    };
    // A panic has been logged with its reason.
    worked.map_err(|_panicked| WorkError::Crashed)
}

impl WorkerContext {
    /// Takes the job, if there is something to do. Waits while a worker that may be dead still holds it;
    /// waiting costs as much as work.
    async fn take(&self, task: &JobTask, stop: &Stop) -> Result<Option<Box<Attempt>>, WorkError> {
        let since = Instant::now();
        loop {
            let now = now();
            let rule = |seen: &Snapshot| match &seen.job {
                Some(job) if is_for(job, task) => {
                    rules::start(seen, WHOLE_JOB, &StartReason::Again, self.pace.lease, now)
                }
                Some(_) => Ok(Decision::Nothing),
                None => Err(Refusal::NoJob),
            };
            let until = match self.lifecycle.take(&task.account, &task.job, WHOLE_JOB, since, &rule).await? {
                TakeOutcome::Ours { attempt, .. } => return Ok(Some(attempt)),
                TakeOutcome::Leased { until } => until,
                TakeOutcome::Nothing | TakeOutcome::Gone => {
                    tracing::info!(job = %task.job, "there is nothing to do");
                    return Ok(None);
                }
            };
            if since.elapsed() > self.pace.limit {
                return Err(WorkError::Leased);
            }
            let pause = duration_between(now, until).max(self.pace.beat);
            tracing::info!(job = %task.job, wait_ms = pause.as_millis() as u64, "another worker has the job");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.requested() => return Ok(None),
            }
        }
    }

    /// Ends the job by the result of the work.
    async fn end(
        &self,
        attempt: &Attempt,
        result: Result<FinishedVideo, VideoJobError>,
        stop: &Stop,
    ) -> Result<JobOutcome, WorkError> {
        let lifecycle = &self.lifecycle;
        Ok(match result {
            Ok(made) => lifecycle.complete(attempt, &made.output, made.timings).await?,
            Err(VideoJobError::Unsuitable { failure, reason }) => {
                lifecycle.fail(attempt, failure, &reason).await?
            }
            Err(VideoJobError::Internal(error)) if stop.reason().is_none() => {
                return Err(WorkError::Internal(error));
            }
            Err(VideoJobError::Internal(_) | VideoJobError::Stopped) => match stop.reason() {
                Some(StopReason::Shutdown) => lifecycle.hand_over(attempt).await?,
                Some(StopReason::JobLost) => lifecycle.leave(attempt).await?,
                Some(StopReason::TimeLimit) => {
                    lifecycle.fail(attempt, Failure::TookTooLong, "the job exceeded its time limit").await?
                }
                Some(StopReason::LeaseExpired) => return Err(WorkError::LeaseExpired),
                None => return Err(WorkError::Crashed),
            },
        })
    }
}

/// Whether a job is the one that this worker was started for, and is a probed video.
fn is_for(job: &Job, task: &JobTask) -> bool {
    job.retries == task.retry && job.options.video().is_some() && job.input.clip.is_some()
}

impl From<LifecycleError> for WorkError {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Transactions(error) => Self::Transactions(error),
            LifecycleError::Files(error) => Self::Internal(InternalError::Bucket(error)),
        }
    }
}

fn duration_between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(later.millis() - earlier.millis()).unwrap_or(0))
}
