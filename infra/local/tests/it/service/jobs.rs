//! Jobs, from the declaration of an upload to their end.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Answer, Client, request};
use super::local_cloud::LocalCloud;
use super::until;

/// For a picture that nothing goes wrong with, on a machine that has other things to do.
pub(super) const PROMPT: Duration = Duration::from_secs(120);
/// For one whose first worker dies; each try comes 26 s after the one before.
pub(super) const PATIENT: Duration = Duration::from_secs(150);

/// What `POST /api/uploads` takes.
pub(super) fn declaration(name: &str, media_type: &str, size_bytes: usize) -> Value {
    json!({"name": name, "type": media_type, "size_bytes": size_bytes})
}

/// Announces a PNG; the bytes do not come yet.
pub(super) fn announce(client: &mut Client, name: &str, size_bytes: usize) -> Value {
    client.post("/api/uploads", &declaration(name, "image/png", size_bytes)).expect(201).json()
}

/// Sends the bytes where an announcement says.
pub(super) fn put(announced: &Value, bytes: &[u8]) -> Answer {
    let upload = &announced["upload"];
    assert_eq!(upload["method"], "PUT");
    let media_type = upload["headers"]["Content-Type"].as_str().expect("a header");
    request("PUT", upload["url"].as_str().expect("a link"), &[("content-type", media_type)], Some(bytes))
}

/// Announces and sends a PNG; gives back the job's name.
pub(super) fn upload(client: &mut Client, name: &str, bytes: &[u8]) -> String {
    let announced = announce(client, name, bytes.len());
    put(&announced, bytes).expect(200);
    id(&announced["job"])
}

pub(super) fn id(job: &Value) -> String {
    job["id"].as_str().expect("an id").to_owned()
}

/// A job as it is now.
pub(super) fn job(client: &mut Client, id: &str) -> Value {
    client.get(&format!("/api/jobs/{id}")).expect(200).json()
}

/// A job when it has ended.
pub(super) fn ended(client: &mut Client, id: &str, limit: Duration) -> Value {
    until(&format!("job {id} ends"), limit, || {
        let job = job(client, id);
        (!matches!(job["state"].as_str(), Some("pending" | "queued" | "processing"))).then_some(job)
    })
}

/// A job that ends as it should.
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

/// A job that fails with this code.
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

/// The result's bytes.
pub(super) fn result(job: &Value) -> Answer {
    request("GET", job["result"]["download_url"].as_str().expect("a link"), &[], None).expect(200)
}

/// How many pictures are used, left, and open.
pub(super) fn usage(client: &mut Client) -> (u64, u64, u64) {
    let usage = client.get("/api/usage").expect(200).json();
    let number = |value: &Value| value.as_u64().expect("a number");
    (number(&usage["images"]["used"]), number(&usage["images"]["remaining"]), number(&usage["open_jobs"]))
}

/// What the ledger says of a job, oldest first: why, and how many credits.
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

/// As [`ledger`] gives it.
pub(super) fn entries(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|&(reason, credits)| (reason.to_owned(), credits)).collect()
}

/// As if the time had come at which the sweep looks at a job: it has no upload yet, or nobody hears of its worker.
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

/// What a schedule of EventBridge sends.
fn clock() -> Value {
    json!({"version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "111122223333", "time": "2026-11-22T10:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:111122223333:rule/clock"], "detail": {}})
}
