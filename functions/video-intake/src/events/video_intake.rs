//! The queue of videos that have come: each is looked into, and its job is queued or fails.
//!
//! A message can come twice, and a worker can die between any two lines here: the look is taken again
//! while the job is pending, and a job that is queued is queued again. Whoever reads that queue takes
//! twice for once.

use std::sync::Arc;

use anyhow::{Context, Result};
use sansfond_aws::events::{VideoUpload, video_upload};
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::{Jobs, Ranges, Transactions, WorkQueue};
use sansfond_domain::rules::{ProbeOutcome, admit};
use sansfond_domain::storage_key::VideoKey;
use sansfond_domain::{Failure, Job, JobState, Plan};
use sansfond_jobs::{change, now};

use crate::look::{ProbeLimits, look};

/// Takes videos in.
pub struct VideoIntake {
    jobs: Arc<dyn Jobs>,
    transactions: Arc<dyn Transactions>,
    files: Arc<dyn Ranges>,
    queue: Arc<dyn WorkQueue>,
    free: Arc<Plan>,
    bounds: ProbeLimits,
}

/// The handler.
///
/// # Errors
/// If a setting is missing.
pub fn handler(boot: &Boot) -> Result<VideoIntake> {
    let table = boot.table()?;
    Ok(VideoIntake {
        jobs: table.clone(),
        transactions: table,
        files: boot.bucket()?,
        queue: boot.video_queue()?,
        free: boot.free_plan(),
        bounds: ProbeLimits::default(),
    })
}

impl OnMessage for VideoIntake {
    async fn handle(&self, body: &str) -> Result<()> {
        let upload = video_upload(body)?;
        self.take_in(&upload).await.with_context(|| format!("job {}", upload.key.job))
    }
}

impl VideoIntake {
    /// With other bounds; for tests.
    #[must_use]
    pub fn within(self, bounds: ProbeLimits) -> Self {
        Self { bounds, ..self }
    }

    async fn take_in(&self, upload: &VideoUpload) -> Result<()> {
        let Some(job) = self.job(upload).await? else {
            tracing::warn!(job = %upload.key.job, "a video has come for a job that does not exist");
            return Ok(());
        };
        if job.state == JobState::Pending
            && let Some(admission) = self.look(upload, &job).await?
        {
            self.admit(upload, admission).await?;
        }
        // Also if it was admitted before: that worker may have died on this line.
        match self.job(upload).await? {
            Some(job) if waits(&job, upload) => Ok(self.queue.enqueue(&job).await?),
            Some(_) | None => Ok(()),
        }
    }

    async fn job(&self, upload: &VideoUpload) -> Result<Option<Job>> {
        Ok(self.jobs.job(&upload.key.account, &upload.key.job).await?)
    }

    /// `None`: that version is not there any more. Its successor has a message of its own.
    async fn look(&self, upload: &VideoUpload, job: &Job) -> Result<Option<ProbeOutcome>> {
        let key = upload.key.to_string();
        let facts = self.files.look(&key).await?;
        let Some(facts) = facts.filter(|facts| facts.version == upload.version) else {
            return Ok(None);
        };
        if facts.size_bytes != job.input.size_bytes {
            return Ok(Some(ProbeOutcome::Unsuitable(Failure::UploadMismatch)));
        }
        look(self.files.clone(), key, facts, self.bounds).await.map(Some)
    }

    async fn admit(&self, upload: &VideoUpload, admission: ProbeOutcome) -> Result<()> {
        let VideoKey { account, job } = &upload.key;
        let rule = |seen: &_| admit(seen, &upload.version, admission, &self.free, now());
        if let Some(job) = change(&*self.transactions, account, job, &rule).await?.written() {
            let Job { id, state, failure, .. } = job;
            tracing::info!(job = %id, state = state.name(), failure = failure.map(Failure::code), "looked into a video");
        }
        Ok(())
    }
}

/// Whether a job waits for machines with this version of its video, for the first time: later tries are
/// queued by whoever asks for them.
fn waits(job: &Job, upload: &VideoUpload) -> bool {
    job.state == JobState::Queued && job.retries == 0 && job.input.version.as_ref() == Some(&upload.version)
}
