//! The language of a response.
//!
//! `Accept-Language` is parsed here and not by a crate (December 2026): `accept-language` 3.1 sorts by weights that may
//! be `nan`, and panics on such a header; `fluent-langneg` 0.14 ignores the weights; `headers` has no type for it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use sansfond_domain::Language;

/// The preferred language of `Accept-Language`; English if it names no supported language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLanguage(pub Language);

impl<S: Sync> FromRequestParts<S> for RequestLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(wanted(&parts.headers)))
    }
}

pub(crate) fn wanted(headers: &HeaderMap) -> Language {
    let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = (Language::default(), 0.0_f32);
    for choice in header.split(',') {
        let (tag, parameters) = choice.split_once(';').unwrap_or((choice, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
        if let Ok(language) = tag.trim().parse::<Language>()
            && weight > best.1
        {
            best = (language, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, header.parse().expect("a header"));
        wanted(&headers)
    }

    #[test]
    fn the_supported_language_with_the_highest_weight_wins() {
        assert_eq!(of("de, fr-CH;q=0.9, en;q=0.8"), Language::Fr);
        assert_eq!(of("fr;q=0.2, en;q=0.8"), Language::En);
        assert_eq!(of("de"), Language::En);
        assert_eq!(of("fr;q=0"), Language::En);
        assert_eq!(of("fr;q=nan, de;q=0.1"), Language::En);
    }
}
