//! Forwards requests to the stack's HTTP API inside the emulator.
//!
//! Like API Gateway, it does not forward hop-by-hop headers, forged forwarding headers, heads and bodies over
//! its limits, and responses that come too late.
//!
//! Deliberately absent: limits of the functions, which are in `aws_rules.py`.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{LengthLimitError, Limited};
use serde_json::json;

use crate::http::{Client, problem};

/// API Gateway's limit for a request's body.
const BODY_LIMIT: usize = 10 << 20;
/// The limit of an HTTP API for the request line and the headers together.
const HEAD_LIMIT: usize = 10_240;
/// The longest time that an HTTP API waits for a function; the template sets no shorter one.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Headers between two neighbors, which say nothing about the message.
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Headers that only a proxy may set. On AWS they are ignored if a client sends them.
const FORGEABLE: [&str; 5] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"];

#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    client: Client,
    /// Such as `127.0.0.1:4566`.
    authority: String,
    /// The API's name in the emulator.
    host: HeaderValue,
    timeout: Duration,
}

impl Upstream {
    /// The API with this ID, in the emulator on this port.
    ///
    /// # Errors
    /// The ID is not valid.
    pub(crate) fn new(client: Client, cloud_port: u16, api: &str) -> anyhow::Result<Self> {
        Ok(Self {
            client,
            authority: format!("127.0.0.1:{cloud_port}"),
            host: HeaderValue::from_str(&format!("{api}.execute-api.localhost:{cloud_port}"))?,
            timeout: INTEGRATION_TIMEOUT,
        })
    }
}

/// Forwards a request and returns its response, both as streams.
pub(crate) async fn forward(State(upstream): State<Upstream>, request: Request) -> Response {
    if head_bytes(&request) > HEAD_LIMIT {
        return message(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large");
    }
    if content_length(request.headers()).is_some_and(|length| length > BODY_LIMIT) {
        return too_large();
    }
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let Ok(uri) =
        Uri::builder().scheme("http").authority(upstream.authority.as_str()).path_and_query(path).build()
    else {
        return problem(StatusCode::BAD_REQUEST, "bad_address", "The address cannot be read.");
    };
    parts.uri = uri;
    strip_hop_by_hop(&mut parts.headers);
    for name in FORGEABLE {
        parts.headers.remove(name);
    }
    parts.headers.insert(header::HOST, upstream.host);
    let request = Request::from_parts(parts, Body::new(Limited::new(body, BODY_LIMIT)));
    let answer = tokio::time::timeout(upstream.timeout, upstream.client.request(request)).await;
    let Ok(answer) = answer else { return message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable") };
    match answer {
        Ok(answer) => {
            let (mut parts, body) = answer.into_parts();
            strip_hop_by_hop(&mut parts.headers);
            Response::from_parts(parts, Body::new(body))
        }
        Err(error) if is_too_large(&error) => too_large(),
        Err(_) => problem(
            StatusCode::BAD_GATEWAY,
            "local_cloud_gone",
            "The local cloud's emulator does not answer. Look at the terminal where `make up` runs.",
        ),
    }
}

/// Removes hop-by-hop headers: the fixed ones, and those that `Connection` names.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Bytes of the request line and the headers on the wire.
fn head_bytes(request: &Request) -> usize {
    let target = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let line = request.method().as_str().len() + target.len() + "  HTTP/1.1\r\n".len();
    let header =
        |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + ": \r\n".len();
    line + request.headers().iter().map(header).sum::<usize>()
}

fn too_large() -> Response {
    message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
}

/// API Gateway's own message, as clients get it on AWS.
fn message(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({"message": text}))).into_response()
}

fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source()).any(|error| error.is::<LengthLimitError>())
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn headers_named_by_connection_are_removed() {
        let mut headers = HeaderMap::new();
        headers.insert("connection", HeaderValue::from_static("close, X-Secret"));
        headers.insert("x-secret", HeaderValue::from_static("1"));
        headers.insert("keep-alive", HeaderValue::from_static("timeout=5"));
        headers.insert("transfer-encoding", HeaderValue::from_static("chunked"));
        headers.append("set-cookie", HeaderValue::from_static("a=1"));
        headers.append("set-cookie", HeaderValue::from_static("b=2"));
        strip_hop_by_hop(&mut headers);
        assert_eq!(headers.len(), 2);
        assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
    }

    #[tokio::test]
    async fn a_missing_emulator_is_a_clear_problem() {
        // A port that was free a moment ago.
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let upstream = Upstream::new(crate::http::client(), port, "abc").expect("valid");
        let answer =
            forward(State(upstream), Request::get("/api/health").body(Body::empty()).expect("valid")).await;
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_rejected_as_by_api_gateway() {
        let upstream = Upstream::new(crate::http::client(), 9, "abc").expect("valid");
        let request = Request::post("/api/x").header("content-length", BODY_LIMIT + 1).body(Body::empty());
        let answer = forward(State(upstream), request.expect("valid")).await;
        assert_eq!(
            status_and_message(answer).await,
            (StatusCode::PAYLOAD_TOO_LARGE, message("Request Entity Too Large"))
        );
    }

    #[tokio::test]
    async fn a_head_over_the_limit_is_rejected() {
        let upstream = Upstream::new(crate::http::client(), 9, "abc").expect("valid");
        // “GET /api/x HTTP/1.1” and “cookie: ”, with their line ends.
        let around = 21 + 10;
        for (bytes, expected) in [(HEAD_LIMIT, StatusCode::BAD_GATEWAY), (HEAD_LIMIT + 1, TOO_LARGE)] {
            let in_cookie = Request::get("/api/x").header("cookie", "c".repeat(bytes - around));
            let in_query = Request::get(format!("/api/x?{}", "q".repeat(bytes - 22)));
            for request in [in_cookie, in_query] {
                let request = request.body(Body::empty()).expect("valid");
                let answer = forward(State(upstream.clone()), request).await;
                assert_eq!(answer.status(), expected, "{bytes} bytes; there is no server behind");
            }
        }
    }

    #[tokio::test]
    async fn a_function_that_takes_too_long_is_unavailable() {
        // Accepts connections and never answers.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let mut upstream = Upstream::new(crate::http::client(), port, "abc").expect("valid");
        assert_eq!(upstream.timeout, Duration::from_secs(30));
        upstream.timeout = Duration::from_millis(1);
        let request = Request::get("/api/x").body(Body::empty()).expect("valid");
        let answer = forward(State(upstream), request).await;
        assert_eq!(
            status_and_message(answer).await,
            (StatusCode::SERVICE_UNAVAILABLE, message("Service Unavailable"))
        );
    }

    const TOO_LARGE: StatusCode = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;

    fn message(text: &str) -> String {
        format!(r#"{{"message":"{text}"}}"#)
    }

    async fn status_and_message(answer: Response) -> (StatusCode, String) {
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("whole").to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}
