//! The client of AWS Batch, against a small server with its three calls.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use sansfond_aws::Batch;
use sansfond_domain::Job;
use sansfond_domain::ports::VideoMachines;
use serde_json::{Value, json};

use crate::test_table::{TestTable, at};

#[derive(Clone, Default)]
struct FakeBatch(Arc<Mutex<Calls>>);

#[derive(Default)]
struct Calls {
    jobs: Vec<Value>,
    submitted: Vec<Value>,
    listed: Vec<Value>,
    terminated: Vec<Value>,
    broken: usize,
}

impl FakeBatch {
    fn with<T>(&self, read: impl FnOnce(&mut Calls) -> T) -> T {
        read(&mut self.0.lock().expect("not poisoned"))
    }

    /// Sets the state of the job with this name.
    fn set_status(&self, name: &str, status: &str) {
        self.with(|calls| {
            let job = calls.jobs.iter_mut().find(|job| job["jobName"] == name).expect("known");
            job["status"] = json!(status);
        });
    }
}

async fn submit(State(fake): State<FakeBatch>, Json(request): Json<Value>) -> Response {
    fake.with(|calls| {
        if calls.broken > 0 {
            calls.broken -= 1;
            return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "message": "an accident" })))
                .into_response();
        }
        let id = format!("id-{}", calls.jobs.len());
        let name = request["jobName"].clone();
        calls.jobs.push(json!({ "jobId": id, "jobName": name, "status": "SUBMITTED" }));
        calls.submitted.push(request);
        Json(json!({ "jobId": id, "jobName": name })).into_response()
    })
}

/// Two jobs per page; the filter ignores case, like that of Batch.
async fn list(State(fake): State<FakeBatch>, Json(request): Json<Value>) -> Json<Value> {
    fake.with(|calls| {
        let name = request["filters"][0]["values"][0].as_str().expect("a name").to_lowercase();
        let same = |job: &&Value| job["jobName"].as_str().is_some_and(|other| other.to_lowercase() == name);
        let found: Vec<Value> = calls.jobs.iter().filter(same).cloned().collect();
        let from: usize = request["nextToken"].as_str().map_or(0, |token| token.parse().expect("ours"));
        let until = found.len().min(from + 2);
        let next = (until < found.len()).then(|| until.to_string());
        calls.listed.push(request);
        Json(json!({ "jobSummaryList": found[from..until], "nextToken": next }))
    })
}

async fn terminate(State(fake): State<FakeBatch>, Json(request): Json<Value>) -> Json<Value> {
    fake.with(|calls| calls.terminated.push(request));
    Json(json!({}))
}

/// The machines, their fake, and a queued job of the desk.
async fn open() -> (Batch, FakeBatch, Job) {
    let test_table = TestTable::open().await;
    let fake = FakeBatch::default();
    let router = Router::new()
        .route("/v1/submitjob", post(submit))
        .route("/v1/listjobs", post(list))
        .route("/v1/terminatejob", post(terminate))
        .with_state(fake.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sdk = test_table.cloud.sdk().to_builder().endpoint_url(endpoint).build();
    let id = test_table.accept(at(0)).await;
    let job = test_table.job(&id).await;
    (Batch::new(&sdk, "machines".to_owned(), "worker:3".to_owned()), fake, job)
}

#[tokio::test]
async fn a_job_is_submitted_with_the_settings_of_its_worker() {
    let (machines, fake, job) = open().await;
    machines.submit(&job).await.expect("submitted");
    let submitted = fake.with(|calls| calls.submitted.clone());
    assert_eq!(
        submitted,
        [json!({
            "jobName": format!("sansfond-{}-0", job.id),
            "jobQueue": "machines",
            "jobDefinition": "worker:3",
            "containerOverrides": { "environment": [
                { "name": "SANSFOND_ACCOUNT", "value": "a-1" },
                { "name": "SANSFOND_JOB", "value": job.id },
                { "name": "SANSFOND_RETRY", "value": "0" },
            ] },
        })]
    );
    let listed = fake.with(|calls| calls.listed[0].clone());
    assert_eq!(listed["jobQueue"], "machines");
    assert_eq!(listed["filters"][0]["name"], "JOB_NAME");
}

#[tokio::test]
async fn a_repeated_submission_does_nothing_in_any_state() {
    let (machines, fake, job) = open().await;
    machines.submit(&job).await.expect("submitted");
    for status in ["SUBMITTED", "RUNNABLE", "RUNNING", "SUCCEEDED", "FAILED"] {
        fake.set_status(&format!("sansfond-{}-0", job.id), status);
        machines.submit(&job).await.expect("nothing to do");
    }
    assert_eq!(fake.with(|calls| calls.submitted.len()), 1);
    let again = Job { retries: 1, ..job };
    machines.submit(&again).await.expect("submitted");
    assert_eq!(fake.with(|calls| calls.submitted.len()), 2, "the next try is another Batch job");
}

#[tokio::test]
async fn jobs_that_have_not_ended_are_stopped_on_every_page() {
    let (machines, fake, job) = open().await;
    let name = format!("sansfond-{}-0", job.id);
    let states = ["FAILED", "SUCCEEDED", "RUNNING", "RUNNABLE"].into_iter().enumerate();
    fake.with(|calls| {
        calls.jobs = states
            .map(|(index, status)| json!({ "jobId": format!("id-{index}"), "jobName": name, "status": status }))
            .collect();
        let other = json!({ "jobId": "other", "jobName": name.to_uppercase(), "status": "RUNNING" });
        calls.jobs.push(other);
    });
    machines.stop(&job).await.expect("stopped");
    let stopped: Vec<Value> =
        fake.with(|calls| calls.terminated.iter().map(|one| one["jobId"].clone()).collect());
    assert_eq!(stopped, [json!("id-2"), json!("id-3")]);
    machines.stop(&Job { retries: 9, ..job }).await.expect("there is nothing to stop");
}

#[tokio::test]
async fn a_failure_of_batch_is_retryable() {
    let (machines, fake, job) = open().await;
    fake.with(|calls| calls.broken = 3);
    let error = machines.submit(&job).await.expect_err("broken");
    assert!(error.retryable, "{error:?}");
    machines.submit(&job).await.expect("submitted");
    assert_eq!(fake.with(|calls| calls.submitted.len()), 1);
}
