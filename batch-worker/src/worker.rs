//! One job from the moment that a machine is there for it to its end.
//!
//! The step may be repeated at any point: the rules let only one worker have a job, finished segments
//! are gone on behind, and a result always goes to the same key.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sansfond_domain::job::{Clip, Output, Timings};
use sansfond_domain::ports::{Books, BooksError, Files, Ranges, Scope};
use sansfond_domain::rules::{self, Arrival, Decision, Refusal};
use sansfond_domain::{AccountId, Failure, Job, JobId, JobState, Rate, Timestamp, VideoOptions, storage_key};
use tokio::runtime::Handle;

use crate::engine::Load;
use crate::failure::{OurFault, Setback};
use crate::pipeline::{Desk, Made};
use crate::progress::{self, Pace, Tally, now};
use crate::settings::Task;
use crate::shutdown::{Halt, Stop};

/// How long the threads may take to end when they have to. What still runs then ends with the process.
const GRACE: Duration = Duration::from_secs(4);

/// What the step works with.
#[derive(Clone)]
pub struct Workshop {
    /// Jobs and credits.
    pub books: Arc<dyn Books>,
    /// Segments and results.
    pub files: Arc<dyn Files>,
    /// Sources.
    pub ranges: Arc<dyn Ranges>,
    /// The network.
    pub load: Arc<Load>,
    /// How often it says that it is alive, and how long it may take.
    pub pace: Pace,
    /// Where files of this machine go.
    pub scratch: PathBuf,
    /// What the machine's time costs, if anybody knows.
    pub rate: Option<Rate>,
}

/// How a step ended. None of these wants another worker, but the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The result is there, the credit is gone.
    Completed,
    /// It could not be done, the credit is back.
    Failed(Failure),
    /// There was nothing to do: done before, cancelled, or gone.
    Nothing,
    /// The machine goes away; the job waits for the next worker.
    HandedOver,
}

