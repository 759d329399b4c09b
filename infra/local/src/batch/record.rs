//! Records the requests to Batch, in the file that `recorder.py` writes for all other services.
//!
//! A caller is an access key here; the file tells to whom it belongs. Deliberately absent: any judgment. No
//! request is refused.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The largest part of a request to Batch is a job's environment.
const LONGEST_BODY: usize = 1 << 20;

/// Adds recording to an API.
///
/// # Errors
/// The file cannot be opened.
pub(super) fn recorded(router: Router, path: &Path) -> anyhow::Result<Router> {
    let file = File::options().create(true).append(true).open(path);
    let file = Arc::new(file.with_context(|| path.display().to_string())?);
    Ok(router.layer(from_fn_with_state(file, record)))
}

async fn record(State(file): State<Arc<File>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    for line in lines(parts.uri.path(), &parts.headers, &body) {
        // In one write: the emulator appends to the same file.
        if let Err(error) = (&*file).write_all(format!("{line}\n").as_bytes()) {
            return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
        }
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// The question to IAM, for each resource. A request without a signature has no caller.
fn lines(path: &str, headers: &HeaderMap, body: &[u8]) -> Vec<Value> {
    let Some(key) = access_key(headers) else { return Vec::new() };
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let named = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    let (action, resources) = match path.strip_prefix("/v1/") {
        Some("submitjob") => ("batch:SubmitJob", vec![named("jobQueue"), named("jobDefinition")]),
        Some("terminatejob") => {
            let job = format!("arn:aws:batch:us-east-1:000000000000:job/{}", named("jobId"));
            ("batch:TerminateJob", vec![job])
        }
        // Batch has no resource for it.
        Some("listjobs") => ("batch:ListJobs", vec!["*".to_owned()]),
        _ => return vec![json!({"unreadable": format!("{path} of Batch")})],
    };
    let line =
        |resource| json!({"key": key, "action": action, "resource": resource, "below": "", "context": {}});
    resources.into_iter().map(line).collect()
}

/// `AWS4-HMAC-SHA256 Credential=<key>/<day>/<region>/batch/aws4_request, …`
fn access_key(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    text.split_once("Credential=")?.1.split('/').next()
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;

    /// The recorded lines of a request, which is answered in any case.
    async fn written(path: &str, authorization: Option<&str>, body: Value) -> Vec<Value> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("record");
        let answered = Router::new().route("/v1/{operation}", post(|body: String| async { body }));
        let router = recorded(answered, &file).expect("a file");
        let mut request = Request::post(path);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let request = request.body(Body::from(body.to_string())).expect("valid");
        let response = router.oneshot(request).await.expect("an answer");
        let bytes = to_bytes(response.into_body(), LONGEST_BODY).await.expect("a body");
        assert_eq!(bytes, body.to_string(), "the request arrived complete");
        let text = std::fs::read_to_string(file).expect("a file");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    const SIGNED: Option<&str> =
        Some("AWS4-HMAC-SHA256 Credential=ASIA1/20261201/us-east-1/batch/aws4_request, Signature=0");

    #[tokio::test]
    async fn a_submission_is_recorded_for_queue_and_definition() {
        let lines = written("/v1/submitjob", SIGNED, json!({"jobQueue": "q", "jobDefinition": "d"})).await;
        let line = |resource: &str| json!({"key": "ASIA1", "action": "batch:SubmitJob", "resource": resource, "below": "", "context": {}});
        assert_eq!(lines, [line("q"), line("d")]);
    }

    #[tokio::test]
    async fn a_termination_is_recorded_with_its_job_and_a_list_without() {
        let lines = written("/v1/terminatejob", SIGNED, json!({"jobId": "j"})).await;
        assert_eq!(lines[0]["resource"], "arn:aws:batch:us-east-1:000000000000:job/j");
        let lines = written("/v1/listjobs", SIGNED, json!({"jobQueue": "q"})).await;
        assert_eq!((&lines[0]["action"], &lines[0]["resource"]), (&json!("batch:ListJobs"), &json!("*")));
    }

    #[tokio::test]
    async fn unknown_and_unsigned_requests_are_recorded_as_such() {
        let lines = written("/v1/describejobs", SIGNED, json!({})).await;
        assert_eq!(lines, [json!({"unreadable": "/v1/describejobs of Batch"})]);
        assert!(written("/v1/submitjob", None, json!({})).await.is_empty());
    }
}
