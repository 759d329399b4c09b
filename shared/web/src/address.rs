//! The address of the client, and the check that a request came through CloudFront.
//!
//! API Gateway reports the address of its own caller. Behind CloudFront that is CloudFront, which sends the address of the
//! viewer in a header. The header is trusted only together with the secret that CloudFront adds. If a secret is set,
//! requests without it are rejected, because they bypass the firewall.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use lambda_http::request::RequestContext;
use subtle::{Choice, ConstantTimeEq};

use crate::{Code, Problem, language, request_id};

/// The secret. CloudFront overwrites a header of this name from the viewer.
const SECRET: HeaderName = HeaderName::from_static("x-sansfond-edge");
/// The address of the viewer, set by `infra/edge/api_request.js`.
const VIEWER: HeaderName = HeaderName::from_static("x-sansfond-viewer");

/// The address of the viewer, from a trusted header.
#[derive(Debug, Clone, Copy)]
struct ViewerAddress(IpAddr);

/// Accepts only requests that carry one of the secrets. Without secrets, as on a developer's machine, accepts all
/// requests.
///
/// During a rotation two secrets are valid, because CloudFront and the functions receive the new one at different times.
pub fn behind_edge<'a>(router: Router, secrets: impl Iterator<Item = &'a str>) -> Router {
    let secrets: Arc<[Box<str>]> = secrets.map(Box::from).collect();
    if secrets.is_empty() { router } else { router.layer(from_fn_with_state(secrets, check_secret)) }
}

/// Compares with every secret in constant time, so that the duration reveals nothing about them.
fn is_one_of(secrets: &[Box<str>], shown: &[u8]) -> bool {
    let found = secrets.iter().fold(Choice::from(0), |found, secret| found | shown.ct_eq(secret.as_bytes()));
    found.into()
}

async fn check_secret(State(secrets): State<Arc<[Box<str>]>>, mut request: Request, next: Next) -> Response {
    let viewer = request.headers_mut().remove(VIEWER);
    let shown = request.headers_mut().remove(SECRET);
    let shown = shown.as_ref().map_or(&b""[..], |value| value.as_bytes());
    if !is_one_of(&secrets, shown) {
        let id = request_id::of(&request);
        tracing::info!(request_id = id, "a request bypassed CloudFront");
        return Problem::new(Code::UnsupportedHost).render(language::wanted(request.headers()), &id);
    }
    if let Some(address) = viewer.and_then(|value| value.to_str().ok()?.parse().ok()) {
        request.extensions_mut().insert(ViewerAddress(address));
    }
    next.run(request).await
}

/// The address for rate limits: an IPv4 address, or the /64 network of an IPv6 address, which one customer has.
pub(crate) fn of(request: &Request) -> String {
    if let Some(ViewerAddress(address)) = request.extensions().get() {
        return counted(*address);
    }
    let address = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
        _ => None,
    };
    match address.as_deref().map(str::parse::<IpAddr>) {
        Some(Ok(address)) => counted(address),
        Some(Err(_)) | None => "unknown".to_owned(),
    }
}

fn counted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => network(address),
    }
}

fn network(address: Ipv6Addr) -> String {
    if let Some(v4) = address.to_ipv4_mapped() {
        return v4.to_string();
    }
    let [a, b, c, d, ..] = address.segments();
    format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    /// The address that a route sees, and whether it sees the secret.
    async fn ask(secrets: &[&str], headers: &[(&str, &str)]) -> (StatusCode, String) {
        let route = get(|request: Request| async move {
            format!("{} {}", of(&request), request.headers().contains_key(SECRET))
        });
        let router = behind_edge(Router::new().route("/", route), secrets.iter().copied());
        let mut request = Request::get("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = router.oneshot(request.body(Body::empty()).expect("valid")).await.expect("infallible");
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 10_000).await.expect("whole");
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[test]
    fn one_customer_is_one_network() {
        let first = network("2001:db8:1:2:3:4:5:6".parse().expect("an address"));
        assert_eq!(first, network("2001:db8:1:2:ffff::1".parse().expect("an address")));
        assert_eq!(network("::ffff:192.0.2.1".parse().expect("an address")), "192.0.2.1");
    }

    #[tokio::test]
    async fn the_viewers_address_is_trusted_with_the_secret() {
        let edge = [("x-sansfond-edge", "s3cret"), ("x-sansfond-viewer", "2001:db8:1:2:3::4")];
        let seen = ask(&["s3cret"], &edge).await;
        assert_eq!(
            seen,
            (StatusCode::OK, "2001:db8:1:2::/64 false".to_owned()),
            "and the route does not see it"
        );
        let unreadable = [("x-sansfond-edge", "s3cret"), ("x-sansfond-viewer", "me")];
        assert_eq!(ask(&["s3cret"], &unreadable).await.1, "unknown false");
    }

    #[tokio::test]
    async fn the_previous_secret_is_valid_during_a_rotation_and_no_other_value_is() {
        let secrets = ["new-s3cret", "old-s3cret"];
        for secret in secrets {
            let seen =
                ask(&secrets, &[("x-sansfond-edge", secret), ("x-sansfond-viewer", "192.0.2.1")]).await;
            assert_eq!(seen, (StatusCode::OK, "192.0.2.1 false".to_owned()), "{secret}");
        }
        for secret in ["", "new-s3cretold-s3cret", "new-s3cre", "s3cret"] {
            assert_eq!(
                ask(&secrets, &[("x-sansfond-edge", secret)]).await.0,
                StatusCode::FORBIDDEN,
                "{secret}"
            );
        }
        assert_eq!(ask(&["new-s3cret"], &[("x-sansfond-edge", "old-s3cret")]).await.0, StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn a_request_that_bypasses_the_edge_is_rejected() {
        let viewer = ("x-sansfond-viewer", "192.0.2.1");
        for secret in ["", "s3cre", "s3crets", "S3cret"] {
            let (status, body) = ask(&["s3cret"], &[("x-sansfond-edge", secret), viewer]).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{secret}");
            assert!(body.contains("\"unsupported_host\""), "{body}");
        }
        let (status, body) = ask(&["s3cret"], &[viewer, ("accept-language", "fr")]).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(body.contains("l’adresse du site"), "{body}");
    }

    #[tokio::test]
    async fn without_an_edge_no_header_is_trusted() {
        let forged = [("x-sansfond-edge", ""), ("x-sansfond-viewer", "192.0.2.1")];
        let (status, body) = ask(&[], &forged).await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.starts_with("unknown"), "{body}");
    }
}
