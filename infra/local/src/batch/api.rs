//! The API of AWS Batch, as its SDKs use it: `POST /v1/<operation>` with JSON in both directions.
//!
//! Only local programs are answered, not web pages. Signatures are not checked.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::job::{BatchJob, Status, Variable};
use super::now_ms;
use super::store::Store;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submit {
    job_name: String,
    job_queue: String,
    job_definition: String,
    #[serde(default)]
    container_overrides: Overrides,
}

#[derive(Default, Deserialize)]
struct Overrides {
    #[serde(default)]
    environment: Vec<Variable>,
}

#[derive(Deserialize)]
struct Describe {
    jobs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    job_queue: Option<String>,
    job_status: Option<Status>,
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
struct Filter {
    name: String,
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Terminate {
    job_id: String,
    reason: String,
}

/// The reason why a request is refused.
enum Refusal {
    /// The client's error.
    Client(String),
    /// Our error.
    Server(String),
}

type Answer = Result<Value, Refusal>;

pub(super) fn router(store: Arc<Store>) -> Router {
    Router::new().route("/v1/{operation}", post(answer)).with_state(store)
}

async fn answer(
    State(store): State<Arc<Store>>,
    Path(operation): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let answer = if is_from_browser(&headers) {
        Err(Refusal::Client("requests from web pages are refused".to_owned()))
    } else {
        match operation.as_str() {
            "submitjob" => parse(&body).and_then(|request| submit(&store, request)),
            "describejobs" => parse(&body).map(|request| describe(&store, &request)),
            "listjobs" => parse(&body).and_then(|request| list(&store, &request)),
            "terminatejob" => parse(&body).and_then(|request| terminate(&store, &request)),
            _ => Err(Refusal::Client(format!("the local cloud does not know {operation}"))),
        }
    };
    let (status, kind, message) = match answer {
        Ok(answer) => return Json(answer).into_response(),
        Err(Refusal::Client(message)) => (StatusCode::BAD_REQUEST, "ClientException", message),
        Err(Refusal::Server(message)) => (StatusCode::INTERNAL_SERVER_ERROR, "ServerException", message),
    };
    (status, [("x-amzn-errortype", kind)], Json(json!({"message": message}))).into_response()
}

/// Whether a browser sent the request: it has the browser's headers, or a foreign host name that resolves to
/// this machine.
fn is_from_browser(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let marked = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    marked || !matches!(name, "127.0.0.1" | "localhost")
}

fn parse<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, Refusal> {
    serde_json::from_str(body).map_err(|error| Refusal::Client(error.to_string()))
}

fn submit(store: &Store, request: Submit) -> Answer {
    let letters = |name: &str| name.chars().all(|one| one.is_ascii_alphanumeric() || "-_".contains(one));
    if request.job_name.is_empty() || request.job_name.len() > 128 || !letters(&request.job_name) {
        return Err(Refusal::Client("jobName: up to 128 letters, digits, - and _".to_owned()));
    }
    let job = BatchJob {
        id: uuid::Uuid::now_v7().to_string(),
        name: request.job_name,
        queue: request.job_queue,
        definition: request.job_definition,
        environment: request.container_overrides.environment,
        status: Status::Submitted,
        status_reason: None,
        created_at: now_ms(),
        started_at: None,
        stopped_at: None,
        attempts: Vec::new(),
        unwanted: None,
    };
    let answer = json!({"jobArn": job.arn(), "jobName": job.name, "jobId": job.id});
    store.add(job).map_err(|error| Refusal::Server(format!("{error:#}")))?;
    Ok(answer)
}

fn describe(store: &Store, request: &Describe) -> Value {
    let jobs: Vec<_> = request.jobs.iter().filter_map(|id| store.get(id)).map(|job| job.detail()).collect();
    json!({ "jobs": jobs })
}

/// All jobs in one page, the newest first.
fn list(store: &Store, request: &List) -> Answer {
    let Some(queue) = &request.job_queue else {
        return Err(Refusal::Client("jobQueue is needed".to_owned()));
    };
    let name = match request.filters.as_slice() {
        [] => None,
        [filter] if filter.name == "JOB_NAME" => filter.values.first(),
        [..] => {
            return Err(Refusal::Client(
                "the only filter that the local cloud supports is one JOB_NAME".to_owned(),
            ));
        }
    };
    let wanted = |job: &BatchJob| match name {
        // With a filter the status is ignored, as AWS documents.
        Some(name) => is_called(&job.name, name),
        None => job.status == request.job_status.unwrap_or(Status::Running),
    };
    let jobs = store.all();
    let found = jobs.iter().rev().filter(|job| same_queue(&job.queue, queue) && wanted(job));
    Ok(json!({ "jobSummaryList": found.map(BatchJob::summary).collect::<Vec<_>>() }))
}

/// Ignores case; a star at the end matches any suffix.
fn is_called(name: &str, wanted: &str) -> bool {
    let (name, wanted) = (name.to_ascii_lowercase(), wanted.to_ascii_lowercase());
    match wanted.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == wanted,
    }
}

/// Compares queues by name or ARN.
fn same_queue(one: &str, other: &str) -> bool {
    let name = |queue: &str| queue.rsplit('/').next().unwrap_or_default().to_owned();
    name(one) == name(other)
}

/// An unknown job or one that has ended is ignored, as on AWS.
fn terminate(store: &Store, request: &Terminate) -> Answer {
    store
        .change(&request.job_id, |job| job.terminate(&request.reason, now_ms()))
        .map_err(|error| Refusal::Server(format!("{error:#}")))?;
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    fn post_here(path: &str) -> axum::http::request::Builder {
        Request::post(path).header("host", "127.0.0.1:4567")
    }

    struct Service {
        router: Router,
        store: Arc<Store>,
        _folder: tempfile::TempDir,
    }

    fn service() -> Service {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(&folder.path().join("batch.json")).expect("new"));
        Service { router: router(Arc::clone(&store)), store, _folder: folder }
    }

