//! What shall happen to the next requests of an operation.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// An answer that somebody has made up.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    status: u16,
    body: Value,
}

/// What happens to one request.
#[derive(Debug, Clone)]
pub enum Step {
    /// It is not carried out; this is the answer.
    Instead(Reply),
    /// It is carried out, and this is the answer all the same.
    Afterwards(Reply),
    /// It waits at a gate and is carried out then.
    Hold(Barrier),
}

/// Plans and memories of the front. An operation is the last part of `X-Amz-Target`, as in
/// `TransactWriteItems`.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
struct Pages {
    planned: HashMap<String, VecDeque<Step>>,
    seen: HashMap<String, Vec<Value>>,
}

/// Where a request waits.
#[derive(Debug, Clone)]
pub struct Barrier(Arc<BarrierSides>);

#[derive(Debug)]
struct BarrierSides {
    arrived: Semaphore,
    opened: Semaphore,
}

impl Reply {
    /// A good answer.
    #[must_use]
    pub const fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// An error of that name.
    #[must_use]
    pub fn error(status: u16, name: &str, message: &str) -> Self {
        Self { status, body: json!({ "__type": name, "message": message }) }
    }

    /// A transaction was cancelled for these reasons, one for each of its writes.
    #[must_use]
    pub fn cancelled(codes: &[&str]) -> Self {
        let mut reply = Self::error(400, "TransactionCanceledException", "Transaction cancelled");
        let reasons = codes.iter().map(|code| json!({ "Code": code })).collect();
        reply.body["CancellationReasons"] = Value::Array(reasons);
        reply
    }

    /// The table has had too much.
    #[must_use]
    pub fn throttled() -> Self {
        Self::error(400, "ProvisionedThroughputExceededException", "The table has had too much.")
    }

    /// The service has had an accident.
    #[must_use]
    pub fn broken() -> Self {
        Self::error(500, "InternalServerError", "An accident.")
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).expect("a status");
        (status, [(CONTENT_TYPE, "application/x-amz-json-1.0")], self.body.to_string()).into_response()
    }
}

impl Script {
    /// Plans the next `times` requests of an operation, after what is planned already.
    pub fn next(&self, operation: &str, times: usize, step: Step) {
        let steps = std::iter::repeat_n(step, times);
        self.pages().planned.entry(operation.to_owned()).or_default().extend(steps);
    }

    /// The next request of an operation waits at a gate.
    #[must_use]
    pub fn hold(&self, operation: &str) -> Barrier {
        let gate = Barrier(Arc::new(BarrierSides { arrived: Semaphore::new(0), opened: Semaphore::new(0) }));
        self.next(operation, 1, Step::Hold(gate.clone()));
        gate
    }

    /// The bodies of all requests of an operation so far.
    #[must_use]
    pub fn seen(&self, operation: &str) -> Vec<Value> {
        self.pages().seen.get(operation).cloned().unwrap_or_default()
    }

    /// Drops what is planned and has not happened; says how many requests that was.
    pub fn forget(&self) -> usize {
        std::mem::take(&mut self.pages().planned).into_values().map(|steps| steps.len()).sum()
    }

    pub(crate) fn note(&self, operation: &str, body: &Bytes) {
        let body = serde_json::from_slice(body).unwrap_or_default();
        self.pages().seen.entry(operation.to_owned()).or_default().push(body);
    }

    pub(crate) fn take(&self, operation: &str) -> Option<Step> {
        self.pages().planned.get_mut(operation)?.pop_front()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().expect("nobody panics while writing")
    }
}

impl Barrier {
    /// Waits until the request is there.
    ///
    /// # Panics
    /// Never: nobody closes a gate for good.
    pub async fn reached(&self) {
        self.0.arrived.acquire().await.expect("never closed").forget();
    }

    /// Lets it go on.
    pub fn open(&self) {
        self.0.opened.add_permits(1);
    }

    pub(crate) async fn pass(&self) {
        self.0.arrived.add_permits(1);
        self.0.opened.acquire().await.expect("never closed").forget();
    }
}
