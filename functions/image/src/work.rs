//! The step of the image worker: one job from its upload to its end.
//!
//! Everything outside is reached through ports. The step may be repeated at any point: the rules let
//! only one worker have a job, and a result always goes to the same key. What is deliberately not
//! here: queues and their messages (`events`), pixels (`cutout`).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sansfond_domain::job::Output;
use sansfond_domain::ports::{Books, BooksError, Files, PortError, ReadFileError, Scope};
use sansfond_domain::rules::{self, Arrival, Decision, Refusal};
use sansfond_domain::storage_key::{self, SourceKey};
use sansfond_domain::{AccountId, Failure, ImageOptions, Job, JobId, JobState, Plan, Plans, Rate};
use sansfond_web::now;

use crate::cutout::{self, CutoutError, Finished};
use crate::engine::Engine;

/// What the step works with.
#[derive(Clone)]
pub struct Workshop {
    /// The model.
    pub engine: Arc<Engine>,
    /// Jobs and credits.
    pub books: Arc<dyn Books>,
    /// Uploads and results.
    pub files: Arc<dyn Files>,
    /// What each plan allows.
    pub plans: Arc<Plans>,
    /// How long a worker has a job to itself.
    pub lease: Duration,
    /// What the function's time costs, if anybody knows.
    pub rate: Option<Rate>,
}

/// How a step ended. None of these wants another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The result is there, the credit is gone.
    Completed,
    /// It could not be done, the credit is back.
    Failed(Failure),
    /// There was nothing to do: done before, cancelled, or gone.
    Nothing,
}

/// A step could not be finished; another try may.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Another worker has the job. It may be dying over it, so it is worth looking again.
    #[error("another worker has this job")]
    Leased,
    /// The books.
    #[error("the job could not be written down")]
    Books(#[source] BooksError),
    /// The upload could not be read.
    #[error("the upload could not be read")]
    Read(#[source] PortError),
    /// The result could not be put away.
    #[error("the result could not be put away")]
    Write(#[source] PortError),
    /// Too many pictures are waiting for the engine.
    #[error("the engine is busy")]
    Busy,
    /// The engine failed.
    #[error("the engine failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The thread that worked on the picture panicked.
    #[error("the worker's thread died")]
    Crashed,
}

/// Why a picture has no cutout: it is to blame, or we are.
#[derive(Debug)]
pub(crate) enum Setback {
    Unsuitable { failure: Failure, reason: String },
    Ours(WorkError),
}

/// Works on pixels on a thread that may block.
pub(crate) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CutoutError> + Send + 'static,
) -> Result<T, Setback> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(CutoutError::Unsuitable { failure, reason })) => Err(Setback::Unsuitable { failure, reason }),
        Ok(Err(CutoutError::Busy)) => Err(Setback::Ours(WorkError::Busy)),
        Ok(Err(CutoutError::Engine { source })) => Err(Setback::Ours(WorkError::Engine(source))),
        // Who panics has said why on the log.
        Err(_panicked) => Err(Setback::Ours(WorkError::Crashed)),
    }
}

/// Works on one job.
///
/// # Errors
/// [`WorkError`]: give the job back to the queue.
pub async fn cut_out_job(
    workshop: &Workshop,
    source: &SourceKey,
    arrival: &Arrival,
) -> Result<Outcome, WorkError> {
    let began = Instant::now();
    let Some((job, plan)) = workshop.start(source, arrival).await? else { return Ok(Outcome::Nothing) };
    let unsuitable = async |failure, reason: &str| workshop.fail(&job, failure, reason, began).await;
    let Some(options) = job.options.image().cloned() else {
        return unsuitable(Failure::UploadMismatch, "a video among the pictures").await;
    };
    let started = Instant::now();
    let bytes = match workshop.upload(source, &job).await? {
        Some(bytes) => bytes,
        None => return unsuitable(Failure::UploadMismatch, "not the file that was declared").await,
    };
    let download_ms = millis(started.elapsed());
    let mut finished = match workshop.cut_out(bytes, options, plan).await {
        Ok(finished) => finished,
        Err(Setback::Unsuitable { failure, reason }) => return unsuitable(failure, &reason).await,
        Err(Setback::Ours(error)) => return Err(error),
    };
    finished.timings.download_ms = download_ms;
    workshop.put_away(&job, &mut finished).await?;
    workshop.complete(&job, &finished, true, began).await
}

impl Workshop {
    fn cost(&self, began: Instant) -> Option<u64> {
        Some(self.rate?.micro_usd(began.elapsed()))
    }

    /// The job and its account's plan, if there is something to do.
    async fn start(&self, source: &SourceKey, arrival: &Arrival) -> Result<Option<(Job, Plan)>, WorkError> {
        let now = now();
        let plan = Mutex::new(self.plans.free.clone());
        let decision = self
            .books
            .apply(&scope(&source.account, &source.job), &|seen| {
                let account = seen.account.as_ref().ok_or(Refusal::NoAccount)?;
                let of_account = self.plans.named(&account.plan).clone();
                *plan.lock().unwrap_or_else(PoisonError::into_inner) = of_account;
                rules::start(seen, arrival, self.lease, now)
            })
            .await;
        match decision {
            Ok(Decision::Write(change)) => {
                Ok(Some((change.job, plan.into_inner().unwrap_or_else(PoisonError::into_inner))))
            }
            Ok(Decision::Nothing | Decision::Earlier(_))
            | Err(BooksError::Refused(Refusal::NoJob | Refusal::NoAccount)) => Ok(None),
            Err(BooksError::Refused(Refusal::Leased)) => Err(WorkError::Leased),
            Err(error) => Err(WorkError::Books(error)),
        }
    }

