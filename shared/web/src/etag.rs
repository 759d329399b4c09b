//! Polling costs nothing while nothing changes.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// `304` if the client has this version already, else the body.
pub fn not_modified_or<T: Serialize>(
    request: &HeaderMap,
    version: &str,
    body: impl FnOnce() -> T,
) -> Response {
    let tag = format!("\"{version}\"");
    let known = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let has_it = known.flat_map(|list| list.split(',')).any(|one| one.trim().trim_start_matches("W/") == tag);
    let mut response =
        if has_it { StatusCode::NOT_MODIFIED.into_response() } else { Json(body()).into_response() };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}
