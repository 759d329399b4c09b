//! Scripted responses for the next requests of an operation.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// A scripted response.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    status: u16,
    body: Value,
}

/// A step for one request.
#[derive(Debug, Clone)]
pub enum Step {
    /// The request is not carried out; this is its response.
    Instead(Reply),
    /// The request is carried out, but this is its response.
    Afterwards(Reply),
    /// The request waits at a barrier and is carried out then.
    Hold(Barrier),
}

/// The plan and the record of requests. An operation is the last part of `X-Amz-Target`, such as
/// `TransactWriteItems`.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
struct Pages {
    planned: HashMap<String, VecDeque<Step>>,
    seen: HashMap<String, Vec<Value>>,
}

/// A barrier for a request.
#[derive(Debug, Clone)]
pub struct Barrier(Arc<BarrierSides>);

#[derive(Debug)]
struct BarrierSides {
    arrived: Semaphore,
    opened: Semaphore,
}

impl Reply {
    /// A successful response.
    #[must_use]
    pub const fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// An error with this name.
    #[must_use]
    pub fn error(status: u16, name: &str, message: &str) -> Self {
        Self { status, body: json!({ "__type": name, "message": message }) }
    }

    /// A cancelled transaction, with a reason for each of its writes.
    #[must_use]
    pub fn cancelled(codes: &[&str]) -> Self {
        let mut reply = Self::error(400, "TransactionCanceledException", "Transaction cancelled");
        let reasons = codes.iter().map(|code| json!({ "Code": code })).collect();
        reply.body["CancellationReasons"] = Value::Array(reasons);
        reply
    }

    /// The table's throughput is exceeded.
    #[must_use]
    pub fn throttled() -> Self {
        Self::error(400, "ProvisionedThroughputExceededException", "The throughput of the table is exceeded.")
    }

    /// An internal error of the service.
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
    /// Plans the next `times` requests of an operation, after those that are planned already.
    pub fn next(&self, operation: &str, times: usize, step: Step) {
        let steps = std::iter::repeat_n(step, times);
        self.pages().planned.entry(operation.to_owned()).or_default().extend(steps);
    }

    /// Holds the next request of an operation at a barrier.
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

    /// Drops the rest of the plan; returns the number of its requests.
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
        self.0.lock().expect("not poisoned")
    }
}

impl Barrier {
    /// Waits until the request has arrived.
    ///
    /// # Panics
    /// Never: the barrier is never closed.
    pub async fn reached(&self) {
        self.0.arrived.acquire().await.expect("never closed").forget();
    }

    /// Lets the request continue.
    pub fn open(&self) {
        self.0.opened.add_permits(1);
    }

    pub(crate) async fn pass(&self) {
        self.0.arrived.add_permits(1);
        self.0.opened.acquire().await.expect("never closed").forget();
    }
}