    /// The bytes of the upload, if they are the ones that the job is about: as many as were declared,
    /// in the version that was announced.
    async fn upload(&self, source: &SourceKey, job: &Job) -> Result<Option<Vec<u8>>, WorkError> {
        let content = match self.files.read(&source.to_string(), job.input.size_bytes).await {
            Ok(content) => content,
            Err(ReadFileError::TooLarge { .. }) => None,
            Err(ReadFileError::Port(error)) => return Err(WorkError::Read(error)),
        };
        Ok(content
            .filter(|content| {
                content.bytes.len() as u64 == job.input.size_bytes
                    && job.input.version.as_ref() == Some(&content.version)
            })
            .map(|content| content.bytes))
    }

    /// Cuts out.
    pub(crate) async fn cut_out(
        &self,
        bytes: Vec<u8>,
        options: ImageOptions,
        plan: Plan,
    ) -> Result<Finished, Setback> {
        let engine = self.engine.clone();
        on_a_thread(move || cutout::cut_out(&engine, &bytes, &options, &plan)).await
    }

    /// Result and preview into the bucket. Their bytes are given away: a large result twice in memory
    /// is worth avoiding.
    pub(crate) async fn put_away(&self, job: &Job, finished: &mut Finished) -> Result<(), WorkError> {
        let started = Instant::now();
        let preview = storage_key::preview(&job.account, &job.id);
        let result = storage_key::result(&job.account, &job.id, finished.extension);
        let writes = tokio::try_join!(
            self.files.write(&preview, cutout::PREVIEW_TYPE, std::mem::take(&mut finished.preview)),
            self.files.write(&result, finished.media_type, std::mem::take(&mut finished.bytes)),
        );
        writes.map_err(WorkError::Write)?;
        finished.timings.upload_ms = millis(started.elapsed());
        Ok(())
    }

    /// The job ends well, unless its owner or somebody else has ended it meanwhile. Then what was put
    /// away is taken away again, but never the result of a worker that was quicker: it lies at the
    /// same place. `began`: when the function began to work on it, which is what it costs.
    pub(crate) async fn complete(
        &self,
        job: &Job,
        finished: &Finished,
        stored: bool,
        began: Instant,
    ) -> Result<Outcome, WorkError> {
        let output = Output {
            media_type: finished.media_type.to_owned(),
            extension: finished.extension.to_owned(),
            size_bytes: finished.size_bytes,
            width: finished.width,
            height: finished.height,
            stored,
        };
        let (now, cost) = (now(), self.cost(began));
        let state = Mutex::new(None);
        let decision = self
            .books
            .apply(&scope(&job.account, &job.id), &|seen| {
                *state.lock().unwrap_or_else(PoisonError::into_inner) =
                    seen.job.as_ref().map(|job| job.state);
                let done = rules::complete(seen, &output, finished.timings, now);
                done.map(|decision| decision.with_cost(cost))
            })
            .await;
        match decision {
            Ok(Decision::Write(change)) => {
                log_completed(&change.job, finished);
                return Ok(Outcome::Completed);
            }
            Ok(Decision::Nothing | Decision::Earlier(_))
            | Err(BooksError::Refused(Refusal::NoJob | Refusal::NoAccount)) => {}
            Err(error) => return Err(WorkError::Books(error)),
        }
        let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        tracing::info!(job = %job.id, state = state.map(JobState::name), "the job ended before its result came");
        if stored && is_unwanted(state) {
            let results = storage_key::results_of(&job.account, &job.id);
            self.files.delete_folder(&results).await.map_err(WorkError::Write)?;
        }
        Ok(Outcome::Nothing)
    }

    /// The job ends badly; the credit comes back. `reason` is for the log.
    pub(crate) async fn fail(
        &self,
        job: &Job,
        failure: Failure,
        reason: &str,
        began: Instant,
    ) -> Result<Outcome, WorkError> {
        let (now, cost) = (now(), self.cost(began));
        let rule = |seen: &_| rules::fail(seen, failure, now).map(|decision| decision.with_cost(cost));
        match self.books.apply(&scope(&job.account, &job.id), &rule).await {
            Ok(Decision::Write(change)) => {
                tracing::info!(
                    job = %job.id,
                    failure = failure.code(),
                    reason,
                    size_bytes = job.input.size_bytes,
                    cost_micro_usd = change.job.cost_micro_usd,
                    "the job failed"
                );
                Ok(Outcome::Failed(failure))
            }
            Ok(Decision::Nothing | Decision::Earlier(_))
            | Err(BooksError::Refused(Refusal::NoJob | Refusal::NoAccount)) => Ok(Outcome::Nothing),
            Err(error) => Err(WorkError::Books(error)),
        }
    }
}

/// Whether nobody will ever ask for the result of a job in this state; `None` is a job that is gone.
fn is_unwanted(state: Option<JobState>) -> bool {
    match state {
        None | Some(JobState::Cancelled | JobState::Failed | JobState::Expired) => true,
        Some(JobState::Pending | JobState::Queued | JobState::Processing | JobState::Completed) => false,
    }
}

fn log_completed(job: &Job, finished: &Finished) {
    let timings = finished.timings;
    tracing::info!(
        job = %job.id,
        attempt = job.attempts,
        width = finished.width,
        height = finished.height,
        input_bytes = job.input.size_bytes,
        output_bytes = finished.size_bytes,
        download_ms = timings.download_ms,
        decode_ms = timings.decode_ms,
        matte_ms = timings.matte_ms,
        encode_ms = timings.encode_ms,
        upload_ms = timings.upload_ms,
        cost_micro_usd = job.cost_micro_usd,
        "the job is completed"
    );
}

fn scope(account: &AccountId, job: &JobId) -> Scope {
    Scope::of(account.clone(), job.clone())
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
