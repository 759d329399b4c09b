//! The headers that CloudFront adds to responses, from a file that is also compared with `infra/edge.yaml`.
//!
//! Deliberately absent: headers that only make sense over TLS; a browser that is told to use only TLS would
//! not return to 127.0.0.1.

use std::collections::BTreeMap;

use anyhow::Context;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

const FILE: &str = include_str!("../../edge/headers.json");
/// A placeholder for the origin of the bucket with customers' files.
const BUCKET: &str = "{bucket}";

#[derive(Deserialize)]
struct Document {
    site: BTreeMap<String, String>,
    api: BTreeMap<String, String>,
    cache: Vec<CacheRule>,
}

/// The parsed rules.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    site: HeaderMap,
    api: HeaderMap,
    cache: Vec<CacheRule>,
}

/// How long a file may be cached; the first matching rule counts.
#[derive(Debug, Clone, Deserialize)]
struct CacheRule {
    #[serde(default)]
    starts: String,
    #[serde(default)]
    ends: String,
    cache: String,
}

impl Edge {
    /// The rules, with the origin of customers' files.
    ///
    /// # Errors
    /// The file contains an invalid header.
    pub(crate) fn new(bucket_origin: &str) -> anyhow::Result<Self> {
        let document: Document = serde_json::from_str(FILE).context("infra/edge/headers.json")?;
        let headers = |texts: BTreeMap<String, String>| -> anyhow::Result<HeaderMap> {
            texts
                .into_iter()
                .map(|(name, value)| {
                    let value = HeaderValue::from_str(&value.replace(BUCKET, bucket_origin))?;
                    Ok((HeaderName::from_bytes(name.as_bytes())?, value))
                })
                .collect()
        };
        Ok(Self { site: headers(document.site)?, api: headers(document.api)?, cache: document.cache })
    }

    /// Relaxes the site's content security policy for Vite at `authority`: inline scripts and styles, and its
    /// WebSocket. The rest of the policy stays, so that violations show during development.
    ///
    /// # Errors
    /// The policy would not be a valid header.
    pub(crate) fn allow_hot_reload(&mut self, authority: &Authority) -> anyhow::Result<()> {
        let policy = self.site.get_mut(CONTENT_SECURITY_POLICY).context("the site has no policy")?;
        let relaxed = policy
            .to_str()?
            .replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
            .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
            .replace("connect-src 'self'", &format!("connect-src 'self' ws://{authority}"));
        *policy = HeaderValue::from_str(&relaxed)?;
        Ok(())
    }

    /// For all paths outside of the API: the site does not set these headers itself.
    pub(crate) fn on_site(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.site {
            headers.insert(name, value.clone());
        }
    }

    /// For the API: a function may set a stricter or, for the documentation, a wider value.
    pub(crate) fn on_api(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.api {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }

    /// `Cache-Control` of a file, by its path in the site's folder.
    pub(crate) fn cache_control(&self, file: &str) -> Option<HeaderValue> {
        let fits = |rule: &&CacheRule| file.starts_with(&rule.starts) && file.ends_with(&rule.ends);
        self.cache.iter().find(fits).and_then(|rule| HeaderValue::from_str(&rule.cache).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_the_bucket_and_no_inline_code() {
        let mut headers = HeaderMap::new();
        Edge::new("http://127.0.0.1:9").expect("valid").on_site(&mut headers);
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("connect-src 'self' blob: http://127.0.0.1:9;"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains(BUCKET), "{policy}");
        assert!(!headers.contains_key("strict-transport-security"), "nothing here is TLS");
    }

    #[test]
    fn hot_reload_relaxes_only_what_it_needs() {
        let mut edge = Edge::new("http://127.0.0.1:9").expect("valid");
        edge.allow_hot_reload(&Authority::from_static("127.0.0.1:5173")).expect("a policy");
        let mut headers = HeaderMap::new();
        edge.on_site(&mut headers);
        let policy = headers["content-security-policy"].to_str().expect("text");
        for directive in [
            "default-src 'none';",
            "script-src 'self' 'unsafe-inline';",
            "style-src 'self' 'unsafe-inline';",
            "connect-src 'self' ws://127.0.0.1:5173 blob: http://127.0.0.1:9;",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(directive), "{directive} is missing in {policy}");
        }
        assert_eq!(policy.matches("unsafe").count(), 2, "{policy}");
        let mut api = HeaderMap::new();
        edge.on_api(&mut api);
        assert!(
            !api["content-security-policy"].to_str().expect("text").contains("unsafe"),
            "the API needs none"
        );
    }

    #[test]
    fn a_function_overrides_the_headers_of_the_edge() {
        let mut headers = HeaderMap::new();
        headers.insert("content-security-policy", HeaderValue::from_static("default-src 'self'"));
        Edge::new("http://x").expect("valid").on_api(&mut headers);
        assert_eq!(headers["content-security-policy"], "default-src 'self'");
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }

    #[test]
    fn hashed_files_are_cached_for_a_year_and_pages_are_revalidated() {
        let edge = Edge::new("http://x").expect("valid");
        let cache = |file| edge.cache_control(file).expect("a rule").to_str().expect("text").to_owned();
        assert!(cache("assets/index-D3f.js").contains("immutable"));
        assert!(cache("fr/index.html").contains("max-age=0"));
        assert_eq!(cache("samples/cat.jpg"), "public, max-age=86400");
        assert_eq!(cache("robots.txt"), "public, max-age=3600");
    }
}
