//! Jobs, from the announcement of an upload to their end.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Answer, Client, request};
use super::local_cloud::LocalCloud;
use super::until;

/// The limit for a picture without failures, on a busy machine.
pub(super) const PROMPT: Duration = Duration::from_secs(120);
/// The limit for a picture whose first worker dies; each try comes 26 s after the one before.
pub(super) const PATIENT: Duration = Duration::from_secs(150);

/// The body of `POST /api/uploads`.
pub(super) fn declaration(name: &str, media_type: &str, size_bytes: usize) -> Value {
    json!({"name": name, "type": media_type, "size_bytes": size_bytes})
}

/// Announces a PNG without sending it.
pub(super) fn announce(client: &mut Client, name: &str, size_bytes: usize) -> Value {
    client.post("/api/uploads", &declaration(name, "image/png", size_bytes)).expect(201).json()
}

/// Uploads the bytes to the announced link.
pub(super) fn put(announced: &Value, bytes: &[u8]) -> Answer {
    let upload = &announced["upload"];
    assert_eq!(upload["method"], "PUT");
    let media_type = upload["headers"]["Content-Type"].as_str().expect("a header");
    request("PUT", upload["url"].as_str().expect("a link"), &[("content-type", media_type)], Some(bytes))
}

/// Announces and sends a PNG; returns the job's ID.
pub(super) fn upload(client: &mut Client, name: &str, bytes: &[u8]) -> String {
    let announced = announce(client, name, bytes.len());
    put(&announced, bytes).expect(200);
    id(&announced["job"])
}

pub(super) fn id(job: &Value) -> String {
    job["id"].as_str().expect("an id").to_owned()
}

/// The current state of a job.
pub(super) fn job(client: &mut Client, id: &str) -> Value {
    client.get(&format!("/api/jobs/{id}")).expect(200).json()
}

/// Waits for the end of a job.
pub(super) fn ended(client: &mut Client, id: &str, limit: Duration) -> Value {
    until(&format!("job {id} ends"), limit, || {
        let job = job(client, id);
        (!matches!(job["state"].as_str(), Some("pending" | "queued" | "processing"))).then_some(job)
    })
}

/// Waits for the success of a job.
#[track_caller]
pub(super) fn completed(client: &mut Client, id: &str, limit: Duration) -> Value {
    let job = ended(client, id, limit);
    assert_eq!(
        (job["state"].as_str(), job["progress_percent"].as_u64()),
        (Some("completed"), Some(100)),
        "{job}"
    );
    job
}

/// Waits for the failure of a job with this code.
#[track_caller]
pub(super) fn failed(client: &mut Client, id: &str, code: &str, limit: Duration) -> Value {
    let job = ended(client, id, limit);
    assert_eq!(
        (job["state"].as_str(), job["failure"]["code"].as_str()),
        (Some("failed"), Some(code)),
        "{job}"
    );
    job
}

pub(super) fn result(job: &Value) -> Answer {
    request("GET", job["result"]["download_url"].as_str().expect("a link"), &[], None).expect(200)
}

/// The numbers of used, remaining and open pictures.
pub(super) fn usage(client: &mut Client) -> (u64, u64, u64) {
    let usage = client.get("/api/usage").expect(200).json();
    let number = |value: &Value| value.as_u64().expect("a number");
    (number(&usage["images"]["used"]), number(&usage["images"]["remaining"]), number(&usage["open_jobs"]))
}

/// The entries of the ledger for a job, the oldest first: reason and credits.
pub(super) fn ledger(client: &mut Client, id: &str) -> Vec<(String, i64)> {
    let page = client.get("/api/usage/history?limit=100").expect(200).json();
    let entries = page["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .rev()
        .filter(|entry| entry["cause"]["job_id"] == id);
    entries
        .map(|entry| {
            let reason = entry["cause"]["reason"].as_str().expect("text");
            (reason.to_owned(), entry["credits"].as_i64().expect("a number"))
        })
        .collect()
}

/// Entries in the format of [`ledger`].
pub(super) fn entries(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|&(reason, credits)| (reason.to_owned(), credits)).collect()
}

/// Sets the due time of a job to the past, at which the sweep processes it: its upload is missing, or its
/// worker sends no heartbeat.
pub(super) fn is_due(local_cloud: &LocalCloud, account: &str, id: &str) {
    let key = json!({"pk": {"S": format!("account#{account}")}, "sk": {"S": format!("job#{id}")}});
    local_cloud.aws(
        "dynamodb",
        "update_item",
        json!({"TableName": local_cloud.output("TableName"), "Key": key, "UpdateExpression": "SET due_at = :past",
            "ExpressionAttributeValues": {":past": {"N": "1"}}}),
    );
}

/// Runs `expire_jobs`, as its schedule does every five minutes.
pub(super) fn sweep(local_cloud: &LocalCloud) {
    let run =
        json!({"FunctionName": local_cloud.output("ExpireJobsFunctionName"), "Payload": clock().to_string()});
    let answer = local_cloud.aws("lambda", "invoke", run);
    assert!(answer["FunctionError"].is_null(), "{answer}");
}

/// The event of an EventBridge schedule.
fn clock() -> Value {
    json!({"version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "111122223333", "time": "2026-11-22T10:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:111122223333:rule/clock"], "detail": {}})
}
