//! The queues of jobs.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use sansfond_domain::ports::{PortError, StopQueue, WorkQueue};
use sansfond_domain::{Job, JobKind};

use crate::error::port;
use crate::events::{JobMessage, QueueMessage};

/// An SQS queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// A client for the queue with this URL.
    #[must_use]
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { client: Client::new(config), url }
    }

    async fn send(&self, message: &QueueMessage) -> Result<(), PortError> {
        let body = serde_json::to_string(message).expect("It has plain fields only. This is a bug.");
        let message = self.client.send_message().queue_url(&self.url).message_body(body);
        message.send().await.map(drop).map_err(port("SQS", "SendMessage"))
    }
}

#[async_trait]
impl WorkQueue for Queue {
    async fn enqueue(&self, job: &Job) -> Result<(), PortError> {
        self.send(&QueueMessage::JobQueued(JobMessage::of(job))).await
    }
}

/// One queue per kind of job. A job is sent to the queue of its kind, so that a caller cannot mix them up.
#[derive(Debug, Clone)]
pub struct QueueByKind {
    /// The queue of the image function.
    pub images: Queue,
    /// The queue of videos that wait for a machine.
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
        self.send(&QueueMessage::JobStopped(JobMessage::of(job))).await
    }
}
