//! Checks that a request that changes something comes from our own site (CSRF).

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Method};

/// `proof_needed`: the request has cookies, which a browser adds on behalf of any site. A request without cookies may
/// lack both headers (a program), but must not have wrong ones (a browser).
pub(crate) fn is_ours(method: &Method, headers: &HeaderMap, site: &str, proof_needed: bool) -> bool {
    if method.is_safe() {
        return true;
    }
    if let Some(origin) = headers.get(ORIGIN) {
        return origin.as_bytes() == site.as_bytes();
    }
    match headers.get("sec-fetch-site") {
        Some(from) => matches!(from.as_bytes(), b"same-origin"),
        None => !proof_needed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://sansfond.example";

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().expect("a name"), value.parse().expect("a value"))])
    }

    #[test]
    fn only_a_change_with_cookies_needs_a_proof() {
        assert!(is_ours(&Method::GET, &HeaderMap::new(), SITE, true));
        assert!(!is_ours(&Method::POST, &HeaderMap::new(), SITE, true));
        assert!(is_ours(&Method::POST, &HeaderMap::new(), SITE, false));
        assert!(is_ours(&Method::POST, &with("origin", SITE), SITE, true));
        assert!(is_ours(&Method::DELETE, &with("sec-fetch-site", "same-origin"), SITE, true));
    }

    #[test]
    fn another_site_is_rejected_with_and_without_cookies() {
        for needed in [true, false] {
            assert!(!is_ours(&Method::POST, &with("origin", "https://evil.example"), SITE, needed));
            assert!(!is_ours(&Method::POST, &with("origin", "null"), SITE, needed));
            assert!(!is_ours(&Method::POST, &with("sec-fetch-site", "same-site"), SITE, needed));
            assert!(!is_ours(&Method::PATCH, &with("sec-fetch-site", "cross-site"), SITE, needed));
        }
    }
}
