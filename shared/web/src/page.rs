//! Pagination of lists.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sansfond_domain::ports::PageRequest;
use sansfond_texts::request;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{Code, Problem};

/// The query parameters of a paginated list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The maximum number of items, 1 to 100. Defaults to 20.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The cursor for the page: the value of `next` on the previous page.
    #[param(min_length = 2, max_length = 267, pattern = "^[A-Za-z0-9_-]+$")]
    after: Option<String>,
}

/// Validates the parameters.
///
/// # Errors
/// [`Code::InvalidRequest`].
pub fn page_request(query: PageQuery) -> Result<PageRequest, Problem> {
    let limit = query.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Problem::new(Code::InvalidRequest).detail(request::limit()));
    }
    let after = query.after.map(|cursor| {
        let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded.filter(|text| (1..=200).contains(&text.len()));
        decoded.ok_or_else(|| Problem::new(Code::InvalidRequest).detail(request::after()))
    });
    Ok(PageRequest { limit, after: after.transpose()? })
}

/// Encodes a position in a list as an opaque cursor.
#[must_use]
pub fn cursor(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}
