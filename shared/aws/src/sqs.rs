//! The queues of work.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use sansfond_domain::Job;
use sansfond_domain::ports::{PortError, StopQueue, WorkQueue};

use crate::error::port;

/// The queue.
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

#[async_trait]
impl StopQueue for Queue {
    async fn stop(&self, job: &Job) -> Result<(), PortError> {
        let Job { id, account, retries, .. } = job;
        self.send(&serde_json::json!({ "account": account, "job": id, "retry": retries, "stop": true })).await
    }
}
