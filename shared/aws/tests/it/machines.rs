//! Machines of AWS Batch, against a small server that speaks its three calls.

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
struct Rental(Arc<Mutex<Transactions>>);

#[derive(Default)]
struct Transactions {
    jobs: Vec<Value>,
    submitted: Vec<Value>,
    listed: Vec<Value>,
    terminated: Vec<Value>,
    broken: usize,
}

impl Rental {
    fn with<T>(&self, look: impl FnOnce(&mut Transactions) -> T) -> T {
        look(&mut self.0.lock().expect("nobody panics while writing"))
    }

    /// How the job of a name stands from now on.
    fn stands(&self, name: &str, status: &str) {
        self.with(|transactions| {
            let job = transactions.jobs.iter_mut().find(|job| job["jobName"] == name).expect("known");
            job["status"] = json!(status);
        });
    }
}

async fn submit(State(rental): State<Rental>, Json(wish): Json<Value>) -> Response {
    rental.with(|transactions| {
        if transactions.broken > 0 {
            transactions.broken -= 1;
            return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "message": "an accident" })))
                .into_response();
        }
        let id = format!("id-{}", transactions.jobs.len());
        let name = wish["jobName"].clone();
        transactions.jobs.push(json!({ "jobId": id, "jobName": name, "status": "SUBMITTED" }));
        transactions.submitted.push(wish);
        Json(json!({ "jobId": id, "jobName": name })).into_response()
    })
}

/// Two on a page, and without minding upper and lower case, as Batch filters.
async fn list(State(rental): State<Rental>, Json(wish): Json<Value>) -> Json<Value> {
    rental.with(|transactions| {
        let name = wish["filters"][0]["values"][0].as_str().expect("a name").to_lowercase();
        let same = |job: &&Value| job["jobName"].as_str().is_some_and(|other| other.to_lowercase() == name);
        let found: Vec<Value> = transactions.jobs.iter().filter(same).cloned().collect();
        let from: usize = wish["nextToken"].as_str().map_or(0, |token| token.parse().expect("ours"));
        let until = found.len().min(from + 2);
        let next = (until < found.len()).then(|| until.to_string());
        transactions.listed.push(wish);
        Json(json!({ "jobSummaryList": found[from..until], "nextToken": next }))
    })
}

async fn terminate(State(rental): State<Rental>, Json(wish): Json<Value>) -> Json<Value> {
    rental.with(|transactions| transactions.terminated.push(wish));
    Json(json!({}))
}

/// The machines, their rental, and a queued job of the desk.
async fn open() -> (Batch, Rental, Job) {
    let test_table = TestTable::open().await;
    let rental = Rental::default();
    let router = Router::new()
        .route("/v1/submitjob", post(submit))
        .route("/v1/listjobs", post(list))
        .route("/v1/terminatejob", post(terminate))
        .with_state(rental.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sdk = test_table.cloud.sdk().to_builder().endpoint_url(endpoint).build();
    let id = test_table.accept(at(0)).await;
    let job = test_table.job(&id).await;
    (Batch::new(&sdk, "machines".to_owned(), "worker:3".to_owned()), rental, job)
}

#[tokio::test]
async fn a_job_is_submitted_with_what_its_worker_has_to_know() {
    let (machines, rental, job) = open().await;
    machines.submit(&job).await.expect("submitted");
    let submitted = rental.with(|transactions| transactions.submitted.clone());
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
    let listed = rental.with(|transactions| transactions.listed[0].clone());
    assert_eq!(listed["jobQueue"], "machines");
    assert_eq!(listed["filters"][0]["name"], "JOB_NAME");
}

#[tokio::test]
async fn twice_is_once_in_whatever_state_the_first_is() {
    let (machines, rental, job) = open().await;
    machines.submit(&job).await.expect("submitted");
    for status in ["SUBMITTED", "RUNNABLE", "RUNNING", "SUCCEEDED", "FAILED"] {
        rental.stands(&format!("sansfond-{}-0", job.id), status);
        machines.submit(&job).await.expect("nothing to do");
    }
    assert_eq!(rental.with(|transactions| transactions.submitted.len()), 1);
    let again = Job { retries: 1, ..job };
    machines.submit(&again).await.expect("submitted");
    assert_eq!(
        rental.with(|transactions| transactions.submitted.len()),
        2,
        "the next try is another job there"
    );
}

#[tokio::test]
async fn what_has_not_ended_is_stopped_on_every_page() {
    let (machines, rental, job) = open().await;
    let name = format!("sansfond-{}-0", job.id);
    let states = ["FAILED", "SUCCEEDED", "RUNNING", "RUNNABLE"].into_iter().enumerate();
    rental.with(|transactions| {
        transactions.jobs = states
            .map(|(index, status)| json!({ "jobId": format!("id-{index}"), "jobName": name, "status": status }))
            .collect();
        let other = json!({ "jobId": "other", "jobName": name.to_uppercase(), "status": "RUNNING" });
        transactions.jobs.push(other);
    });
    machines.stop(&job).await.expect("stopped");
    let stopped: Vec<Value> =
        rental.with(|transactions| transactions.terminated.iter().map(|one| one["jobId"].clone()).collect());
    assert_eq!(stopped, [json!("id-2"), json!("id-3")]);
    machines.stop(&Job { retries: 9, ..job }).await.expect("there is nothing to stop");
}

#[tokio::test]
async fn an_accident_there_is_worth_another_try() {
    let (machines, rental, job) = open().await;
    rental.with(|transactions| transactions.broken = 3);
    let error = machines.submit(&job).await.expect_err("broken");
    assert!(error.retryable, "{error:?}");
    machines.submit(&job).await.expect("submitted");
    assert_eq!(rental.with(|transactions| transactions.submitted.len()), 1);
}
