//! Handles the video queue: submits video jobs to AWS Batch and stops cancelled ones.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::video_task;
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::{Jobs, VideoMachines};
use sansfond_domain::{Job, JobState};

pub struct DispatchVideo {
    jobs: Arc<dyn Jobs>,
    machines: Arc<dyn VideoMachines>,
}

pub fn handler(boot: &Boot) -> Result<DispatchVideo> {
    Ok(DispatchVideo { jobs: boot.table()?, machines: boot.machines()? })
}

impl OnMessage for DispatchVideo {
    async fn handle(&self, body: &str) -> Result<()> {
        let video_task = video_task(body)?;
        let Some(job) = self.jobs.job(&video_task.account, &video_task.job).await? else {
            // The job was deleted. A worker that processes it stops by itself.
            return Ok(());
        };
        if video_task.stop {
            // The message is about the attempt that was cancelled, which may not be the current one.
            self.machines.stop(&Job { retries: video_task.retry, ..job }).await?;
        } else if job.state == JobState::Queued && job.retries == video_task.retry {
            self.machines.submit(&job).await?;
            tracing::info!(job = %job.id, retry = job.retries, "a video job was submitted");
        }
        Ok(())
    }
}
