//! The measured requests and the DynamoDB calls that each of them makes.

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, ORIGIN};
use axum::http::{Method, Request};
use sansfond_embedded::Script;
use serde::Serialize;
use serde_json::Value;
use tower::ServiceExt;

use crate::load_test_data::{Caller, MEDIA_TYPE, SITE};

/// A measured request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask {
    Config,
    Me,
    Usage,
    FinishedJob,
    Upload,
    UploadThenCancel,
}

/// How the caller authenticates.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AuthMethod {
    Key,
    Session,
}

/// All measured requests.
pub(crate) const ALL: [(Ask, AuthMethod); 9] = [
    (Ask::Config, AuthMethod::Key),
    (Ask::Me, AuthMethod::Key),
    (Ask::Me, AuthMethod::Session),
    (Ask::Usage, AuthMethod::Key),
    (Ask::Usage, AuthMethod::Session),
    (Ask::FinishedJob, AuthMethod::Key),
    (Ask::FinishedJob, AuthMethod::Session),
    (Ask::UploadThenCancel, AuthMethod::Key),
    (Ask::UploadThenCancel, AuthMethod::Session),
];

impl Ask {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Config => "GET /api/config",
            Self::Me => "GET /api/me",
            Self::Usage => "GET /api/usage",
            Self::FinishedJob => "GET /api/jobs/{id}",
            Self::Upload => "POST /api/uploads",
            Self::UploadThenCancel => "POST /api/uploads, then its cancel",
        }
    }

    /// Sends the request and checks the status of the response.
    pub(crate) async fn send(self, router: Router, caller: &Caller, auth_method: AuthMethod) -> Result<()> {
        let get = |path: &str| auth_method.sign(caller, Method::GET, path, Body::empty());
        let request = match self {
            Self::Config => get("/api/config"),
            Self::Me => get("/api/me"),
            Self::Usage => get("/api/usage"),
            Self::FinishedJob => get(&format!("/api/jobs/{}", caller.finished_job)),
            Self::Upload => upload(caller, auth_method),
            Self::UploadThenCancel => return upload_then_cancel(router, caller, auth_method).await,
        };
        answered(router, request?).await.map(drop)
    }

    /// The table calls of one request. `noted` is a router whose calls the script records.
    pub(crate) async fn units(
        self,
        noted: Router,
        script: &Script,
        caller: &Caller,
        auth_method: AuthMethod,
    ) -> Result<Units> {
        let before = Units::seen(script);
        self.send(noted, caller, auth_method).await?;
        Ok(Units::seen(script).since(before))
    }
}

fn upload(caller: &Caller, auth_method: AuthMethod) -> Result<Request<Body>> {
    let body = format!(r#"{{"name":"cat.jpg","type":"{MEDIA_TYPE}","size_bytes":250000}}"#);
    auth_method.sign(caller, Method::POST, "/api/uploads", body.into())
}

async fn upload_then_cancel(router: Router, caller: &Caller, auth_method: AuthMethod) -> Result<()> {
    let answer: Value =
        serde_json::from_slice(&answered(router.clone(), upload(caller, auth_method)?).await?)?;
    let job = answer["job"]["id"].as_str().context("no job")?;
    let request =
        auth_method.sign(caller, Method::POST, &format!("/api/jobs/{job}/cancel"), Body::empty())?;
    answered(router, request).await.map(drop)
}

impl AuthMethod {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Key => "API key",
            Self::Session => "session",
        }
    }

    fn sign(self, caller: &Caller, method: Method, path: &str, body: Body) -> Result<Request<Body>> {
        let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
        let request = match self {
            Self::Key => request.header("x-api-key", &caller.key),
            Self::Session => request
                .header(COOKIE, format!("__Host-sansfond-access={}", caller.token))
                .header(ORIGIN, SITE),
        };
        Ok(request.body(body)?)
    }
}

/// The body of a successful response; any other response is an error.
pub(crate) async fn answered(router: Router, request: Request<Body>) -> Result<Bytes> {
    let path = request.uri().path().to_owned();
    let answer = router.oneshot(request).await?;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await?;
    ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&body));
    Ok(body)
}

/// Calls to the table and their price in on-demand units: one per consistent read, one per write, two per part of a
/// transaction, for rows under 1 KB. Writes to indexes are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Units {
    calls: usize,
    reads: usize,
    writes: usize,
}

impl Units {
    /// The units of all recorded calls.
    fn seen(script: &Script) -> Self {
        let calls =
            |names: &[&str]| -> usize { names.iter().map(|operation| script.seen(operation).len()).sum() };
        let parts = |body: &Value| body["TransactItems"].as_array().map_or(0, Vec::len);
        let transactions = script.seen("TransactWriteItems");
        let (reads, writes) = (calls(&["GetItem", "Query"]), calls(&["PutItem", "UpdateItem", "DeleteItem"]));
        Self {
            calls: reads + writes + transactions.len(),
            reads,
            writes: writes + 2 * transactions.iter().map(parts).sum::<usize>(),
        }
    }

    const fn since(self, earlier: Self) -> Self {
        Self {
            calls: self.calls - earlier.calls,
            reads: self.reads - earlier.reads,
            writes: self.writes - earlier.writes,
        }
    }
}
