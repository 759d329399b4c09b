//! AWS Batch, which provides the machines that process videos.
//!
//! Each try of one of our jobs is one Batch job, found by its name. Deliberately absent: the worker, and the
//! treatment of a job after its worker was lost. [`crate::events::batch_job_ended`] reads the event about the end
//! of a Batch job.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_batch::Client;
use aws_sdk_batch::types::{ContainerOverrides, JobStatus, JobSummary, KeyValuePair, KeyValuesPair};
use sansfond_domain::Job;
use sansfond_domain::ports::{PortError, VideoMachines};

use crate::error::{port, strange};

const SERVICE: &str = "Batch";

/// A job queue of AWS Batch.
#[derive(Debug, Clone)]
pub struct Batch {
    client: Client,
    queue: String,
    definition: String,
}

impl Batch {
    /// A client for the job queue and the job definition with these names.
    #[must_use]
    pub fn new(config: &SdkConfig, queue: String, definition: String) -> Self {
        Self { client: Client::new(config), queue, definition }
    }

    /// Lists the jobs with this name that Batch still knows, in any state: a query with a filter returns all states.
    async fn known(&self, name: &str) -> Result<Vec<JobSummary>, PortError> {
        let by_name = KeyValuesPair::builder().name("JOB_NAME").values(name).build();
        let mut pages =
            self.client.list_jobs().job_queue(&self.queue).filters(by_name).into_paginator().send();
        let mut known = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(port(SERVICE, "ListJobs"))?;
            // The filter ignores case.
            let ours = page.job_summary_list.unwrap_or_default().into_iter();
            known.extend(ours.filter(|one| one.job_name() == Some(name)));
        }
        Ok(known)
    }
}

/// The name of a try's Batch job: `sansfond-{job}-{retry}`.
#[must_use]
pub fn job_name(job: &Job) -> String {
    format!("sansfond-{}-{}", job.id, job.retries)
}

fn has_ended(job: &JobSummary) -> bool {
    matches!(job.status(), Some(JobStatus::Succeeded | JobStatus::Failed))
}

fn environment(job: &Job) -> ContainerOverrides {
    let variables = [
        ("SANSFOND_ACCOUNT", job.account.to_string()),
        ("SANSFOND_JOB", job.id.to_string()),
        ("SANSFOND_RETRY", job.retries.to_string()),
    ];
    let variables =
        variables.map(|(name, value)| KeyValuePair::builder().name(name).value(value).build()).to_vec();
    ContainerOverrides::builder().set_environment(Some(variables)).build()
}

#[async_trait]
impl VideoMachines for Batch {
    async fn submit(&self, job: &Job) -> Result<(), PortError> {
        let name = job_name(job);
        // A job that has ended counts too: its end is reported by an event, and the same try must not run twice.
        if !self.known(&name).await?.is_empty() {
            return Ok(());
        }
        let submitted = self
            .client
            .submit_job()
            .job_name(name)
            .job_queue(&self.queue)
            .job_definition(&self.definition)
            .container_overrides(environment(job))
            .send()
            .await;
        submitted.map(drop).map_err(port(SERVICE, "SubmitJob"))
    }

    async fn stop(&self, job: &Job) -> Result<(), PortError> {
        for one in self.known(&job_name(job)).await?.iter().filter(|one| !has_ended(one)) {
            let id = one.job_id().ok_or_else(|| strange(SERVICE, "ListJobs", "a job without an id"))?;
            let stopped = self.client.terminate_job().job_id(id).reason("its owner gave it up").send().await;
            stopped.map_err(port(SERVICE, "TerminateJob"))?;
        }
        Ok(())
    }
}
