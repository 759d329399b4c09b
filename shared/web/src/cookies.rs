//! The two cookies of a session. `__Host-` binds them to this host and to HTTPS; no script sees them.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use sansfond_domain::ports::Tokens;

const ACCESS: &str = "__Host-sansfond-access";
const REFRESH: &str = "__Host-sansfond-refresh";
/// As long as Cognito's refresh token lives. The access token says itself when it ends.
const SECONDS: u32 = 30 * 24 * 60 * 60;

/// The access token of a request.
#[must_use]
pub fn access(headers: &HeaderMap) -> Option<&str> {
    find(headers, ACCESS)
}

/// The refresh token of a request.
#[must_use]
pub fn refresh(headers: &HeaderMap) -> Option<&str> {
    find(headers, REFRESH)
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
        .filter(|value| !value.is_empty())
}

/// Begins or renews a session.
///
/// # Errors
/// If a token cannot be written into a header, which no JWT does.
pub fn set(headers: &mut HeaderMap, tokens: &Tokens) -> Result<(), axum::http::header::InvalidHeaderValue> {
    headers.append(SET_COOKIE, cookie(ACCESS, &tokens.access, SECONDS)?);
    if let Some(refresh) = &tokens.refresh {
        headers.append(SET_COOKIE, cookie(REFRESH, refresh, SECONDS)?);
    }
    Ok(())
}

/// Ends a session in the browser.
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
    let mut cookie: HeaderValue =
        format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax").parse()?;
    cookie.set_sensitive(true);
    Ok(cookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_is_set_is_found_again_and_no_script_sees_it() {
        let mut headers = HeaderMap::new();
        let tokens = Tokens { access: "a.b.c".to_owned(), id: String::new(), refresh: Some("r".to_owned()) };
        set(&mut headers, &tokens).expect("headers");
        let sent: Vec<_> =
            headers.get_all(SET_COOKIE).iter().map(|one| one.to_str().expect("text").to_owned()).collect();
        assert_eq!(sent.len(), 2);
        for cookie in &sent {
            assert!(
                cookie.starts_with("__Host-") && cookie.contains("; Secure; HttpOnly; SameSite=Lax"),
                "{cookie}"
            );
            assert!(cookie.contains("; Path=/;") && !cookie.contains("Domain"), "{cookie}");
        }
        let pairs: Vec<_> = sent.iter().map(|cookie| cookie.split(';').next().expect("a pair")).collect();
        let mut request = HeaderMap::new();
        request.insert(COOKIE, pairs.join("; ").parse().expect("a header"));
        assert_eq!((access(&request), refresh(&request)), (Some("a.b.c"), Some("r")));
    }
}