/// A step could not be finished; another worker may.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Another worker has had the job for as long as a worker may.
    #[error("another worker has this job")]
    Leased,
    /// The books.
    #[error("the job could not be written down")]
    Books(#[source] BooksError),
    /// Bucket, engine, encoder, disk.
    #[error("the video could not be worked through")]
    Ours(#[source] OurFault),
    /// Nobody could be told that this worker is alive.
    #[error("the job may be with another worker: the books did not answer")]
    Unheard,
    /// A thread panicked.
    #[error("the worker's thread died")]
    Crashed,
}

/// Works on one job until it ends, or until `stop` says so.
///
/// # Errors
/// [`WorkError`]: the job is left as it is; its lease ends by itself.
pub async fn work(workshop: &Workshop, task: &Task, stop: &Arc<Stop>) -> Result<Outcome, WorkError> {
    // Waiting for another worker's lease costs as much as work.
    let began = Instant::now();
    let Some((job, options, clip)) = workshop.take(task, stop).await? else {
        let left = stop.why().is_some();
        return Ok(if left { Outcome::HandedOver } else { Outcome::Nothing });
    };
    let tally = Arc::new(Tally::default());
    let (books, pace) = (workshop.books.clone(), workshop.pace);
    let beat = tokio::spawn(progress::keep(books, job.clone(), tally.clone(), stop.clone(), pace));
    // Taken away with everything in it when this ends, also when a thread has not.
    let folder = tempfile::Builder::new()
        .prefix("sansfond-job-")
        .tempdir_in(&workshop.scratch)
        .map_err(|error| WorkError::Ours(error.into()))?;
    let desk = Desk {
        job: job.clone(),
        options,
        clip,
        files: workshop.files.clone(),
        ranges: workshop.ranges.clone(),
        load: workshop.load.clone(),
        tally,
        stop: stop.clone(),
        runtime: Handle::current(),
        folder: folder.path().to_owned(),
    };
    let worked = in_the_background(desk, stop).await;
    // Otherwise it would take a job that has just ended for one that was lost.
    beat.abort();
    let ended = workshop.end(&job, worked?, stop, began).await;
    drop(folder);
    ended
}

/// Works on a thread that may block, and does not wait for it for ever when it has to end.
async fn in_the_background(desk: Desk, stop: &Stop) -> Result<Result<Made, Setback>, WorkError> {
    let mut thread = tokio::task::spawn_blocking(move || desk.work());
    let worked = tokio::select! {
        worked = &mut thread => worked,
        () = stop.wanted() => match tokio::time::timeout(GRACE, thread).await {
            Ok(worked) => worked,
            Err(_still_runs) => Ok(Err(Setback::Stopped)),
        },
    };
    // Who panics has said why on the log.
    worked.map_err(|_panicked| WorkError::Crashed)
}

impl Workshop {
    /// The job, if there is something to do. Waits while a worker that may be dead still has it.
    async fn take(&self, task: &Task, stop: &Stop) -> Result<Option<(Job, VideoOptions, Clip)>, WorkError> {
        let since = Instant::now();
        loop {
            let leased_until = Mutex::new(None);
            let now = now();
            let decision = self
                .books
                .apply(&scope(&task.account, &task.job), &|seen| {
                    let Some(job) = &seen.job else { return Err(Refusal::NoJob) };
                    *leased_until.lock().unwrap_or_else(PoisonError::into_inner) = job.lease_until;
                    let is_ours = job.retries == task.retry
                        && job.options.video().is_some()
                        && job.input.clip.is_some();
                    if !is_ours {
                        return Ok(Decision::Nothing);
                    }
                    rules::start(seen, &Arrival::Again, self.pace.lease, now)
                })
                .await;
            match decision {
                Ok(Decision::Write(change)) => {
                    let job = change.job;
                    let options = job.options.video().cloned();
                    return Ok(options.zip(job.input.clip).map(|(options, clip)| (job, options, clip)));
                }
                Ok(Decision::Nothing | Decision::Earlier(_))
                | Err(BooksError::Refused(Refusal::NoJob | Refusal::NoAccount)) => {
                    tracing::info!(job = %task.job, "there is nothing to do");
                    return Ok(None);
                }
                Err(BooksError::Refused(Refusal::Leased)) => {}
                Err(error) => return Err(WorkError::Books(error)),
            }
            if since.elapsed() > self.pace.limit {
                return Err(WorkError::Leased);
            }
            let until = leased_until.into_inner().unwrap_or_else(PoisonError::into_inner);
            let pause = until.map_or(self.pace.beat, |until| between(now, until)).max(self.pace.beat);
            tracing::info!(job = %task.job, wait_ms = pause.as_millis() as u64, "another worker has the job");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.wanted() => return Ok(None),
            }
        }
    }

    /// What becomes of the job.
    async fn end(
        &self,
        job: &Job,
        worked: Result<Made, Setback>,
        stop: &Stop,
        began: Instant,
    ) -> Result<Outcome, WorkError> {
        let cost = self.rate.map(|rate| rate.micro_usd(began.elapsed()));
        match worked {
            Ok(made) => self.complete(job, &made.output, made.timings, cost).await,
            Err(Setback::Unsuitable { failure, reason }) => {
                let outcome = self.fail(job, failure, &reason, cost).await?;
                self.clear(job).await;
                Ok(outcome)
            }
            Err(Setback::Ours(fault)) if stop.why().is_none() => Err(WorkError::Ours(fault)),
            Err(Setback::Ours(_) | Setback::Stopped) => match stop.why() {
                Some(Halt::Leaving) => self.hand_over(job, cost).await,
                Some(Halt::NotOurs) => self.leave(job).await,
                // Its segments stay: if its owner has it tried again, it goes on behind them.
                Some(Halt::TooLong) => {
                    self.fail(job, Failure::TookTooLong, "it took longer than a job may", cost).await
                }
                Some(Halt::Unheard) => Err(WorkError::Unheard),
                None => Err(WorkError::Crashed),
            },
        }
    }

    /// The job ends well, unless its owner or somebody else has ended it meanwhile.
    async fn complete(
        &self,
        job: &Job,
        output: &Output,
        timings: Timings,
        cost: Option<u64>,
    ) -> Result<Outcome, WorkError> {
        let now = now();
        let rule =
            |seen: &_| rules::complete(seen, output, timings, now).map(|decision| decision.with_cost(cost));
        match self.books.apply(&scope(&job.account, &job.id), &rule).await {
            Ok(Decision::Write(change)) => {
                log_completed(&change.job, output, timings);
                self.clear(job).await;
                Ok(Outcome::Completed)
            }
            Ok(Decision::Nothing | Decision::Earlier(_))
            | Err(BooksError::Refused(Refusal::NoJob | Refusal::NoAccount)) => self.leave(job).await,
            Err(error) => Err(WorkError::Books(error)),
        }
    }

    /// The job ends badly; the credit comes back. `reason` is for the log.
    async fn fail(
        &self,
        job: &Job,
        failure: Failure,
        reason: &str,
        cost: Option<u64>,
    ) -> Result<Outcome, WorkError> {
        let now = now();
        let rule = |seen: &_| rules::fail(seen, failure, now).map(|decision| decision.with_cost(cost));
        match self.books.apply(&scope(&job.account, &job.id), &rule).await {
            Ok(Decision::Write(change)) => {
                let (size_bytes, cost_micro_usd) = (job.input.size_bytes, change.job.cost_micro_usd);
                tracing::info!(
                    job = %job.id, failure = failure.code(), reason, size_bytes, cost_micro_usd, "the job failed"
                );
                Ok(Outcome::Failed(failure))
            }
            Ok(Decision::Nothing | Decision::Earlier(_))
            | Err(BooksError::Refused(Refusal::NoJob | Refusal::NoAccount)) => Ok(Outcome::Nothing),
            Err(error) => Err(WorkError::Books(error)),
        }
    }

    /// The next worker may begin at once.
    async fn hand_over(&self, job: &Job, cost: Option<u64>) -> Result<Outcome, WorkError> {
        let now = now();
        let rule =
            |seen: &_| rules::hand_over(seen, job.attempts, now).map(|decision| decision.with_cost(cost));
        match self.books.apply(&scope(&job.account, &job.id), &rule).await {
            Ok(Decision::Write(_)) => {
                tracing::info!(job = %job.id, attempt = job.attempts, "the job waits for the next worker");
                Ok(Outcome::HandedOver)
            }
            Ok(Decision::Nothing | Decision::Earlier(_))
            | Err(BooksError::Refused(Refusal::NoJob | Refusal::NoAccount)) => self.leave(job).await,
            Err(error) => Err(WorkError::Books(error)),
        }
    }

    /// The job is not ours any more. If nobody will ever ask for what was made of it, it goes.
    async fn leave(&self, job: &Job) -> Result<Outcome, WorkError> {
        let state = Mutex::new(None);
        let looked = self
            .books
            .apply(&scope(&job.account, &job.id), &|seen| {
                *state.lock().unwrap_or_else(PoisonError::into_inner) =
                    seen.job.as_ref().map(|job| job.state);
                Ok(Decision::Nothing)
            })
            .await;
        looked.map_err(WorkError::Books)?;
        let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        tracing::info!(job = %job.id, state = state.map(JobState::name), "the job is not this worker's any more");
        if is_unwanted(state) {
            let results = storage_key::results_of(&job.account, &job.id);
            let deleted = self.files.delete_folder(&results).await;
            deleted.map_err(|error| WorkError::Ours(OurFault::Bucket(error)))?;
        }
        Ok(Outcome::Nothing)
    }

    /// Segments of a job that has ended. If that fails they grow old like every result.
    async fn clear(&self, job: &Job) {
        let segments = storage_key::segments(&job.account, &job.id);
        if let Err(error) = self.files.delete_folder(&segments).await {
            tracing::warn!(job = %job.id, %error, "the segments are still there");
        }
    }
}

/// Whether nobody will ask for what was made of a job in this state; `None` is a job that is gone. A
/// failed one may be tried again, and goes on behind its segments.
const fn is_unwanted(state: Option<JobState>) -> bool {
    match state {
        None | Some(JobState::Cancelled | JobState::Expired) => true,
        Some(
            JobState::Pending
            | JobState::Queued
            | JobState::Processing
            | JobState::Completed
            | JobState::Failed,
        ) => false,
    }
}

fn log_completed(job: &Job, output: &Output, timings: Timings) {
    tracing::info!(
        job = %job.id,
        attempt = job.attempts,
        width = output.width,
        height = output.height,
        input_bytes = job.input.size_bytes,
        output_bytes = output.size_bytes,
        download_ms = timings.download_ms,
        decode_ms = timings.decode_ms,
        matte_ms = timings.matte_ms,
        encode_ms = timings.encode_ms,
        upload_ms = timings.upload_ms,
        cost_micro_usd = job.cost_micro_usd,
        "the job is completed"
    );
}

pub(crate) fn scope(account: &AccountId, job: &JobId) -> Scope {
    Scope::of(account.clone(), job.clone())
}

fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(later.millis() - earlier.millis()).unwrap_or(0))
}
