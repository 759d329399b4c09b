//! The queues of work.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use sansfond_domain::Job;
use sansfond_domain::ports::{PortError, WorkQueue};

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
}

#[async_trait]
impl WorkQueue for Queue {
    async fn enqueue(&self, job: &Job) -> Result<(), PortError> {
        let Job { id, account, retries, .. } = job;
        let body = serde_json::json!({ "account": account, "job": id, "retry": retries }).to_string();
        let sent = self.client.send_message().queue_url(&self.url).message_body(body).send().await;
        sent.map(drop).map_err(port("SQS", "SendMessage"))
    }
}
