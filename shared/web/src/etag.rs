//! Conditional responses, so that clients can poll cheaply.

use axum::Json;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use serde::Serialize;

/// `304` if the client has this version already, otherwise the body.
pub fn not_modified_or<T: Serialize>(
    request: &HeaderMap,
    version: &str,
    body: impl FnOnce() -> T,
) -> Response {
    let tag: Option<ETag> = format!("\"{version}\"").parse().ok();
    let known = request.typed_get::<IfNoneMatch>();
    let has_it = known.zip(tag.as_ref()).is_some_and(|(known, tag)| !known.precondition_passes(tag));
    let mut response =
        if has_it { StatusCode::NOT_MODIFIED.into_response() } else { Json(body()).into_response() };
    if let Some(tag) = tag {
        response.headers_mut().typed_insert(tag);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use axum::http::header::{ETAG, IF_NONE_MATCH};

    use super::*;

    fn respond(known: &str) -> Response {
        let mut request = HeaderMap::new();
        request.insert(IF_NONE_MATCH, known.parse().expect("a header"));
        not_modified_or(&request, "5-completed", || "body")
    }

    #[test]
    fn a_client_that_has_this_version_gets_304() {
        for known in ["\"5-completed\"", "W/\"5-completed\"", "\"4\", \"5-completed\"", "*"] {
            let answer = respond(known);
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(answer.headers()[ETAG], "\"5-completed\"");
        }
        for unknown in ["\"5\"", "5-completed", "", "\"5-completed"] {
            assert_eq!(respond(unknown).status(), StatusCode::OK, "{unknown}");
        }
    }
}
