//! Handles the queue of uploaded videos: probes each video, and queues or fails its job.
//!
//! A message can arrive twice, and the function can fail between any two lines here. Therefore the probe is repeated while
//! the job is pending, and a queued job is queued again; the reader of that queue ignores duplicates.

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

pub struct VideoIntake {
    jobs: Arc<dyn Jobs>,
    transactions: Arc<dyn Transactions>,
    files: Arc<dyn Ranges>,
    queue: Arc<dyn WorkQueue>,
    free: Arc<Plan>,
    bounds: ProbeLimits,
}

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
    /// With other limits, for tests.
    #[must_use]
    pub fn within(self, bounds: ProbeLimits) -> Self {
        Self { bounds, ..self }
    }

    async fn take_in(&self, upload: &VideoUpload) -> Result<()> {
        let Some(job) = self.job(upload).await? else {
            tracing::warn!(job = %upload.key.job, "a video was uploaded for a job that does not exist");
            return Ok(());
        };
        if job.state == JobState::Pending
            && let Some(admission) = self.look(upload, &job).await?
        {
            self.admit(upload, admission).await?;
        }
        // Also if the job was admitted before: that attempt may have failed on this line.
        match self.job(upload).await? {
            Some(job) if waits(&job, upload) => Ok(self.queue.enqueue(&job).await?),
            Some(_) | None => Ok(()),
        }
    }

    async fn job(&self, upload: &VideoUpload) -> Result<Option<Job>> {
        Ok(self.jobs.job(&upload.key.account, &upload.key.job).await?)
    }

    /// `None` if this version of the file was replaced. The newer version has a message of its own.
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
            tracing::info!(job = %id, state = state.name(), failure = failure.map(Failure::code), "probed a video");
        }
        Ok(())
    }
}

/// Whether the job is queued with this version of its video for the first time. `retry_job` queues later attempts.
fn waits(job: &Job, upload: &VideoUpload) -> bool {
    job.state == JobState::Queued && job.retries == 0 && job.input.version.as_ref() == Some(&upload.version)
}
