//! Runs one image job from its upload to its end.
//!
//! The run may be repeated at any point: the rules give a job to one worker at a time, and its result always has the same
//! key. Deliberately absent: queues and their messages (`events`), pixels (`cutout`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use sansfond_domain::job::{Output, WHOLE_JOB};
use sansfond_domain::ports::{PortError, ReadFileError, TransactionError};
use sansfond_domain::rules::{self, StartReason};
use sansfond_domain::storage_key::{self, SourceKey};
use sansfond_domain::{Failure, ImageOptions, Job, Plan};
use sansfond_engine::Engine;
use sansfond_jobs::{Attempt, JobOutcome, Lifecycle, LifecycleError, TakeOutcome, millis, now};

use crate::cutout::{self, CutoutError, FinishedCutout};

/// The engine and the ports of image jobs.
#[derive(Clone)]
pub struct ImageContext {
    pub engine: Arc<Engine>,
    pub lifecycle: Lifecycle,
    /// The free plan of this installation.
    pub free: Arc<Plan>,
    /// The duration of a lease.
    pub lease: Duration,
}

/// An error that another attempt may not have.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Another worker holds the job. It may fail, so the message is delivered again.
    #[error("another worker holds this job")]
    Leased,
    #[error("the job could not be updated")]
    Transactions(#[from] TransactionError),
    #[error("the upload could not be read")]
    Read(#[source] PortError),
    #[error("the result could not be stored")]
    Write(#[source] PortError),
    #[error("the engine is busy")]
    Busy,
    #[error("the engine failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the thread that processed the image panicked")]
    Crashed,
}

/// The reason why an image has no cutout: the image is unsuitable, or the service failed.
#[derive(Debug)]
pub(crate) enum ImageJobError {
    Unsuitable { failure: Failure, reason: String },
    Ours(WorkError),
}

/// Processes an image on a blocking thread.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CutoutError> + Send + 'static,
) -> Result<T, ImageJobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(CutoutError::Unsuitable { failure, reason })) => {
            Err(ImageJobError::Unsuitable { failure, reason })
        }
        Ok(Err(CutoutError::Busy)) => Err(ImageJobError::Ours(WorkError::Busy)),
        Ok(Err(CutoutError::Engine { source })) => Err(ImageJobError::Ours(WorkError::Engine(source))),
        // The panic message is in the log.
        Err(_panicked) => Err(ImageJobError::Ours(WorkError::Crashed)),
    }
}

/// Runs one job. After an error, the caller returns the message to the queue.
pub async fn cut_out_job(
    context: &ImageContext,
    source: &SourceKey,
    start_reason: &StartReason,
) -> Result<JobOutcome, WorkError> {
    let (lifecycle, now) = (&context.lifecycle, now());
    let rule = |seen: &_| rules::start(seen, WHOLE_JOB, start_reason, context.lease, now);
    let (attempt, seen) =
        match lifecycle.take(&source.account, &source.job, WHOLE_JOB, Instant::now(), &rule).await? {
            TakeOutcome::Ours { attempt, seen } => (attempt, seen),
            TakeOutcome::Leased { .. } => return Err(WorkError::Leased),
            TakeOutcome::Nothing => return Ok(JobOutcome::Nothing),
            TakeOutcome::Gone => {
                // The link of an upload outlives its job and account by minutes.
                lifecycle.files.delete(&source.to_string()).await.map_err(WorkError::Write)?;
                return Ok(JobOutcome::Nothing);
            }
        };
    let (job, plan) = (&attempt.job, seen.plan(&context.free, now));
    let unsuitable = async |failure, reason: &str| Ok(lifecycle.fail(&attempt, failure, reason).await?);
    let Some(options) = job.options.image().cloned() else {
        return unsuitable(Failure::UploadMismatch, "a video job in the image queue").await;
    };
    let started = Instant::now();
    let bytes = match context.upload(source, job).await? {
        Some(bytes) => bytes,
        None => return unsuitable(Failure::UploadMismatch, "the file is not the declared one").await,
    };
    let download_ms = millis(started.elapsed());
    let mut finished = match context.cut_out(bytes, options, plan).await {
        Ok(finished) => finished,
        Err(ImageJobError::Unsuitable { failure, reason }) => return unsuitable(failure, &reason).await,
        Err(ImageJobError::Ours(error)) => return Err(error),
    };
    finished.timings.download_ms = download_ms;
    context.store(job, &mut finished).await?;
    context.complete(&attempt, &finished, true).await
}

impl ImageContext {
    /// Reads the upload. `None` if it does not have the declared size, or is not the version that the job is about.
    async fn upload(&self, source: &SourceKey, job: &Job) -> Result<Option<Vec<u8>>, WorkError> {
        let content = match self.lifecycle.files.read(&source.to_string(), job.input.size_bytes).await {
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

    pub(crate) async fn cut_out(
        &self,
        bytes: Vec<u8>,
        options: ImageOptions,
        plan: Plan,
    ) -> Result<FinishedCutout, ImageJobError> {
        let engine = self.engine.clone();
        run_blocking(move || cutout::cut_out(&engine, &bytes, &options, &plan)).await
    }

    /// Stores the result and its preview. Takes their bytes, so that a large result is not in memory twice.
    pub(crate) async fn store(&self, job: &Job, finished: &mut FinishedCutout) -> Result<(), WorkError> {
        let started = Instant::now();
        let preview = storage_key::preview(&job.account, &job.id);
        let result = storage_key::result(&job.account, &job.id, finished.extension);
        let writes = tokio::try_join!(
            self.lifecycle.files.write(&preview, cutout::PREVIEW_TYPE, std::mem::take(&mut finished.preview)),
            self.lifecycle.files.write(&result, finished.media_type, std::mem::take(&mut finished.bytes)),
        );
        writes.map_err(WorkError::Write)?;
        finished.timings.upload_ms = millis(started.elapsed());
        Ok(())
    }

    /// Completes the job; see [`Lifecycle::complete`]. `stored`: whether the result is in the bucket.
    pub(crate) async fn complete(
        &self,
        attempt: &Attempt,
        finished: &FinishedCutout,
        stored: bool,
    ) -> Result<JobOutcome, WorkError> {
        let output = Output {
            media_type: finished.media_type.to_owned(),
            extension: finished.extension.to_owned(),
            size_bytes: finished.size_bytes,
            width: finished.width,
            height: finished.height,
            stored,
        };
        Ok(self.lifecycle.complete(attempt, &output, finished.timings).await?)
    }
}

impl From<LifecycleError> for WorkError {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Transactions(error) => Self::Transactions(error),
            LifecycleError::Files(error) => Self::Write(error),
        }
    }
}
