//! Each change of a job's state goes to the default event bus, where the template's rule waits for it.
//!
//! At least once and in order. AWS's own events cannot be put there with PutEvents, by nobody; so `cloud.py`
//! has a door for this program, behind which rules, patterns and targets are the emulator's.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::store::Store;
use crate::http::Client;
use crate::say;

/// How long to wait when the bus does not take it.
const AGAIN: Duration = Duration::from_secs(1);

/// The way to the emulator's event bus.
#[derive(Debug, Clone)]
pub(crate) struct EventBus {
    client: Client,
    address: String,
}

impl EventBus {
    /// The bus of the emulator at this endpoint.
    pub(crate) fn new(client: Client, endpoint: &str) -> Self {
        Self { client, address: format!("{endpoint}/_sansfond/events") }
    }

    async fn put(&self, detail: &Value) -> anyhow::Result<()> {
        let request = Request::post(&self.address)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json!({"Entries": [entry(detail)]}).to_string()))?;
        let response = self.client.request(request).await?;
        let status = response.status();
        let answer = response.into_body().collect().await?.to_bytes();
        anyhow::ensure!(status.is_success(), "the event bus answers {status}");
        let answer: Value = serde_json::from_slice(&answer)?;
        anyhow::ensure!(answer["FailedEntryCount"] == 0, "the event bus says {answer}");
        Ok(())
    }
}

/// The event, as PutEvents would have it.
fn entry(detail: &Value) -> Value {
    json!({
        "Source": "aws.batch", "DetailType": "Batch Job State Change", "Resources": [detail["jobArn"]],
        "Detail": detail.to_string(),
    })
}

/// Until the cloud stops.
pub(super) async fn deliver(store: Arc<Store>, bus: EventBus, mut stop: watch::Receiver<bool>) {
    let mut changes = store.changes();
    let mut complained = false;
    while !*stop.borrow() {
        changes.mark_unchanged();
        let Some(news) = store.news() else {
            tokio::select! {
                _ = changes.changed() => {}
                _ = stop.changed() => {}
            }
            continue;
        };
        match bus.put(&news).await {
            Ok(()) => {
                complained = false;
                store.told();
            }
            Err(error) => {
                if !complained {
                    say(&format!("news of a video's job cannot be delivered yet: {error:#}"));
                }
                complained = true;
                tokio::select! {
                    () = tokio::time::sleep(AGAIN) => {}
                    _ = stop.changed() => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::job::tests::job;
    use super::*;

    #[test]
    fn an_event_says_what_eventbridge_says() {
        let entry = entry(&job("a").detail());
        assert_eq!(entry["Source"], "aws.batch");
        assert_eq!(entry["DetailType"], "Batch Job State Change");
        assert_eq!(entry["Resources"][0], "arn:aws:batch:us-east-1:000000000000:job/a");
        let detail: Value = serde_json::from_str(entry["Detail"].as_str().expect("text")).expect("JSON");
        assert_eq!(detail["jobName"], "sansfond-a-0");
        assert_eq!(detail["status"], "RUNNABLE");
        assert_eq!(detail["container"]["environment"], json!([{"name": "SANSFOND_JOB", "value": "a"}]));
        assert!(detail.get("startedAt").is_none(), "what is not known is left away");
    }
}
