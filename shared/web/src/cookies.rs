//! The two cookies of a session. `__Host-` binds them to this host and to HTTPS, and scripts cannot read them.
//!
//! The refresh cookie contains the account before the token, because Cognito needs the account when the access token has
//! expired. Cognito rejects a cookie with another account, because the token does not belong to it.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use sansfond_domain::AccountId;
use sansfond_domain::ports::Tokens;

const ACCESS: &str = "__Host-sansfond-access";
const REFRESH: &str = "__Host-sansfond-refresh";
/// No account ID contains this character.
const SEPARATOR: char = ':';
/// The lifetime of Cognito's refresh token. The access token contains its own expiry.
const SECONDS: u32 = 30 * 24 * 60 * 60;

/// The access token of a request.
#[must_use]
pub fn access(headers: &HeaderMap) -> Option<&str> {
    find(headers, ACCESS)
}

/// The refresh token of a request and its account.
#[must_use]
pub fn refresh(headers: &HeaderMap) -> Option<(AccountId, &str)> {
    let (account, token) = find(headers, REFRESH)?.split_once(SEPARATOR)?;
    Some((account.parse().ok()?, token))
}

/// Whether a request has a cookie of a session.
pub(crate) fn exist(headers: &HeaderMap) -> bool {
    [ACCESS, REFRESH].iter().any(|name| find(headers, name).is_some())
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .and_then(|cookie| cookie.value_raw())
        .filter(|value| !value.is_empty())
}

/// Sets the cookies of a new or renewed session.
///
/// # Errors
/// If a token is not valid in a header; every JWT is.
pub fn set(
    headers: &mut HeaderMap,
    account: &AccountId,
    tokens: &Tokens,
) -> Result<(), axum::http::header::InvalidHeaderValue> {
    headers.append(SET_COOKIE, cookie(ACCESS, &tokens.access, SECONDS)?);
    if let Some(refresh) = &tokens.refresh {
        headers.append(SET_COOKIE, cookie(REFRESH, &format!("{account}{SEPARATOR}{refresh}"), SECONDS)?);
    }
    Ok(())
}

/// Deletes the cookies of a session.
pub fn clear(headers: &mut HeaderMap) {
    for name in [ACCESS, REFRESH] {
        if let Ok(empty) = cookie(name, "", 0) {
            headers.append(SET_COOKIE, empty);
        }
    }
}

fn cookie(
    name: &str,
    value: &str,
    seconds: u32,
) -> Result<HeaderValue, axum::http::header::InvalidHeaderValue> {
    let cookie = Cookie::build((name, value))
        .path("/")
        .max_age(Duration::seconds(seconds.into()))
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax);
    let mut header: HeaderValue = cookie.to_string().parse()?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_cookies_are_read_back_and_hidden_from_scripts() {
        let mut headers = HeaderMap::new();
        let tokens = Tokens { access: "a.b.c".to_owned(), id: String::new(), refresh: Some("r".to_owned()) };
        let account: AccountId = "8f14-a".parse().expect("a name");
        set(&mut headers, &account, &tokens).expect("headers");
        let sent: Vec<_> =
            headers.get_all(SET_COOKIE).iter().map(|one| one.to_str().expect("text").to_owned()).collect();
        assert_eq!(sent.len(), 2);
        for cookie in &sent {
            assert!(
                cookie.starts_with("__Host-") && cookie.contains("; HttpOnly; SameSite=Lax; Secure"),
                "{cookie}"
            );
            assert!(cookie.contains("; Path=/;") && cookie.contains("; Max-Age=2592000"), "{cookie}");
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        let pairs: Vec<_> = sent.iter().map(|cookie| cookie.split(';').next().expect("a pair")).collect();
        let mut request = HeaderMap::new();
        request.insert(COOKIE, pairs.join("; ").parse().expect("a header"));
        assert_eq!((access(&request), refresh(&request)), (Some("a.b.c"), Some((account, "r"))));
        for broken in ["r", ":r", "../a:r", ""] {
            request.insert(COOKIE, format!("{REFRESH}={broken}").parse().expect("a header"));
            assert_eq!((refresh(&request), exist(&request)), (None, !broken.is_empty()), "{broken}");
        }
    }
}
