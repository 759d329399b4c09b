//! Video jobs in AWS Batch: submitting, stopping and settling.

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use sansfond_api::events::{dispatch_video, fail_dead_letters, settle_video};
use sansfond_boot::{OnMessage, each_message};
use sansfond_domain::{Failure, JobId, JobState};
use sansfond_embedded::{Reply, Step};
use serde_json::{Value, json};

use crate::test_api::{ADA, TestApi};
use crate::videos::{completed, queued, sent, used};

/// Delivers a message and returns whether it is redelivered.
pub(crate) async fn deliver(handler: &impl OnMessage, body: &Value) -> bool {
    let mut message = SqsMessage::default();
    message.message_id = Some("m-1".to_owned());
    message.body = Some(body.to_string());
    let mut event = SqsEvent::default();
    event.records = vec![message];
    !each_message(handler, event).await.batch_item_failures.is_empty()
}

pub(crate) fn video_task(job: &JobId, retry: u32) -> Value {
    json!({ "detail-type": "Job Queued", "detail": { "account": ADA, "job": job, "retry": retry } })
}

fn stop(job: &JobId, retry: u32) -> Value {
    json!({ "detail-type": "Job Stopped", "detail": { "account": ADA, "job": job, "retry": retry } })
}

/// The message that EventBridge delivers.
pub(crate) fn changed(job: &JobId, retry: u32, status: &str) -> Value {
    json!({
        "source": "aws.batch", "detail-type": "Batch Job State Change",
        "detail": {
            "jobName": format!("sansfond-{job}-{retry}"), "status": status, "statusReason": "Host EC2 terminated.",
            "container": { "exitCode": 1, "environment": [
                { "name": "SANSFOND_TABLE", "value": "sansfond" },
                { "name": "SANSFOND_ACCOUNT", "value": ADA },
                { "name": "SANSFOND_JOB", "value": job },
                { "name": "SANSFOND_RETRY", "value": retry.to_string() },
            ] },
        },
    })
}

/// A job description of Batch.
fn known(job: &JobId, retry: u32, status: &str) -> Value {
    json!({ "jobId": "b-1", "jobName": format!("sansfond-{job}-{retry}"), "status": status })
}

pub(crate) fn listed(test_api: &TestApi, jobs: &[Value]) {
    test_api.script().next("ListJobs", 1, Step::Instead(Reply::ok(json!({ "jobSummaryList": jobs }))));
}

pub(crate) fn submitted() -> Step {
    Step::Instead(Reply::ok(json!({ "jobId": "b-1", "jobName": "any" })))
}

pub(crate) async fn given_up(test_api: &TestApi, job: &JobId) {
    test_api.script().next("SendMessage", 1, sent());
    test_api.post(&format!("/api/jobs/{job}/cancel"), json!({})).by(ADA).send().await.good(200);
}

pub(crate) async fn tried_again(test_api: &TestApi, job: &JobId) {
    test_api.script().next("SendMessage", 1, sent());
    test_api.post(&format!("/api/jobs/{job}/retry"), json!({})).by(ADA).send().await.good(202);
}

#[tokio::test]
async fn a_repeated_submission_creates_one_batch_job() {
    let test_api = TestApi::open().await;
    let job = queued(&test_api, json!({})).await;
    let handler = dispatch_video::handler(&test_api.boot).expect("a handler");
    listed(&test_api, &[]);
    listed(&test_api, &[known(&job, 0, "RUNNABLE")]);
    test_api.script().next("SubmitJob", 2, submitted());
    for _ in 0..2 {
        assert!(!deliver(&handler, &video_task(&job, 0)).await);
    }
    let seen = test_api.script().seen("SubmitJob");
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (&seen[0]["jobName"], &seen[0]["jobQueue"], &seen[0]["jobDefinition"]),
        (&json!(format!("sansfond-{job}-0")), &json!("machines"), &json!("worker:1"))
    );
}

#[tokio::test]
async fn only_queued_jobs_are_submitted() {
    let test_api = TestApi::open().await;
    let handler = dispatch_video::handler(&test_api.boot).expect("a handler");
    let cancelled = queued(&test_api, json!({})).await;
    given_up(&test_api, &cancelled).await;
    assert!(!deliver(&handler, &video_task(&cancelled, 0)).await);
    tried_again(&test_api, &cancelled).await;
    assert!(!deliver(&handler, &video_task(&cancelled, 0)).await, "the message is about the previous try");
    let done = queued(&test_api, json!({ "preview": true })).await;
    completed(&test_api, &done, "video/webm", "webm").await;
    assert!(!deliver(&handler, &video_task(&done, 0)).await);
    let nobodys: JobId = "0190a0b0c0d0e0f00112233445566778".parse().expect("a name");
    assert!(!deliver(&handler, &video_task(&nobodys, 0)).await);
    for nonsense in [json!({}), changed(&nobodys, 0, "FAILED")] {
        assert!(deliver(&handler, &nonsense).await, "the message is redelivered: {nonsense}");
    }
    assert_eq!(test_api.script().seen("ListJobs").len() + test_api.script().seen("SubmitJob").len(), 0);
}

