//! The ID of a request, in its response and in the log.

use axum::extract::Request;

/// Lambda's request ID, so that our log and that of API Gateway have the same ID.
pub(crate) fn of(request: &Request) -> String {
    match request.extensions().get::<lambda_http::Context>() {
        Some(context) => context.request_id.clone(),
        None => format!("{:016x}", fastrand::u64(..)),
    }
}
