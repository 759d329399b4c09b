//! AWS delivers every event at least once. Here each comes twice, and has its effect once.

use std::time::Duration;

use serde_json::{Value, json};

use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::{cat, fixture, large_cat};
use super::{jobs, until};

/// A message that was not processed is delivered again after 26 s.
const QUEUE_LIMIT: Duration = Duration::from_secs(90);

#[test]
fn an_event_delivered_three_times_has_one_result() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "twice");
    let announced = jobs::announce(&mut person.browser, "cat.png", cat().len());
    let id = jobs::id(&announced["job"]);
    let etag = jobs::put(&announced, &cat()).expect(200).header("etag").to_owned();
    let event = arrival(local_cloud, &person.id, &id, &etag);
    // During the work: another worker may get this event, and has to leave the job alone.
    send(local_cloud, "ImageQueueUrl", &event);
    let job = jobs::completed(&mut person.browser, &id, jobs::PROMPT);
    let file = jobs::result(&job).body;
    send(local_cloud, "ImageQueueUrl", &event);
    is_empty(local_cloud, "ImageQueueUrl");
    // Late, and with another reason: the job's own end stands.
    send(local_cloud, "DeadLetterQueueUrl", &event);
    is_empty(local_cloud, "DeadLetterQueueUrl");

    let again = jobs::job(&mut person.browser, &id);
    assert_eq!((&again["updated_at"], &again["state"]), (&job["updated_at"], &job["state"]));
    assert_eq!(jobs::result(&again).body, file);
    assert_eq!(jobs::ledger(&mut person.browser, &id), jobs::entries(&[("reserved", -1), ("kept", 0)]));
    assert_eq!(jobs::usage(&mut person.browser), (1, 9, 0));
    let folder =
        json!({"Bucket": local_cloud.output("BucketName"), "Prefix": format!("results/{}/{id}/", person.id)});
    let files = local_cloud.aws("s3", "list_objects_v2", folder);
    assert_eq!(files["KeyCount"], 2, "the result and its preview: {files}");
}

#[test]
fn a_repeated_dead_letter_returns_one_credit() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "dead-letter");
    let announced = jobs::announce(&mut person.browser, "cat.png", cat().len());
    let id = jobs::id(&announced["job"]);
    let letter =
        json!({"detail-type": "Job Queued", "detail": {"account": person.id, "job": id, "retry": 0}});
    for _ in 0..2 {
        send(local_cloud, "DeadLetterQueueUrl", &letter);
    }
    jobs::failed(&mut person.browser, &id, "worker_lost", jobs::PROMPT);
    send(local_cloud, "DeadLetterQueueUrl", &letter);
    send(local_cloud, "DeadLetterQueueUrl", &json!("nobody understands this"));
    is_empty(local_cloud, "DeadLetterQueueUrl");
    let entries = jobs::entries(&[("reserved", -1), ("failed", 1)]);
    assert_eq!(jobs::ledger(&mut person.browser, &id), entries);
    assert_eq!(jobs::usage(&mut person.browser), (0, 10, 0));
    // Bytes that arrive too late are not processed.
    jobs::put(&announced, &cat()).expect(200);
    is_empty(local_cloud, "ImageQueueUrl");
    assert_eq!(jobs::ledger(&mut person.browser, &id), entries);
}

#[test]
fn a_missing_upload_expires_once() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "expired");
    let ids = [(), ()].map(|()| jobs::id(&jobs::announce(&mut person.browser, "cat.png", 1000)["job"]));
    // Twenty minutes have passed for the first of them.
    jobs::is_due(local_cloud, &person.id, &ids[0]);
    for _ in 0..2 {
        jobs::sweep(local_cloud);
    }
    let states = ids.each_ref().map(|id| jobs::job(&mut person.browser, id)["state"].clone());
    assert_eq!(states, ["expired", "pending"]);
    let entries = jobs::entries(&[("reserved", -1), ("expired", 1)]);
    assert_eq!(jobs::ledger(&mut person.browser, &ids[0]), entries);
    assert_eq!(jobs::usage(&mut person.browser), (1, 9, 1));
}

#[test]
fn a_failed_job_is_retried_for_another_credit() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "again");
    let picture = large_cat();
    let announced = jobs::announce(&mut person.browser, "cat.png", picture.len());
    let id = jobs::id(&announced["job"]);
    let retry = format!("/api/jobs/{id}/retry");
    person.browser.do_post(&retry).problem(409, "invalid_state");
    jobs::put(&announced, &picture).expect(200);
    until("the job is begun", jobs::PROMPT, || {
        (jobs::job(&mut person.browser, &id)["state"] == "processing").then_some(())
    });
    // Cancelled during the work: its result is dropped.
    person.browser.do_post(&format!("/api/jobs/{id}/cancel")).expect(200);
    is_empty(local_cloud, "ImageQueueUrl");
    assert_eq!(jobs::job(&mut person.browser, &id)["state"], "cancelled");
    assert_eq!(jobs::usage(&mut person.browser), (0, 10, 0));
    // Twice, as an impatient user clicks. A worker may be faster than the second click.
    person.browser.do_post(&retry).expect(202);
    let second = person.browser.do_post(&retry);
    assert!(second.status == 202 || second.json()["state"] == "processing", "{}", second.text());
    jobs::completed(&mut person.browser, &id, jobs::PATIENT);
    let entries = jobs::entries(&[("reserved", -1), ("cancelled", 1), ("reserved", -1), ("kept", 0)]);
    assert_eq!(jobs::ledger(&mut person.browser, &id), entries);
    assert_eq!(jobs::usage(&mut person.browser), (1, 9, 0));
}

/// S3's own event for an uploaded file.
pub(super) fn arrival(local_cloud: &LocalCloud, account: &str, job: &str, etag: &str) -> Value {
    let batch: Value = serde_json::from_slice(&fixture("events/upload-arrived.json")).expect("JSON");
    let body = batch["Records"][0]["body"].as_str().expect("a body");
    let mut event: Value = serde_json::from_str(body).expect("JSON");
    event["detail"]["bucket"]["name"] = json!(local_cloud.output("BucketName"));
    event["detail"]["object"]["key"] = json!(format!("uploads/{account}/{job}/source"));
    event["detail"]["object"]["etag"] = json!(etag.trim_matches('"'));
    event
}

fn send(local_cloud: &LocalCloud, queue: &str, body: &Value) {
    let message = json!({"QueueUrl": local_cloud.output(queue), "MessageBody": body.to_string()});
    local_cloud.aws("sqs", "send_message", message);
}

/// Waits until every message has been processed.
fn is_empty(local_cloud: &LocalCloud, queue: &str) {
    let ask = json!({"QueueUrl": local_cloud.output(queue), "AttributeNames": ["All"]});
    until(&format!("{queue} is empty"), QUEUE_LIMIT, || {
        let attributes = local_cloud.aws("sqs", "get_queue_attributes", ask.clone());
        let counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        counts.iter().all(|&name| attributes["Attributes"][name] == "0").then_some(())
    });
}
