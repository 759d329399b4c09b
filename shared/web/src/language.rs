//! The language of a response.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use sansfond_domain::Language;
use sansfond_texts::request;

use crate::{Code, Problem};

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
    let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    sansfond_texts::negotiate(header.unwrap_or_default())
}

/// A language that a client has chosen, if it has texts.
///
/// # Errors
/// A problem that lists those that do.
pub fn supported_language(chosen: Language) -> Result<Language, Problem> {
    sansfond_texts::find(chosen.code()).ok_or_else(|| {
        let codes: Vec<_> = sansfond_texts::languages().map(String::from).collect();
        Problem::new(Code::InvalidRequest).detail(request::language(codes.join(", ")))
    })
}
