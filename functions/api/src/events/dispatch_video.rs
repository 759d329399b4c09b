//! The queue of videos that wait for machines: has a job worked on, or the work on it stopped.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::video_task;
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::{Jobs, VideoMachines};
use sansfond_domain::{Job, JobState};

/// Sends jobs to machines.
pub struct DispatchVideo {
    jobs: Arc<dyn Jobs>,
    machines: Arc<dyn VideoMachines>,
}

/// The handler.
///
/// # Errors
/// If a setting is missing.
pub fn handler(boot: &Boot) -> Result<DispatchVideo> {
    Ok(DispatchVideo { jobs: boot.table()?, machines: boot.machines()? })
}

impl OnMessage for DispatchVideo {
    async fn handle(&self, body: &str) -> Result<()> {
        let video_task = video_task(body)?;
        let Some(job) = self.jobs.job(&video_task.account, &video_task.job).await? else {
            // Deleted meanwhile. A worker that has it notices by itself.
            return Ok(());
        };
        if video_task.stop {
            // Of the try that was given up, which may not be the one that the job stands at now.
            self.machines.stop(&Job { retries: video_task.retry, ..job }).await?;
        } else if job.state == JobState::Queued && job.retries == video_task.retry {
            self.machines.submit(&job).await?;
            tracing::info!(job = %job.id, retry = job.retries, "a video waits for a machine");
        }
        Ok(())
    }
}
