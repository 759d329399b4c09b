//! The queues of work.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use sansfond_domain::ports::{PortError, StopQueue, WorkQueue};
use sansfond_domain::{Job, JobKind};

use crate::error::port;
use crate::events::{JobMessage, QueueMessage};

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
        self.send(&QueueMessage::JobStopped(JobMessage::of(job))).await
    }
}
