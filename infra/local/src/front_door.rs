//! The one address of the local cloud on 127.0.0.1: site, API, documentation and the mails that were sent.
//!
//! On AWS, CloudFront does this. There are no rules of the product here.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};

use crate::edge::Edge;
use crate::http::{Client, problem};
use crate::outbox::{self, Outbox};
use crate::proxy::{Upstream, forward};
use crate::settings::Settings;
use crate::{site, site_server, start_page};

/// The paths of the API, as in `edge.yaml`.
const API_PATHS: [&str; 6] = ["/api", "/api/{*path}", "/v1.0/{*path}", "/docs", "/docs/", "/docs/{*path}"];

/// The settings for each response.
#[derive(Debug, Clone)]
struct FrontDoor {
    port: u16,
    edge: Edge,
}

/// All routes.
///
/// # Errors
/// The settings do not give valid headers.
pub(crate) fn router(
    settings: &Settings,
    client: Client,
    upstream: Upstream,
    outbox: Outbox,
) -> anyhow::Result<Router> {
    let mut edge = Edge::new(&settings.endpoint())?;
    if let Some(vite) = &settings.vite {
        edge.allow_hot_reload(vite)?;
    }
    let api = any(forward).with_state(upstream);
    let api = API_PATHS.iter().fold(Router::new(), |router, path| router.route(path, api.clone()));
    let own = Router::new()
        .route("/outbox", get(outbox::page).with_state(outbox.clone()))
        .route("/outbox.json", get(outbox::json).with_state(outbox))
        .route(start_page::STYLE_PATH, get(start_page::style));
    let pages = match &settings.vite {
        Some(vite) => site_server::router(client, vite.clone()),
        None => site::router(settings.checkout.join("frontend/dist"), settings.site_origin(), edge.clone()),
    };
    let door = Arc::new(FrontDoor { port: settings.ports.door, edge });
    let site = own.fallback_service(pages).layer(from_fn_with_state(door.clone(), on_site));
    let api = api.layer(from_fn_with_state(door.clone(), on_api));
    Ok(api.fallback_service(site).layer(from_fn_with_state(door, guard)))
}

async fn on_site(State(door): State<Arc<FrontDoor>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    door.edge.on_site(response.headers_mut());
    response
}

async fn on_api(State(door): State<Arc<FrontDoor>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    door.edge.on_api(response.headers_mut());
    response
}

/// Answers only requests for our own name.
async fn guard(State(door): State<Arc<FrontDoor>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match host_of(host, door.port) {
        RequestHost::Ours => next.run(request).await,
        RequestHost::Localhost if matches!(*request.method(), Method::GET | Method::HEAD) => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let to = format!("http://127.0.0.1:{}{path}", door.port);
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response()
        }
        RequestHost::Localhost | RequestHost::Foreign => problem(
            StatusCode::MISDIRECTED_REQUEST,
            "unknown_host",
            &format!("This is http://127.0.0.1:{}. Requests for other names are refused.", door.port),
        ),
    }
}

/// The name in a request's `Host`.
#[derive(Debug, PartialEq, Eq)]
enum RequestHost {
    Ours,
    /// The same machine, but not the origin of cookies and CORS.
    Localhost,
    /// A foreign domain that was pointed at this machine, to read it from a web page.
    Foreign,
}

fn host_of(host: &str, port: u16) -> RequestHost {
    let (name, asked) = host.rsplit_once(':').unwrap_or((host, "80"));
    match name {
        _ if asked != port.to_string() => RequestHost::Foreign,
        "127.0.0.1" => RequestHost::Ours,
        _ if name.eq_ignore_ascii_case("localhost") || name == "[::1]" => RequestHost::Localhost,
        _ => RequestHost::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::ports::Ports;

    fn door() -> Router {
        let settings = Settings {
            home: "/h".into(),
            state: "/h/local".into(),
            checkout: "/no-such-checkout".into(),
            python: "/p".into(),
            template: "/t".into(),
            binaries: "/b".into(),
            worker: "/b/batch-worker".into(),
            packages: None,
            vite: None,
            ports: Ports { door: 8080, cloud: 9, batch: 4567 },
            listen: crate::settings::LOOPBACK,
            log_filter: "info".to_owned(),
            overrides: Default::default(),
            stop_with_parent: false,
            calls: None,
        };
        let upstream = Upstream::new(crate::http::client(), 9, "abc").expect("valid");
        let client = crate::http::client();
        router(&settings, client.clone(), upstream, Outbox::new(client, &settings)).expect("valid")
    }

    async fn ask(host: &str, path: &str) -> Response {
        let request = Request::get(path).header("host", host).header("accept-language", "fr-FR,fr;q=0.9");
        door().oneshot(request.body(Body::empty()).expect("valid")).await.expect("infallible")
    }

    #[test]
    fn only_one_host_name_is_accepted() {
        assert_eq!(host_of("127.0.0.1:8080", 8080), RequestHost::Ours);
        assert_eq!(host_of("127.0.0.1", 80), RequestHost::Ours);
        assert_eq!(host_of("localhost:8080", 8080), RequestHost::Localhost);
        assert_eq!(host_of("[::1]:8080", 8080), RequestHost::Localhost);
        for foreign in ["rebound.example:8080", "127.0.0.1.example:8080", "127.0.0.1:9999", "127.0.0.1", ""] {
            assert_eq!(host_of(foreign, 8080), RequestHost::Foreign, "{foreign}");
        }
    }

    #[tokio::test]
    async fn the_start_page_is_translated_and_guarded() {
        let answer = ask("127.0.0.1:8080", "/").await;
        assert_eq!(answer.status(), StatusCode::OK);
        let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("http://127.0.0.1:9"),
            "{policy}"
        );
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        let page = answer.into_body().collect().await.expect("whole").to_bytes();
        assert!(String::from_utf8_lossy(&page).contains("lang=\"fr\""));
    }

    #[tokio::test]
    async fn localhost_is_redirected_to_the_origin() {
        let answer = ask("localhost:8080", "/outbox?x=1").await;
        assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(answer.headers()["location"], "http://127.0.0.1:8080/outbox?x=1");
    }

    #[tokio::test]
    async fn a_foreign_host_name_is_rejected() {
        assert_eq!(
            ask("rebound.example:8080", "/outbox.json").await.status(),
            StatusCode::MISDIRECTED_REQUEST
        );
    }

    #[tokio::test]
    async fn the_api_gets_its_own_headers() {
        let answer = ask("127.0.0.1:8080", "/api/nothing").await;
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY, "no server listens there");
        let policy = answer.headers()["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
        assert!(!answer.headers().contains_key("permissions-policy"));
        let page = ask("127.0.0.1:8080", "/apiary").await;
        assert!(page.headers().contains_key("permissions-policy"), "not below /api/");
    }

    #[tokio::test]
    async fn an_unknown_path_is_a_problem_without_a_site() {
        let answer = ask("127.0.0.1:8080", "/nothing").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}
