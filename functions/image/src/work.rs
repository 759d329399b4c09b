//! The step of the image worker: one job from its upload to its end.
//!
//! Everything outside is reached through ports. The step may be repeated at any point: the rules let
//! only one worker have a job, and a result always goes to the same key. What is deliberately not
//! here: queues and their messages (`events`), pixels (`cutout`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use sansfond_domain::job::Output;
use sansfond_domain::ports::{PortError, ReadFileError, TransactionError};
use sansfond_domain::rules::{self, StartReason};
use sansfond_domain::storage_key::{self, SourceKey};
use sansfond_domain::{Failure, ImageOptions, Job, Plan};
use sansfond_engine::Engine;
use sansfond_jobs::{Attempt, JobOutcome, Lifecycle, LifecycleError, TakeOutcome, millis, now};

use crate::cutout::{self, CutoutError, FinishedCutout};

/// What the step works with.
#[derive(Clone)]
pub struct ImageContext {
    /// The model.
    pub engine: Arc<Engine>,
    /// Jobs and their files: uploads and results.
    pub lifecycle: Lifecycle,
    /// The free plan of this installation.
    pub free: Arc<Plan>,
    /// How long a worker has a job to itself.
    pub lease: Duration,
}

/// A step could not be finished; another try may.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Another worker has the job. It may be dying over it, so it is worth looking again.
    #[error("another worker has this job")]
    Leased,
    /// The books.
    #[error("the job could not be written down")]
    Transactions(#[from] TransactionError),
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
pub(crate) enum ImageJobError {
    Unsuitable { failure: Failure, reason: String },
    Ours(WorkError),
}

/// Works on pixels on a thread that may block.
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
        // Who panics has said why on the log.
        Err(_panicked) => Err(ImageJobError::Ours(WorkError::Crashed)),
    }
}

/// Works on one job.
///
/// # Errors
/// [`WorkError`]: give the job back to the queue.
pub async fn cut_out_job(
    context: &ImageContext,
    source: &SourceKey,
    start_reason: &StartReason,
) -> Result<JobOutcome, WorkError> {
    let (lifecycle, now) = (&context.lifecycle, now());
    let rule = |seen: &_| rules::start(seen, start_reason, context.lease, now);
    let (attempt, seen) = match lifecycle.take(&source.account, &source.job, Instant::now(), &rule).await? {
        TakeOutcome::Ours { attempt, seen } => (attempt, seen),
        TakeOutcome::Leased { .. } => return Err(WorkError::Leased),
        TakeOutcome::Nothing => return Ok(JobOutcome::Nothing),
    };
    let (job, plan) = (&attempt.job, seen.plan(&context.free, now));
    let unsuitable = async |failure, reason: &str| Ok(lifecycle.fail(&attempt, failure, reason).await?);
    let Some(options) = job.options.image().cloned() else {
        return unsuitable(Failure::UploadMismatch, "a video among the pictures").await;
    };
    let started = Instant::now();
    let bytes = match context.upload(source, job).await? {
        Some(bytes) => bytes,
        None => return unsuitable(Failure::UploadMismatch, "not the file that was declared").await,
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
    /// The bytes of the upload, if they are the ones that the job is about: as many as were declared,
    /// in the version that was announced.
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

    /// Cuts out.
    pub(crate) async fn cut_out(
        &self,
        bytes: Vec<u8>,
        options: ImageOptions,
        plan: Plan,
    ) -> Result<FinishedCutout, ImageJobError> {
        let engine = self.engine.clone();
        run_blocking(move || cutout::cut_out(&engine, &bytes, &options, &plan)).await
    }

    /// Result and preview into the bucket. Their bytes are given away: a large result twice in memory
    /// is worth avoiding.
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

    /// The job ends well; see [`Lifecycle::complete`]. `stored`: whether the result was put away.
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