#[tokio::test]
async fn a_stop_applies_to_the_cancelled_try() {
    let test_api = TestApi::open().await;
    let job = queued(&test_api, json!({})).await;
    given_up(&test_api, &job).await;
    tried_again(&test_api, &job).await;
    let handler = dispatch_video::handler(&test_api.boot).expect("a handler");
    listed(&test_api, &[known(&job, 0, "RUNNING")]);
    test_api.script().next("TerminateJob", 1, Step::Instead(Reply::ok(json!({}))));
    assert!(!deliver(&handler, &stop(&job, 0)).await);
    assert_eq!(
        test_api.script().seen("ListJobs")[0]["filters"][0]["values"],
        json!([format!("sansfond-{job}-0")])
    );
    assert_eq!(test_api.script().seen("TerminateJob")[0]["jobId"], "b-1");
    listed(&test_api, &[known(&job, 0, "FAILED")]);
    assert!(!deliver(&handler, &stop(&job, 0)).await, "a repeated stop has nothing to stop");
    assert_eq!(test_api.script().seen("TerminateJob").len(), 1);
    assert_eq!(test_api.job(&job).await.state, JobState::Queued, "the current try continues");
}

#[tokio::test]
async fn a_message_is_redelivered_when_batch_does_not_respond() {
    let test_api = TestApi::open().await;
    let job = queued(&test_api, json!({})).await;
    let handler = dispatch_video::handler(&test_api.boot).expect("a handler");
    test_api.script().next("ListJobs", 3, Step::Instead(Reply::broken()));
    assert!(deliver(&handler, &video_task(&job, 0)).await);
    assert_eq!(test_api.script().forget(), 0);
    listed(&test_api, &[]);
    test_api.script().next("SubmitJob", 1, submitted());
    assert!(!deliver(&handler, &video_task(&job, 0)).await);
    assert_eq!(test_api.script().seen("SubmitJob").len(), 1);
}

#[tokio::test]
async fn a_job_left_open_by_its_worker_fails_once() {
    for status in ["FAILED", "SUCCEEDED"] {
        let test_api = TestApi::open().await;
        let job = queued(&test_api, json!({})).await;
        assert_eq!(used(&test_api).await, json!([1, 1, 1]));
        let handler = settle_video::handler(&test_api.boot).expect("a handler");
        for _ in 0..2 {
            assert!(!deliver(&handler, &changed(&job, 0, status)).await);
            let job = test_api.job(&job).await;
            assert_eq!((job.state, job.failure), (JobState::Failed, Some(Failure::WorkerLost)), "{status}");
            assert_eq!(used(&test_api).await, json!([0, 2, 0]), "{status}");
        }
    }
}

#[tokio::test]
async fn the_end_of_an_earlier_try_does_not_fail_a_later_one() {
    let test_api = TestApi::open().await;
    let job = queued(&test_api, json!({})).await;
    given_up(&test_api, &job).await;
    tried_again(&test_api, &job).await;
    let handler = settle_video::handler(&test_api.boot).expect("a handler");
    assert!(!deliver(&handler, &changed(&job, 0, "FAILED")).await);
    assert_eq!(test_api.job(&job).await.state, JobState::Queued);
    assert_eq!(used(&test_api).await, json!([1, 1, 1]));
    assert!(!deliver(&handler, &changed(&job, 1, "FAILED")).await);
    assert_eq!(test_api.job(&job).await.state, JobState::Failed);
}

#[tokio::test]
async fn the_end_of_a_batch_job_is_redelivered_when_the_table_does_not_respond() {
    let test_api = TestApi::open().await;
    let job = queued(&test_api, json!({})).await;
    let handler = settle_video::handler(&test_api.boot).expect("a handler");
    test_api.script().next("TransactWriteItems", 3, Step::Instead(Reply::broken()));
    assert!(deliver(&handler, &changed(&job, 0, "FAILED")).await);
    assert!(!deliver(&handler, &changed(&job, 0, "FAILED")).await);
    assert_eq!(used(&test_api).await, json!([0, 2, 0]));
    assert!(deliver(&handler, &changed(&job, 0, "RUNNING")).await, "BatchRule sends ends only");
    let gone: JobId = "0190a0b0c0d0e0f00112233445566778".parse().expect("a name");
    assert!(!deliver(&handler, &changed(&gone, 0, "FAILED")).await);
}

#[tokio::test]
async fn dead_letters_of_every_video_queue_fail_their_job() {
    let test_api = TestApi::open().await;
    let handler = fail_dead_letters::handler(&test_api.boot).expect("a handler");
    let dead_letters = [
        |job: &JobId| json!({ "detail-type": "Object Created", "detail": { "object": { "key": format!("videos/{ADA}/{job}/source"), "etag": "e" } } }),
        |job: &JobId| video_task(job, 0),
        |job: &JobId| changed(job, 0, "FAILED"),
    ];
    for dead_letter in dead_letters {
        let job = queued(&test_api, json!({})).await;
        for _ in 0..2 {
            assert!(!deliver(&handler, &dead_letter(&job)).await);
            assert_eq!(test_api.job(&job).await.failure, Some(Failure::WorkerLost));
            assert_eq!(used(&test_api).await, json!([0, 2, 0]));
        }
    }
}
