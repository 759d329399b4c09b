//! Several jobs with one video: it is stored once and deleted with the last of them.

use axum::http::{Method, StatusCode};
use sansfond_api::events::dispatch_video;
use sansfond_aws::events::video_task;
use sansfond_domain::ports::Files;
use sansfond_domain::{JobId, JobState, Language};
use sansfond_embedded::{Reply, Step, http};
use sansfond_texts::refusal;
use serde_json::{Value, json};

use crate::test_api::{ADA, Answer, BOB, TestApi};
use crate::video_events::{deliver, listed, submitted, video_task as message};
use crate::videos::{DOOR, announce, completed, file, job_of, queued, sent, used, wish};

/// All keys of customers' files in the bucket.
async fn files(test_api: &TestApi) -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["uploads/", "videos/", "results/"] {
        files.extend(test_api.bucket.list(folder).await.expect("a list").into_iter().map(|file| file.key));
    }
    files
}

/// Creates a job with the video of an earlier one.
async fn reuse(test_api: &TestApi, source: &JobId) -> JobId {
    test_api.script().next("SendMessage", 1, sent());
    job_of(&announce(test_api, json!({ "source_job": source, "options": { "preview": true } })).await)
}

async fn act(test_api: &TestApi, method: Method, path: String) -> Answer {
    test_api.call(method, &path).by(ADA).send().await
}

async fn cancel(test_api: &TestApi, job: &JobId) {
    test_api.script().next("SendMessage", 1, sent());
    act(test_api, Method::POST, format!("/api/jobs/{job}/cancel")).await.good(200);
}

async fn delete(test_api: &TestApi, job: &JobId) {
    act(test_api, Method::DELETE, format!("/api/jobs/{job}")).await.good(204);
}

/// A completed video job.
async fn done(test_api: &TestApi) -> JobId {
    let job = queued(test_api, json!({ "preview": true })).await;
    completed(test_api, &job, "video/webm", "webm").await;
    job
}

/// The content behind `source_url`.
async fn source(test_api: &TestApi, job: &JobId) -> StatusCode {
    let view = act(test_api, Method::GET, format!("/api/jobs/{job}")).await.good(200);
    http::get(view["result"]["source_url"].as_str().expect("a link")).await.status()
}

#[tokio::test]
async fn a_reused_video_is_neither_uploaded_nor_copied() {
    let test_api = TestApi::open().await;
    let first = queued(&test_api, json!({ "preview": true })).await;
    let before = files(&test_api).await;
    test_api.script().next("SendMessage", 1, sent());
    let answer = announce(&test_api, json!({ "source_job": first, "options": { "format": "gif" } })).await;
    let second = job_of(&answer);
    assert_eq!((&answer["upload"], &answer["job"]["name"]), (&Value::Null, &json!("été.mp4")));
    assert_eq!(
        (&answer["job"]["options"]["format"], &answer["job"]["state"]),
        (&json!("gif"), &json!("queued"))
    );
    assert_eq!(answer["job"]["video"]["frame_count"], 30, "the video is not probed again");
    assert_eq!(files(&test_api).await, before, "nothing is copied");
    assert_eq!(test_api.script().seen("CopyObject"), Vec::<Value>::new());
    assert_eq!(used(&test_api).await, json!([1, 1, 2]));
    let seen = test_api.script().seen("SendMessage");
    assert!(seen[0]["QueueUrl"].as_str().is_some_and(|url| url.ends_with("/videos")), "{seen:?}");
    let video_task = video_task(seen[0]["MessageBody"].as_str().expect("a body")).expect("understood");
    assert_eq!((video_task.job, video_task.retry, video_task.stop), (second.clone(), 0, false));
    let [one, other] = [test_api.job(&first).await, test_api.job(&second).await];
    assert_eq!((other.source_key(), &other.input.version), (one.source_key(), &one.input.version));
    act(&test_api, Method::POST, format!("/api/jobs/{second}/upload")).await.good(200);
    act(&test_api, Method::GET, format!("/api/jobs/{second}/upload")).await.problem(409, "invalid_state");
}

#[tokio::test]
async fn an_unsuitable_source_is_rejected_and_costs_nothing() {
    let test_api = TestApi::open().await;
    let first = queued(&test_api, json!({ "preview": true })).await;
    let ask = |wish: Value| test_api.post(DOOR, wish).by(ADA);
    let again = json!({ "source_job": first });
    test_api.post(DOOR, again.clone()).by(BOB).send().await.problem(404, "not_found");
    ask(json!({ "source_job": test_api.accepted().await })).send().await.problem(404, "not_found");
    let never_came = job_of(&announce(&test_api, wish(5, json!({ "preview": true }))).await);
    ask(json!({ "source_job": never_came })).send().await.problem(409, "invalid_state");
    let behind = json!({ "source_job": first, "options": { "from_ms": 5_000 } });
    ask(behind).send().await.problem(422, "unsuitable_options");
    test_api.bucket.delete(&format!("videos/{ADA}/{first}/source")).await.expect("deleted");
    let refused = ask(again).send().await.problem(409, "invalid_state");
    assert_eq!(refused["detail"], refusal::video_deleted().in_language(Language::ENGLISH));
    assert_eq!(used(&test_api).await[0], 0);
    assert_eq!(test_api.script().seen("SendMessage"), Vec::<Value>::new());
}

#[tokio::test]
async fn a_reused_video_above_the_limit_is_rejected_at_once() {
    let test_api = TestApi::with(|settings| settings.free.video_seconds = 1).await;
    let first = queued(&test_api, json!({ "until_ms": 900 })).await;
    let wish = json!({ "source_job": first });
    test_api.post(DOOR, wish).by(ADA).send().await.problem(413, "too_large");
    assert_eq!(used(&test_api).await, json!([1, 1, 1]));
}

