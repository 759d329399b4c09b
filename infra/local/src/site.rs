//! Serves the files of the built site as CloudFront does: `frontend/dist/routes.json` lists the paths that
//! are pages.
//!
//! Files are read again for each request, so that a build shows at once. Deliberately absent: knowledge of
//! any page.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, Method, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use sansfond_domain::Language;
use sansfond_texts::problem as problem_texts;
use serde::Deserialize;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::services::{ServeDir, ServeFile};

use crate::edge::Edge;
use crate::http::problem;
use crate::start_page;

/// The list of pages. It is not a file of the site itself.
const ROUTES: &str = "routes.json";
/// The page for unknown paths; it says so, with status 404.
const NOT_FOUND_PAGE: &str = "app.html";
/// Names in this folder change with their content. No one types them, so a missing one needs no explanation.
const ASSETS: &str = "/assets/";
/// CloudFront does not compress smaller files.
const COMPRESSED_BYTES: u16 = 1000;

/// The folder of the built site, and the settings of its responses.
#[derive(Debug)]
struct Site {
    folder: PathBuf,
    origin: String,
    edge: Edge,
}

/// The built site; if there is none, a start page.
pub(crate) fn router(folder: PathBuf, origin: String, edge: Edge) -> Router {
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESSED_BYTES).and(is_compressed));
    Router::new()
        .fallback_service(any(answer).with_state(Arc::new(Site { folder, origin, edge })))
        .layer(compression)
}

/// The format of `routes.json`, which the site's build writes: paths, and the files to show there.
#[derive(Debug, Default, Deserialize)]
struct Pages {
    pages: BTreeMap<String, String>,
    #[serde(default)]
    prefixes: BTreeMap<String, String>,
}

impl Pages {
    /// The file to show at a path, if the path is a page.
    fn file(&self, path: &str) -> Option<&str> {
        let path = match path.trim_end_matches('/') {
            "" => "/",
            trimmed => trimmed,
        };
        let below = || self.prefixes.iter().rev().find(|(prefix, _)| path.starts_with(prefix.as_str()));
        self.pages.get(path).or_else(|| below().map(|(_, file)| file)).map(String::as_str)
    }
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let refusal = problem(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "The site only supports GET and HEAD.",
        );
        return ([(header::ALLOW, "GET, HEAD")], refusal).into_response();
    }
    let path = request.uri().path().to_owned();
    let pages = match std::fs::read(site.folder.join(ROUTES)) {
        Ok(text) => match serde_json::from_slice::<Pages>(&text) {
            Ok(pages) => pages,
            Err(error) => return unreadable(ROUTES, &error.to_string()),
        },
        Err(_) if path == "/" => return start_page::page(&site.origin, request.headers()),
        Err(_) => return nothing_here(),
    };
    if path.trim_matches('/') != ROUTES
        && let Some(file) = site.file(without_body(&request)).await
    {
        return file;
    }
    if path.starts_with(ASSETS) {
        return nothing_here();
    }
    match pages.file(&path) {
        Some(page) => site.page(page, request).await,
        None => site.not_found(request).await,
    }
}

impl Site {
    /// The file at a path.
    async fn file(&self, request: Request) -> Option<Response> {
        let path = request.uri().path().to_owned();
        let mut folder = ServeDir::new(&self.folder).append_index_html_on_directories(false);
        let answer = folder.try_call(request).await.ok()?;
        let is_there = answer.status() != StatusCode::NOT_FOUND;
        is_there.then(|| self.dated(path.trim_start_matches('/'), answer.map(Body::new)))
    }

    /// A file that is shown at another path.
    async fn page(&self, name: &str, request: Request) -> Response {
        match ServeFile::new(self.folder.join(name)).try_call(request).await {
            Ok(page) if page.status() != StatusCode::NOT_FOUND => self.dated(name, page.map(Body::new)),
            Ok(_) => unreadable(name, "it is missing"),
            Err(error) => unreadable(name, &error.to_string()),
        }
    }

    async fn not_found(&self, mut request: Request) -> Response {
        // A partial response, or “not modified”, would not be a 404.
        for condition in [header::IF_MODIFIED_SINCE, header::IF_UNMODIFIED_SINCE, header::RANGE] {
            request.headers_mut().remove(condition);
        }
        let mut page = self.page(NOT_FOUND_PAGE, request).await;
        if page.status() == StatusCode::OK {
            *page.status_mut() = StatusCode::NOT_FOUND;
        }
        page
    }

    fn dated(&self, name: &str, mut answer: Response) -> Response {
        if let Some(cache) = self.edge.cache_control(name) {
            answer.headers_mut().insert(header::CACHE_CONTROL, cache);
        }
        answer
    }
}

fn without_body(request: &Request) -> Request {
    let mut same = Request::new(Body::empty());
    *same.method_mut() = request.method().clone();
    *same.uri_mut() = request.uri().clone();
    *same.headers_mut() = request.headers().clone();
    same
}

fn nothing_here() -> Response {
    problem(StatusCode::NOT_FOUND, "not_found", &problem_texts::not_found().in_language(Language::ENGLISH))
}

fn unreadable(file: &str, reason: &str) -> Response {
    let detail = format!("frontend/dist/{file} cannot be read: {reason}.");
    problem(StatusCode::INTERNAL_SERVER_ERROR, "site_unreadable", &detail)
}

