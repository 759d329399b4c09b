//! The start page, shown at `/` until the site is built, in the reader's language.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

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

/// The texts in one language.
struct StartPageTexts {
    language: &'static str,
    heading: &'static str,
    intro: &'static str,
    docs: &'static str,
    outbox: &'static str,
    health: &'static str,
    account: &'static str,
    try_it: &'static str,
}

const ENGLISH: StartPageTexts = StartPageTexts {
    language: "en",
    heading: "The local cloud is running",
    intro: "The whole service runs on this machine and answers at this address only.",
    docs: "The API, documented and ready to try",
    outbox: "Mails that the service sent",
    health: "Health of the service",
    account: "Demo account",
    try_it: "From a photograph to a cutout, with curl",
};

const FRENCH: StartPageTexts = StartPageTexts {
    language: "fr",
    heading: "Le nuage local fonctionne",
    intro: "Tout le service tourne sur cette machine et ne répond qu’à cette adresse.",
    docs: "L’interface, documentée et prête à l’essai",
    outbox: "Les messages envoyés par le service",
    health: "L’état du service",
    account: "Compte de démonstration",
    try_it: "D’une photo à son détourage, avec curl",
};

pub(crate) fn page(origin: &str, headers: &HeaderMap) -> Response {
    let accepted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let words = if prefers_french(accepted) { &FRENCH } else { &ENGLISH };
    let mut response = Html(render(words, origin)).into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

/// `GET /local.css`
pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

fn render(words: &StartPageTexts, origin: &str) -> String {
    let StartPageTexts { language, heading, intro, docs, outbox, health, account, try_it } = words;
    // Unsafe methods need the `Origin` header, which proves that a request comes from the site itself.
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
    document(language, "Sansfond", &body, None)
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

/// Whether `Accept-Language` prefers French to English.
fn prefers_french(accepted: &str) -> bool {
    let weight = |language: &str| {
        accepted
            .split(',')
            .filter_map(|range| {
                let (tag, rest) = range.split_once(';').unwrap_or((range, "q=1"));
                let primary = tag.trim().split('-').next().unwrap_or_default();
                let weight = rest.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok())?;
                primary.eq_ignore_ascii_case(language).then_some(weight)
            })
            .fold(0.0, f32::max)
    };
    weight("fr") > weight("en")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_comes_only_where_it_is_preferred() {
        assert!(prefers_french("fr"));
        assert!(prefers_french("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5"));
        assert!(prefers_french("de, FR;q=0.4"));
        for english in ["", "en-US,en;q=0.9,fr;q=0.8", "de", "fr;q=0", "fr;q=x"] {
            assert!(!prefers_french(english), "{english}");
        }
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