#[tokio::test]
async fn a_video_that_expires_soon_cannot_be_reused() {
    let test_api = TestApi::with(|settings| settings.retention.upload_days = 0).await;
    let first = queued(&test_api, json!({ "preview": true })).await;
    test_api.post(DOOR, json!({ "source_job": first })).by(ADA).send().await.problem(409, "invalid_state");
}

#[tokio::test]
async fn a_repeated_request_queues_one_job() {
    let test_api = TestApi::open().await;
    let first = queued(&test_api, json!({ "preview": true })).await;
    let wish = json!({ "source_job": first });
    let ask = || test_api.post(DOOR, wish.clone()).by(ADA).header("idempotency-key", "whole").send();
    test_api.script().next("SendMessage", 3, Step::Instead(Reply::broken()));
    ask().await.problem(503, "unavailable");
    test_api.script().next("SendMessage", 2, sent());
    let made = job_of(&ask().await.good(200));
    let same = ask().await.good(200);
    assert_eq!((job_of(&same), &same["job"]["state"]), (made.clone(), &json!("queued")));
    assert_eq!(used(&test_api).await, json!([1, 1, 2]));

    let handler = dispatch_video::handler(&test_api.boot).expect("a handler");
    listed(&test_api, &[]);
    let known = json!({ "jobId": "b-1", "jobName": format!("sansfond-{made}-0"), "status": "RUNNABLE" });
    listed(&test_api, &[known]);
    test_api.script().next("SubmitJob", 2, submitted());
    for _ in 0..2 {
        assert!(!deliver(&handler, &message(&made, 0)).await);
    }
    assert_eq!(test_api.script().seen("SubmitJob").len(), 1);

    completed(&test_api, &made, "video/webm", "webm").await;
    let late = ask().await.good(200);
    assert_eq!(late["job"]["state"], "completed", "and is not begun once more");
}

#[tokio::test]
async fn a_video_is_deleted_with_the_last_job_that_needs_it() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        let test_api = TestApi::with(|settings| settings.free.jobs_at_once = 9).await;
        let first = done(&test_api).await;
        let second = reuse(&test_api, &first).await;
        let third = reuse(&test_api, &second).await;
        for job in [&second, &third] {
            completed(&test_api, job, "video/webm", "webm").await;
        }
        let jobs = [&first, &second, &third];
        for (index, leaves) in order.into_iter().enumerate() {
            for job in &order[index..] {
                assert_eq!(source(&test_api, jobs[*job]).await, StatusCode::OK, "{order:?} {index}");
            }
            delete(&test_api, jobs[leaves]).await;
        }
        assert_eq!(files(&test_api).await, Vec::<String>::new(), "{order:?}");
        for job in jobs {
            act(&test_api, Method::GET, format!("/api/jobs/{job}")).await.problem(404, "not_found");
        }
    }
}

#[tokio::test]
async fn two_simultaneous_deletions_of_the_last_jobs_leave_no_files() {
    let test_api = TestApi::open().await;
    let first = done(&test_api).await;
    let second = reuse(&test_api, &first).await;
    cancel(&test_api, &second).await;
    tokio::join!(delete(&test_api, &first), delete(&test_api, &second));
    assert_eq!(files(&test_api).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_interrupted_deletion_can_be_repeated() {
    let test_api = TestApi::open().await;
    let first = done(&test_api).await;
    let second = reuse(&test_api, &first).await;
    cancel(&test_api, &second).await;
    delete(&test_api, &first).await;
    assert!(file(&test_api, &first).await.is_some(), "the second may be tried again");
    // The row of the job is deleted last, after its video is released.
    test_api.script().next("DeleteItem", 1, Step::Afterwards(Reply::ok(json!({}))));
    test_api.script().next("DeleteItem", 3, Step::Instead(Reply::broken()));
    act(&test_api, Method::DELETE, format!("/api/jobs/{second}")).await.problem(503, "unavailable");
    delete(&test_api, &second).await;
    assert_eq!(files(&test_api).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_cancelled_second_job_leaves_no_files() {
    let test_api = TestApi::open().await;
    let first = done(&test_api).await;
    let before = files(&test_api).await;
    for _ in 0..5 {
        let second = reuse(&test_api, &first).await;
        cancel(&test_api, &second).await;
        assert_eq!(test_api.job(&second).await.state, JobState::Cancelled);
        assert_eq!(files(&test_api).await, before);
    }
    assert_eq!(used(&test_api).await, json!([0, 2, 0]));
}

#[tokio::test]
async fn a_second_job_can_be_retried_after_the_first_is_deleted() {
    let test_api = TestApi::open().await;
    let first = done(&test_api).await;
    let second = reuse(&test_api, &first).await;
    cancel(&test_api, &second).await;
    delete(&test_api, &first).await;
    test_api.script().next("SendMessage", 1, sent());
    act(&test_api, Method::POST, format!("/api/jobs/{second}/retry")).await.good(202);
    let third = reuse(&test_api, &second).await;
    assert_eq!(test_api.job(&third).await.source(), &first);
}

#[tokio::test]
async fn a_video_whose_last_job_is_being_deleted_cannot_be_reused() {
    let test_api = TestApi::open().await;
    let first = done(&test_api).await;
    let gate = test_api.script().hold("TransactWriteItems");
    let (refused, ()) =
        tokio::join!(test_api.post(DOOR, json!({ "source_job": first })).by(ADA).send(), async {
            gate.reached().await;
            delete(&test_api, &first).await;
            gate.open();
        });
    refused.problem(409, "invalid_state");
    assert_eq!((files(&test_api).await, used(&test_api).await), (Vec::new(), json!([0, 2, 0])));
}