/// Text in all its forms; pictures, clips and fonts are compressed already.
fn is_compressed(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/")
        || kind.ends_with("json")
        || kind.ends_with("xml")
        || matches!(kind, "application/javascript" | "application/wasm")
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    /// A site on disk that is deleted with the value.
    struct Built(PathBuf);

    impl Built {
        fn empty(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("sansfond-site-{name}-{}", std::process::id())))
        }

        fn new(name: &str) -> Self {
            let built = Self::empty(name);
            built.write("routes.json", r#"{"pages": {"/": "app.html", "/editor": "app.html"}}"#);
            built.write("app.html", "<title>app</title>");
            built.write("assets/index-D3f.js", &"const a = 1;\n".repeat(200));
            built.write("samples/cat.jpg", &"x".repeat(3000));
            built
        }

        fn write(&self, name: &str, text: &str) {
            let file = self.0.join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, text).expect("written");
        }

        async fn send(&self, request: axum::http::request::Builder) -> (StatusCode, HeaderMap, String) {
            let edge = Edge::new("http://127.0.0.1:9").expect("valid");
            let router = router(self.0.clone(), "http://127.0.0.1:8080".to_owned(), edge);
            let request = request.body(Body::empty()).expect("valid");
            let (parts, body) = router.oneshot(request).await.expect("infallible").into_parts();
            let body = body.collect().await.expect("whole").to_bytes();
            (parts.status, parts.headers, String::from_utf8_lossy(&body).trim_end().to_owned())
        }

        async fn get(&self, path: &str) -> (StatusCode, HeaderMap, String) {
            self.send(Request::get(path)).await
        }
    }

    impl Drop for Built {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// The same cases test the functions of the edge.
    #[tokio::test]
    async fn paths_are_answered_as_at_the_edge() {
        let given: serde_json::Value =
            serde_json::from_str(include_str!("../../edge/cases.json")).expect("valid");
        let site = Built::empty("cases");
        site.write("routes.json", &given["routes"].to_string());
        for file in given["files"].as_array().expect("a list").iter().filter_map(|file| file.as_str()) {
            site.write(file, &format!("this is {file}"));
        }
        let cases: Vec<(String, String, u16)> =
            serde_json::from_value(given["cases"].clone()).expect("cases");
        for (path, file, status) in cases {
            for asked in [path.clone(), format!("{path}?utm=1")] {
                let (answered, headers, body) = site.get(&asked).await;
                assert_eq!((answered.as_u16(), body), (status, format!("this is {file}")), "{asked}");
                if file.ends_with(".html") {
                    assert_eq!(headers["cache-control"], "public, max-age=0, s-maxage=300", "{asked}");
                    assert_eq!(headers["content-type"], "text/html", "{asked}");
                }
            }
        }
    }

    #[tokio::test]
    async fn an_unknown_path_is_never_unmodified() {
        let site = Built::new("unknown");
        let later = Request::get("/nothing").header("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT");
        assert_eq!(site.send(later.header("range", "bytes=0-1")).await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn hashed_files_are_cached_longer_than_pages() {
        let site = Built::new("files");
        let (status, headers, _) = site.get("/assets/index-D3f.js").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(site.get("/samples/cat.jpg").await.1["cache-control"], "public, max-age=86400");
        let (status, headers, _) = site.get("/assets/gone.js").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(!headers.contains_key("cache-control"), "a missing file may exist soon");
    }

    #[tokio::test]
    async fn a_cached_file_is_not_sent_again() {
        let site = Built::new("again");
        let modified = site.get("/editor").await.1["last-modified"].clone();
        let (status, headers, body) =
            site.send(Request::get("/editor").header("if-modified-since", modified)).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert!(headers.contains_key("cache-control"));
    }

    #[tokio::test]
    async fn text_is_compressed_and_pictures_are_not() {
        let site = Built::new("compressed");
        for encoding in ["br", "gzip"] {
            let (_, headers, body) =
                site.send(Request::get("/assets/index-D3f.js").header("accept-encoding", encoding)).await;
            assert_eq!(headers["content-encoding"], encoding);
            assert!(body.len() < 1000, "{} bytes", body.len());
            let (_, headers, _) =
                site.send(Request::get("/samples/cat.jpg").header("accept-encoding", encoding)).await;
            assert!(!headers.contains_key("content-encoding"));
        }
    }

    #[tokio::test]
    async fn a_new_build_shows_at_once() {
        let site = Built::new("rebuilt");
        assert_eq!(site.get("/pricing").await.0, StatusCode::NOT_FOUND);
        site.write("routes.json", r#"{"pages": {"/pricing": "app.html"}}"#);
        assert_eq!(site.get("/pricing").await.0, StatusCode::OK);
        site.write("routes.json", "{");
        let (status, _, body) = site.get("/pricing").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains("routes.json"), "{body}");
        std::fs::remove_file(site.0.join("routes.json")).expect("removed");
        assert!(site.get("/").await.2.contains("The local cloud is running"));
        assert_eq!(site.get("/pricing").await.1["content-type"], "application/problem+json");
    }

    #[tokio::test]
    async fn the_site_is_read_only() {
        let (status, headers, _) = Built::new("read").send(Request::post("/editor")).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(headers["allow"], "GET, HEAD");
    }
}
