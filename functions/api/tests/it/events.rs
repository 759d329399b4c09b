//! Event handlers.

use aws_lambda_events::event::sqs::SqsEvent;
use sansfond_api::events::{expire_jobs, fail_dead_letters};
use sansfond_boot::each_message;
use sansfond_domain::ports::Jobs;
use sansfond_domain::{Failure, JobId, JobState};
use sansfond_embedded::{Reply, Step};
use serde_json::{Value, json};

use crate::test_api::{ADA, TestApi};
use crate::video_events::video_task;

const DEAD_LETTERS: &str = include_str!("../../../../fixtures/events/dead-letters.json");
/// The job of the fixture.
const FIXTURE_JOB: &str = "0190a0b0c0d0e0f00112233445566778";

/// The event of the fixture: a dead letter of an upload and one of a retried job.
fn dead_letters(uploaded: &JobId, again: &JobId) -> SqsEvent {
    let mut event: Value = serde_json::from_str(DEAD_LETTERS).expect("JSON");
    for (record, job) in event["Records"].as_array_mut().expect("a list").iter_mut().zip([uploaded, again]) {
        let body = record["body"].as_str().expect("a body").replace(FIXTURE_JOB, job.as_ref());
        record["body"] = json!(body);
    }
    serde_json::from_value(event).expect("an event")
}

pub(crate) async fn expire(test_api: &TestApi) -> anyhow::Result<usize> {
    expire_jobs::Sweep::of(&test_api.boot)?.run().await
}

async fn credits(test_api: &TestApi) -> Value {
    let usage = test_api.get("/api/usage").by(ADA).send().await.good(200);
    let history = test_api.get("/api/usage/history").by(ADA).send().await.good(200);
    let reasons = history["entries"].as_array().expect("a list").iter();
    let back = reasons.filter(|entry| entry["credits"] == 1).count();
    json!([usage["images"]["used"], usage["open_jobs"], back])
}

#[tokio::test]
async fn stalled_jobs_are_ended_and_their_credits_returned() {
    let test_api = TestApi::open().await;
    let (never_came, still_time) = (test_api.accepted().await, test_api.accepted().await);
    test_api.overdue(&never_came, 1).await;
    assert_eq!(expire(&test_api).await.expect("no trouble"), 1);
    assert_eq!(test_api.job(&never_came).await.state, JobState::Expired);
    assert_eq!(test_api.job(&still_time).await.state, JobState::Pending);
    assert_eq!(credits(&test_api).await, json!([1, 1, 1]));
    assert_eq!(expire(&test_api).await.expect("no trouble"), 0);
    assert_eq!(credits(&test_api).await, json!([1, 1, 1]), "once");
}

#[tokio::test]
async fn two_simultaneous_runs_return_each_credit_once() {
    let test_api = TestApi::open().await;
    for _ in 0..10 {
        test_api.overdue(&test_api.accepted().await, 1).await;
    }
    let (first, second) = tokio::join!(expire(&test_api), expire(&test_api));
    assert_eq!(first.expect("no trouble") + second.expect("no trouble"), 10);
    assert_eq!(credits(&test_api).await, json!([0, 0, 10]));
}

#[tokio::test]
async fn a_job_that_cannot_be_ended_does_not_hold_up_the_others() {
    let test_api = TestApi::open().await;
    let (first, second) = (test_api.accepted().await, test_api.accepted().await);
    test_api.overdue(&first, 2).await;
    test_api.overdue(&second, 1).await;
    test_api.script().next("TransactWriteItems", 1, Step::Instead(Reply::cancelled(&["ValidationError"])));
    expire(&test_api).await.expect_err("the error is reported");
    assert_eq!(test_api.job(&first).await.state, JobState::Pending);
    assert_eq!(test_api.job(&second).await.state, JobState::Expired);
    assert_eq!(expire(&test_api).await.expect("no trouble"), 1);
}