    impl Service {
        async fn call(&self, operation: &str, body: Value) -> (StatusCode, Value) {
            let request =
                post_here(&format!("/v1/{operation}")).body(Body::from(body.to_string())).expect("valid");
            let response = self.router.clone().oneshot(request).await.expect("an answer");
            let status = response.status();
            let bytes = response.into_body().collect().await.expect("a body").to_bytes();
            (status, serde_json::from_slice(&bytes).expect("JSON"))
        }

        async fn submit(&self, name: &str) -> String {
            let environment = json!([{"name": "SANSFOND_JOB", "value": "j"}]);
            let body = json!({
                "jobName": name, "jobQueue": "arn:aws:batch:us-east-1:0:job-queue/q", "jobDefinition": "d",
                "containerOverrides": {"environment": environment},
            });
            let (status, answer) = self.call("submitjob", body).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            answer["jobId"].as_str().expect("an id").to_owned()
        }

        async fn names(&self, list: Value) -> Vec<String> {
            let (_, answer) = self.call("listjobs", list).await;
            let jobs = answer["jobSummaryList"].as_array().expect("jobs");
            jobs.iter().map(|job| job["jobName"].as_str().expect("a name").to_owned()).collect()
        }
    }

    #[tokio::test]
    async fn a_submitted_job_is_described_with_its_environment() {
        let service = service();
        let id = service.submit("sansfond-a-0").await;
        let (_, answer) = service.call("describejobs", json!({"jobs": [id, "nobody"]})).await;
        assert_eq!(answer["jobs"].as_array().expect("jobs").len(), 1);
        assert_eq!(answer["jobs"][0]["status"], "RUNNABLE");
        assert_eq!(answer["jobs"][0]["container"]["environment"][0]["value"], "j");
    }

    #[tokio::test]
    async fn jobs_are_listed_by_name_or_by_status() {
        let service = service();
        let first = service.submit("sansfond-a-0").await;
        service.submit("sansfond-a-1").await;
        service.call("terminatejob", json!({"jobId": first, "reason": "x"})).await;
        let by = |name: &str| json!({"jobQueue": "q", "filters": [{"name": "JOB_NAME", "values": [name]}]});
        assert_eq!(service.names(by("sansfond-a-0")).await, ["sansfond-a-0"]);
        assert_eq!(service.names(by("SANSFOND-a-*")).await, ["sansfond-a-1", "sansfond-a-0"]);
        assert_eq!(service.names(by("sansfond-a")).await, [""; 0]);
        let waiting = json!({"jobQueue": "q", "jobStatus": "RUNNABLE"});
        assert_eq!(service.names(waiting).await, ["sansfond-a-1"]);
        assert_eq!(service.names(json!({"jobQueue": "q"})).await, [""; 0], "running jobs are the default");
        let elsewhere = json!({"jobQueue": "other", "jobStatus": "RUNNABLE"});
        assert_eq!(service.names(elsewhere).await, [""; 0]);
    }

    #[tokio::test]
    async fn a_queued_job_ends_when_it_is_terminated() {
        let service = service();
        let id = service.submit("a").await;
        let (status, _) = service.call("terminatejob", json!({"jobId": id, "reason": "cancelled"})).await;
        assert_eq!(status, StatusCode::OK);
        let job = service.store.get(&id).expect("there");
        assert_eq!((job.status, job.status_reason.as_deref()), (Status::Failed, Some("cancelled")));
        let (status, _) = service.call("terminatejob", json!({"jobId": "nobody", "reason": "x"})).await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn invalid_requests_are_rejected_as_by_aws() {
        let service = service();
        for (operation, body) in [
            ("submitjob", json!({"jobName": "a"})),
            ("submitjob", json!({"jobName": "a b", "jobQueue": "q", "jobDefinition": "d"})),
            ("listjobs", json!({})),
            (
                "listjobs",
                json!({"jobQueue": "q", "filters": [{"name": "SHARE_IDENTIFIER", "values": ["x"]}]}),
            ),
            ("registerjobdefinition", json!({})),
        ] {
            let (status, answer) = service.call(operation, body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{operation}: {answer}");
            assert!(answer["message"].is_string(), "{answer}");
        }
        assert!(service.store.all().is_empty());
    }

    #[tokio::test]
    async fn a_web_page_cannot_submit() {
        let service = service();
        let body = json!({"jobName": "a", "jobQueue": "q", "jobDefinition": "d"}).to_string();
        let pages = [
            post_here("/v1/submitjob").header("origin", "http://evil.test"),
            post_here("/v1/submitjob").header("sec-fetch-site", "cross-site"),
            Request::post("/v1/submitjob").header("host", "rebound.test:4567"),
        ];
        for request in pages {
            let request = request.body(Body::from(body.clone())).expect("valid");
            let response = service.router.clone().oneshot(request).await.expect("an answer");
            assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        }
        assert!(service.store.all().is_empty());
    }
}
