//! Publishes each change of a job's state on the default event bus, where the template's rule receives it.
//!
//! At least once and in order. AWS does not allow anyone to publish its own events with PutEvents; so
//! `cloud.py` has an address for this program, and the emulator applies its rules, patterns and targets as
//! usual.

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

/// Delay before the next try.
const AGAIN: Duration = Duration::from_secs(1);

/// The emulator's event bus.
#[derive(Debug, Clone)]
pub(crate) struct EventBus {
    client: Client,
    address: String,
}

impl EventBus {
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

/// The event in the format of PutEvents.
fn entry(detail: &Value) -> Value {
    json!({
        "Source": "aws.batch", "DetailType": "Batch Job State Change", "Resources": [detail["jobArn"]],
        "Detail": detail.to_string(),
    })
}

/// Delivers events until the cloud stops.
pub(super) async fn deliver(store: Arc<Store>, bus: EventBus, mut stop: watch::Receiver<bool>) {
    let mut changes = store.changes();
    let mut complained = false;
    while !*stop.borrow() {
        changes.mark_unchanged();
        let Some(event) = store.next_event() else {
            tokio::select! {
                _ = changes.changed() => {}
                _ = stop.changed() => {}
            }
            continue;
        };
        match bus.put(&event).await {
            Ok(()) => {
                complained = false;
                store.mark_published();
            }
            Err(error) => {
                if !complained {
                    say(&format!("the state of a video's job cannot be published yet: {error:#}"));
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
    fn an_event_has_the_format_of_eventbridge() {
        let entry = entry(&job("a").detail());
        assert_eq!(entry["Source"], "aws.batch");
        assert_eq!(entry["DetailType"], "Batch Job State Change");
        assert_eq!(entry["Resources"][0], "arn:aws:batch:us-east-1:000000000000:job/a");
        let detail: Value = serde_json::from_str(entry["Detail"].as_str().expect("text")).expect("JSON");
        assert_eq!(detail["jobName"], "sansfond-a-0");
        assert_eq!(detail["status"], "RUNNABLE");
        assert_eq!(detail["container"]["environment"], json!([{"name": "SANSFOND_JOB", "value": "a"}]));
        assert!(detail.get("startedAt").is_none(), "absent values are left out");
    }
}
