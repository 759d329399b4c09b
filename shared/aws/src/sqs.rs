//! The queues of work.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use sansfond_domain::ports::{PortError, StopQueue, WorkQueue};
use sansfond_domain::{Job, JobKind};

use crate::error::port;

/// One queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The queue with that URL.
    #[must_use]
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { client: Client::new(config), url }
    }

    async fn send(&self, body: &serde_json::Value) -> Result<(), PortError> {
        let message = self.client.send_message().queue_url(&self.url).message_body(body.to_string());
        message.send().await.map(drop).map_err(port("SQS", "SendMessage"))
    }
}

#[async_trait]
impl WorkQueue for Queue {
    async fn enqueue(&self, job: &Job) -> Result<(), PortError> {
        let Job { id, account, retries, .. } = job;
        self.send(&serde_json::json!({ "account": account, "job": id, "retry": retries })).await
    }
}

/// The queue of each kind of job. A job goes into the queue of its kind, so that no caller can put it into the other.
#[derive(Debug, Clone)]
pub struct QueueByKind {
    /// Of the image function.
    pub images: Queue,
    /// Of videos that wait for machines.
    pub videos: Queue,
}

#[async_trait]
impl WorkQueue for QueueByKind {
    async fn enqueue(&self, job: &Job) -> Result<(), PortError> {
        match job.kind {
            JobKind::Image => self.images.enqueue(job).await,
            JobKind::Video => self.videos.enqueue(job).await,
        }
    }
}

#[async_trait]
impl StopQueue for Queue {
    async fn stop(&self, job: &Job) -> Result<(), PortError> {
        let Job { id, account, retries, .. } = job;
        self.send(&serde_json::json!({ "account": account, "job": id, "retry": retries, "stop": true })).await
    }
}
