//! The start page, shown at `/` until the site is built, in the reader's language.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use sansfond_domain::Language;
use sansfond_texts::{Message, start_page};

use crate::settings::{DEMO_EMAIL, DEMO_PASSWORD};

/// The path of the style; an inline style would violate our own policy.
pub(crate) const STYLE_PATH: &str = "/local.css";

const STYLE: &str = "\
:root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif; }
body { max-width: 46rem; margin: 8vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.1rem; margin: 0; }
article { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 0.75rem;
  padding: 1rem 1.25rem; margin: 1rem 0; }
pre { overflow-x: auto; padding: 0.9rem 1rem; border-radius: 0.5rem; font-size: 0.85rem; line-height: 1.5;
  background: color-mix(in srgb, currentColor 7%, transparent); white-space: pre-wrap; overflow-wrap: anywhere; }
.quiet { opacity: 0.7; margin: 0.25rem 0; font-size: 0.9rem; }
a { color: light-dark(#0b57d0, #8ab4f8); }
";

/// The start page.
pub(crate) fn page(origin: &str, headers: &HeaderMap) -> Response {
    let accepted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = Html(render(sansfond_texts::negotiate(accepted), origin)).into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

/// `GET /local.css`
pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

fn render(language: Language, origin: &str) -> String {
    let text = |message: Message| escape(&message.in_language(language));
    let (heading, intro) = (text(start_page::heading()), text(start_page::intro()));
    let (docs, outbox) = (text(start_page::docs()), text(start_page::outbox()));
    let (health, account, try_it) =
        (text(start_page::health()), text(start_page::account()), text(start_page::try_it()));
    // The origin header is the proof of a request from the site itself, which unsafe methods need.
    let curl = escape(&format!(
        "curl -c cookies -H 'Origin: {origin}' -H 'Content-Type: application/json' \\\n  \
         -d '{{\"email\":\"{DEMO_EMAIL}\",\"password\":\"{DEMO_PASSWORD}\"}}' {origin}/api/auth/login\n\
         curl -b cookies -H 'Origin: {origin}' -H 'Content-Type: image/jpeg' \\\n  \
         --data-binary @photo.jpg -o cutout.png {origin}/api/remove-background"
    ));
    let body = format!(
        "<h1>{heading}</h1>\n<p>{intro}</p>\n<ul>\n\
         <li><a href=\"/docs\">/docs</a> · {docs}</li>\n\
         <li><a href=\"/outbox\">/outbox</a> · {outbox}</li>\n\
         <li><a href=\"/api/health\">/api/health</a> · {health}</li>\n</ul>\n\
         <article>\n<h2>{account}</h2>\n<pre>{DEMO_EMAIL}\n{DEMO_PASSWORD}</pre>\n</article>\n\
         <article>\n<h2>{try_it}</h2>\n<pre>{curl}</pre>\n</article>\n"
    );
    document(language.code(), "Sansfond", &body, None)
}

/// A whole page around a body. `refresh_s`: reload after so many seconds.
pub(crate) fn document(language: &str, title: &str, body: &str, refresh_s: Option<u32>) -> String {
    let refresh = refresh_s
        .map(|seconds| format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">\n"))
        .unwrap_or_default();
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{refresh}\
         <title>{title}</title>\n<link rel=\"stylesheet\" href=\"{STYLE_PATH}\">\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// Escapes text for HTML, inside an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_in_the_readers_language() {
        let french = render("fr".parse().expect("a language"), "http://localhost:8080");
        assert!(
            french.contains("<html lang=\"fr\">") && french.contains("Le cloud local fonctionne"),
            "{french}"
        );
        let english = render(Language::ENGLISH, "http://localhost:8080");
        assert!(
            english.contains("<html lang=\"en\">") && english.contains("The local cloud is running"),
            "{english}"
        );
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
