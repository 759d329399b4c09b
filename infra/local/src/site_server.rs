//! The site from Vite's development server, for `make dev`: a changed component shows without a build.
//!
//! Deliberately absent: the WebSocket of hot reload. The browser opens it to Vite directly.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use crate::http::{Client, problem};
use crate::proxy::strip_hop_by_hop;

#[derive(Debug, Clone)]
struct SiteServer {
    client: Client,
    /// Such as `127.0.0.1:5173`.
    authority: Authority,
}

/// Forwards all paths to the server at `authority`.
pub(crate) fn router(client: Client, authority: Authority) -> Router {
    Router::new().fallback_service(any(forward).with_state(SiteServer { client, authority }))
}

async fn forward(State(server): State<SiteServer>, mut request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let uri = Uri::builder().scheme("http").authority(server.authority.clone()).path_and_query(path).build();
    let (Ok(uri), Ok(host)) = (uri, HeaderValue::from_str(server.authority.as_str())) else {
        return problem(StatusCode::BAD_REQUEST, "bad_address", "The address cannot be read.");
    };
    *request.uri_mut() = uri;
    strip_hop_by_hop(request.headers_mut());
    request.headers_mut().insert(header::HOST, host);
    match server.client.request(request).await {
        Ok(mut answer) => {
            strip_hop_by_hop(answer.headers_mut());
            answer.into_response()
        }
        Err(_) => problem(
            StatusCode::BAD_GATEWAY,
            "site_server_gone",
            "Vite does not answer. Look at the terminal where `make dev` runs.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::HeaderMap;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn ask(authority: &str) -> (StatusCode, String) {
        let router = router(crate::http::client(), authority.parse().expect("an authority"));
        let request = Request::get("/editor?x=1").header("host", "127.0.0.1:8080").body(Body::empty());
        let (parts, body) = router.oneshot(request.expect("valid")).await.expect("infallible").into_parts();
        let body = body.collect().await.expect("whole").to_bytes();
        (parts.status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn the_site_server_gets_its_own_host_name() {
        let echo = |uri: Uri, headers: HeaderMap| async move {
            format!("{uri} {}", headers["host"].to_str().unwrap_or_default())
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let authority = listener.local_addr().expect("bound").to_string();
        let server = Router::new().fallback(echo);
        tokio::spawn(async move { axum::serve(listener, server).await });
        assert_eq!(ask(&authority).await, (StatusCode::OK, format!("/editor?x=1 {authority}")));
    }

    #[tokio::test]
    async fn a_missing_site_server_is_a_clear_problem() {
        let (status, body) = ask("127.0.0.1:9").await;
        assert_eq!(status, StatusCode::BAD_GATEWAY);
        assert!(body.contains("make dev"), "{body}");
    }
}
