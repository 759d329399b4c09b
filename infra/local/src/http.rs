//! The HTTP client for the emulator, and our own errors.

use axum::Json;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

pub(crate) type Client = hyper_util::client::legacy::Client<HttpConnector, Body>;

pub(crate) fn client() -> Client {
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http()
}

/// The body of a small response.
///
/// # Errors
/// There is no response, or its status is not a success.
pub(crate) async fn get(client: &Client, address: &str) -> anyhow::Result<Vec<u8>> {
    let request = Request::get(address).body(Body::empty())?;
    let response = client.request(request).await?;
    anyhow::ensure!(response.status().is_success(), "{address} answers {}", response.status());
    Ok(response.into_body().collect().await?.to_bytes().into())
}

/// An error of the front door, as `application/problem+json`.
pub(crate) fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = serde_json::json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "code": code, "detail": detail,
    });
    let mut response = (status, Json(body)).into_response();
    let kind = header::HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
