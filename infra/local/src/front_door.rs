//! The one address: site, API, documentation and caught mails under 127.0.0.1.
//!
//! On AWS this is CloudFront's place. It holds no rule of the product.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tower_http::services::{ServeDir, ServeFile};

use crate::http::problem;
use crate::outbox::{self, Outbox};
use crate::proxy::{Upstream, forward};
use crate::settings::Settings;
use crate::start_page;

/// What each answer is judged by.
#[derive(Debug, Clone)]
struct Door {
    port: u16,
    security_policy: HeaderValue,
}

/// All routes, ready to be served.
///
/// # Errors
/// The settings give no valid header.
pub(crate) fn router(settings: &Settings, upstream: Upstream, outbox: Outbox) -> anyhow::Result<Router> {
    let emulator = settings.endpoint();
    let policy = format!(
        "default-src 'self'; connect-src 'self' {emulator}; img-src 'self' data: blob: {emulator}; \
         media-src 'self' blob: {emulator}; object-src 'none'; base-uri 'self'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    let door = Arc::new(Door { port: settings.port, security_policy: HeaderValue::from_str(&policy)? });
    let api = any(forward).with_state(upstream);
    let router = Router::new()
        .route("/api", api.clone())
        .route("/api/{*path}", api.clone())
        .route("/v1.0/{*path}", api.clone())
        .route("/docs", api.clone())
        .route("/docs/", api.clone())
        .route("/docs/{*path}", api)
        .route("/outbox", get(outbox::page).with_state(outbox.clone()))
        .route("/outbox.json", get(outbox::json).with_state(outbox))
        .route(start_page::STYLE_PATH, get(start_page::style))
        .fallback_service(site(settings.checkout.join("frontend/dist"), settings.site_origin()))
        .layer(from_fn_with_state(door, guard));
    Ok(router)
}

/// The built site; a path that is no file is one of its pages. Without a built site, a page that says
/// where to go.
fn site(folder: PathBuf, origin: String) -> ServeDir<axum::routing::MethodRouter> {
    let index = folder.join("index.html");
    let fallback = get(move |uri: Uri, headers: HeaderMap, request: Request| async move {
        if index.is_file() {
            return match ServeFile::new(index).try_call(request).await {
                Ok(page) => page.map(axum::body::Body::new),
                Err(_) => {
                    problem(StatusCode::INTERNAL_SERVER_ERROR, "site_unreadable", "The site cannot be read.")
                }
            };
        }
        if uri.path() == "/" {
            return start_page::page(&origin, &headers);
        }
        problem(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address.")
    });
    ServeDir::new(folder).fallback(fallback)
}

/// Before each request: only our own name is answered. After it: the headers that CloudFront would add.
async fn guard(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let mut response = match judge(host, door.port) {
        Name::Ours => next.run(request).await,
        Name::Localhost if matches!(*request.method(), Method::GET | Method::HEAD) => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let to = format!("http://127.0.0.1:{}{path}", door.port);
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response()
        }
        Name::Localhost | Name::Foreign => problem(
            StatusCode::MISDIRECTED_REQUEST,
            "unknown_host",
            &format!("This is http://127.0.0.1:{}, and it answers to no other name.", door.port),
        ),
    };
    let headers = response.headers_mut();
    // The functions may have said something stricter or, for the documentation, something wider.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| door.security_policy.clone());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("strict-origin-when-cross-origin"));
    response
}

/// Whose name a request asked for.
#[derive(Debug, PartialEq, Eq)]
enum Name {
    Ours,
    /// The same machine, but not the origin that cookies and CORS are tied to.
    Localhost,
    /// Somebody's domain that was pointed at this machine to read it from a web page.
    Foreign,
}

fn judge(host: &str, port: u16) -> Name {
    let (name, asked) = host.rsplit_once(':').unwrap_or((host, "80"));
    match name {
        _ if asked != port.to_string() => Name::Foreign,
        "127.0.0.1" => Name::Ours,
        _ if name.eq_ignore_ascii_case("localhost") || name == "[::1]" => Name::Localhost,
        _ => Name::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    fn door() -> Router {
        let settings = Settings {
            home: "/h".into(),
            state: "/h/local".into(),
            checkout: "/no-such-checkout".into(),
            python: "/p".into(),
            template: "/t".into(),
            binaries: "/b".into(),
            port: 8080,
            cloud_port: 9,
            overrides: Default::default(),
            leash: false,
        };
        let upstream = Upstream::new(crate::http::client(), 9, "abc").expect("valid");
        router(&settings, upstream, Outbox::new(crate::http::client(), &settings)).expect("valid")
    }

    async fn ask(host: &str, path: &str) -> Response {
        let request = Request::get(path).header("host", host).header("accept-language", "fr-FR,fr;q=0.9");
        door().oneshot(request.body(Body::empty()).expect("valid")).await.expect("infallible")
    }

    #[test]
    fn only_one_name_is_ours() {
        assert_eq!(judge("127.0.0.1:8080", 8080), Name::Ours);
        assert_eq!(judge("127.0.0.1", 80), Name::Ours);
        assert_eq!(judge("localhost:8080", 8080), Name::Localhost);
        assert_eq!(judge("[::1]:8080", 8080), Name::Localhost);
        for foreign in ["rebound.example:8080", "127.0.0.1.example:8080", "127.0.0.1:9999", "127.0.0.1", ""] {
            assert_eq!(judge(foreign, 8080), Name::Foreign, "{foreign}");
        }
    }

    #[tokio::test]
    async fn the_start_page_speaks_the_readers_language_and_is_guarded() {
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
    async fn localhost_is_sent_to_the_origin_that_cookies_belong_to() {
        let answer = ask("localhost:8080", "/outbox?x=1").await;
        assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(answer.headers()["location"], "http://127.0.0.1:8080/outbox?x=1");
    }

    #[tokio::test]
    async fn a_rebound_name_reads_nothing() {
        assert_eq!(
            ask("rebound.example:8080", "/outbox.json").await.status(),
            StatusCode::MISDIRECTED_REQUEST
        );
    }

    #[tokio::test]
    async fn an_unknown_path_is_a_problem() {
        let answer = ask("127.0.0.1:8080", "/nothing").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}
