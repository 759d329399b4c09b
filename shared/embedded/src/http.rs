//! A plain HTTP client, for signed links: what a browser does with them.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, Response};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Sends a request and reads the whole answer.
///
/// # Panics
/// If nobody answers.
pub async fn send(request: Request<Body>) -> Response<Bytes> {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await.expect("an answer").into_parts();
    let body = body.collect().await.expect("a whole answer").to_bytes();
    Response::from_parts(parts, body)
}

/// Fetches a URL.
///
/// # Panics
/// If it is no URL, or nobody answers.
pub async fn get(url: &str) -> Response<Bytes> {
    send(Request::get(url).body(Body::empty()).expect("a request")).await
}

/// Puts bytes of a media type at a URL.
///
/// # Panics
/// If it is no URL, or nobody answers.
pub async fn put(url: &str, media_type: &str, bytes: impl Into<Bytes>) -> Response<Bytes> {
    let request = Request::put(url).header(CONTENT_TYPE, media_type).body(Body::from(bytes.into()));
    send(request.expect("a request")).await
}
