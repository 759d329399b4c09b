//! A plain HTTP client for signed links, in place of a browser.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, Response};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Sends a request and reads the whole response.
///
/// # Panics
/// If there is no response.
pub async fn send(request: Request<Body>) -> Response<Bytes> {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await.expect("an answer").into_parts();
    let body = body.collect().await.expect("a whole answer").to_bytes();
    Response::from_parts(parts, body)
}

/// Sends a GET request.
///
/// # Panics
/// If the URL is invalid, or there is no response.
pub async fn get(url: &str) -> Response<Bytes> {
    send(Request::get(url).body(Body::empty()).expect("a request")).await
}

/// Sends bytes of a media type by PUT.
///
/// # Panics
/// If the URL is invalid, or there is no response.
pub async fn put(url: &str, media_type: &str, bytes: impl Into<Bytes>) -> Response<Bytes> {
    let request = Request::put(url).header(CONTENT_TYPE, media_type).body(Body::from(bytes.into()));
    send(request.expect("a request")).await
}