#[tokio::test]
async fn a_duplicate_dead_letter_returns_one_credit() {
    let test_api = TestApi::open().await;
    let (uploaded, again) = (test_api.accepted().await, test_api.accepted().await);
    test_api.started(&uploaded).await;
    let handler = fail_dead_letters::handler(&test_api.boot).expect("a handler");
    for _ in 0..2 {
        let answer = each_message(&handler, dead_letters(&uploaded, &again)).await;
        assert_eq!(answer.batch_item_failures, []);
        for job in [&uploaded, &again] {
            let job = test_api.job(job).await;
            assert_eq!((job.state, job.failure), (JobState::Failed, Some(Failure::WorkerLost)));
        }
        assert_eq!(credits(&test_api).await, json!([0, 0, 2]));
    }
}

#[tokio::test]
async fn a_late_dead_letter_of_an_earlier_attempt_does_not_end_a_later_one() {
    let test_api = TestApi::open().await;
    let (uploaded, again) = (test_api.accepted().await, test_api.accepted().await);
    for job in [&uploaded, &again] {
        test_api.failed(job).await;
        test_api.retried(job).await;
    }
    let handler = fail_dead_letters::handler(&test_api.boot).expect("a handler");
    // Both are about the first attempt.
    assert_eq!(each_message(&handler, dead_letters(&uploaded, &again)).await.batch_item_failures, []);
    for job in [&uploaded, &again] {
        assert_eq!(test_api.job(job).await.state, JobState::Queued);
    }
    assert_eq!(credits(&test_api).await, json!([2, 2, 2]));
    let mut event = dead_letters(&uploaded, &again);
    event.records[1].body = Some(video_task(&again, 1).to_string());
    assert_eq!(each_message(&handler, event).await.batch_item_failures, []);
    assert_eq!(test_api.job(&uploaded).await.state, JobState::Queued);
    assert_eq!(test_api.job(&again).await.failure, Some(Failure::WorkerLost));
    assert_eq!(credits(&test_api).await, json!([1, 1, 3]));
}

#[tokio::test]
async fn a_dead_letter_of_an_ended_or_deleted_job_changes_nothing() {
    let test_api = TestApi::open().await;
    let (done, gone) = (test_api.accepted().await, test_api.accepted().await);
    test_api.completed(&done).await;
    test_api.failed(&gone).await;
    assert!(test_api.table.forget(&ADA.parse().expect("a name"), &gone).await.expect("an answer"));
    let handler = fail_dead_letters::handler(&test_api.boot).expect("a handler");
    assert_eq!(each_message(&handler, dead_letters(&done, &gone)).await.batch_item_failures, []);
    assert_eq!(test_api.job(&done).await.state, JobState::Completed);
    assert_eq!(credits(&test_api).await, json!([1, 0, 1]));
}

#[tokio::test]
async fn an_unreadable_dead_letter_is_dropped() {
    let test_api = TestApi::open().await;
    let mut event = dead_letters(&test_api.accepted().await, &test_api.accepted().await);
    event.records[0].body = Some("{}".to_owned());
    event.records[1].body = None;
    let handler = fail_dead_letters::handler(&test_api.boot).expect("a handler");
    assert_eq!(each_message(&handler, event).await.batch_item_failures, []);
    assert_eq!(credits(&test_api).await, json!([2, 2, 0]));
}

#[tokio::test]
async fn a_dead_letter_is_redelivered_when_the_table_does_not_respond() {
    let test_api = TestApi::open().await;
    let (uploaded, again) = (test_api.accepted().await, test_api.accepted().await);
    let handler = fail_dead_letters::handler(&test_api.boot).expect("a handler");
    test_api.script().next("TransactWriteItems", 3, Step::Instead(Reply::broken()));
    let answer = each_message(&handler, dead_letters(&uploaded, &again)).await;
    let failed: Vec<_> = answer.batch_item_failures.iter().map(|one| one.item_identifier.as_str()).collect();
    assert_eq!(failed, ["059f36b4-87a3-44ab-83d2-661975830a7d"], "the first alone");
    assert_eq!(test_api.job(&uploaded).await.state, JobState::Pending);
    assert_eq!(test_api.job(&again).await.state, JobState::Failed);
}
