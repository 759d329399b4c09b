//! Downloads a picture from a link that a user wrote.
//!
//! A link may point to an address that only the server can reach: the metadata service, the loopback interface,
//! a private network (server-side request forgery). So each address is checked after its name has been resolved,
//! and the connection goes to the checked address: there is no second lookup that could give a different one.
//! Each redirect goes through the same checks.
//!
//! Deliberately absent: a proxy (not even one from the environment), cookies, credentials, decompression, and
//! trust in any header of the response. Calls block; callers run them on a thread of their own.

mod address;

use std::io::Read;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use url::Url;

pub use address::is_public;

/// Time for the whole download, from the first lookup to the last byte, with redirects.
const TOTAL: Duration = Duration::from_secs(10);
/// Time for one connection.
const CONNECT: Duration = Duration::from_secs(5);
const MAX_REDIRECTS: usize = 5;
const MAX_URL: usize = 4096;

/// A picture could not be fetched. The texts are for the user who wrote the link; none repeats it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The link is not a plain web link.
    #[error("the link cannot be used: {0}")]
    Link(&'static str),
    /// The link leads to an address that is not on the public internet.
    #[error("the link does not lead to the public internet")]
    Private,
    /// The server's status was not 200.
    #[error("the server of the link answered {0}")]
    Status(u16),
    /// The link has too many redirects.
    #[error("the link was redirected more than {MAX_REDIRECTS} times")]
    Redirects,
    /// The file is larger than the caller allows.
    #[error("the file behind the link is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The server did not answer in time.
    #[error("the server of the link took too long")]
    Timeout,
    /// The name does not resolve, the server does not answer, or its certificate is not valid.
    #[error("the server of the link cannot be reached")]
    Unreachable {
        /// The cause, for the log.
        #[source]
        source: Box<ureq::Error>,
    },
}

/// Fetches pictures.
#[derive(Debug, Clone)]
pub struct Fetcher {
    agent: ureq::Agent,
    total: Duration,
}

impl Default for Fetcher {
    fn default() -> Self {
        Self::new(is_public, TOTAL)
    }
}

impl Fetcher {
    /// A fetcher that connects only to the addresses that `allowed` accepts, for at most `total`. For tests; programs
    /// use the default.
    #[must_use]
    pub fn new(allowed: fn(IpAddr) -> bool, total: Duration) -> Self {
        let config = Config::builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .user_agent("Sansfond")
            .build();
        let resolver = PublicOnly { system: DefaultResolver::default(), allowed };
        Self { agent: ureq::Agent::with_parts(config, DefaultConnector::default(), resolver), total }
    }

    /// Downloads the file behind a link, at most `limit` bytes, which are held in memory.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn fetch(&self, link: &str, limit: u64) -> Result<Vec<u8>, FetchError> {
        let started = Instant::now();
        let mut url = checked(link)?;
        for _ in 0..=MAX_REDIRECTS {
            let left = self.total.checked_sub(started.elapsed()).ok_or(FetchError::Timeout)?;
            let request = self.agent.get(url.as_str()).config();
            let request = request.timeout_global(Some(left)).timeout_connect(Some(CONNECT.min(left))).build();
            let answer = request.call()?;
            let status = answer.status();
            if status == 200 {
                return read(answer, limit);
            }
            let location = answer.headers().get("location").and_then(|location| location.to_str().ok());
            match location.filter(|_| matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)) {
                Some(location) => {
                    let next =
                        url.join(location).map_err(|_| FetchError::Link("its redirect is not a link"))?;
                    url = checked(next.as_str())?;
                }
                None => return Err(FetchError::Status(status.as_u16())),
            }
        }
        Err(FetchError::Redirects)
    }
}

fn read(answer: ureq::http::Response<ureq::Body>, limit: u64) -> Result<Vec<u8>, FetchError> {
    let body = answer.into_body();
    if body.content_length().is_some_and(|length| length > limit) {
        return Err(FetchError::TooLarge { limit });
    }
    let mut bytes = Vec::new();
    // One byte more than the limit shows that the file is too large.
    let most = limit.saturating_add(1);
    body.into_reader().take(most).read_to_end(&mut bytes).map_err(ureq::Error::from)?;
    if bytes.len() as u64 > limit { Err(FetchError::TooLarge { limit }) } else { Ok(bytes) }
}

/// Checks a link before its name is resolved. Ports below 1024 other than those of HTTP are rejected, because
/// they belong to other services.
fn checked(link: &str) -> Result<Url, FetchError> {
    if link.len() > MAX_URL {
        return Err(FetchError::Link("it is too long"));
    }
    let url = Url::parse(link.trim())
        .map_err(|_| FetchError::Link("it is not a link like https://example.org/a.jpg"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Link("only https and http are followed"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Link("it contains a user name or a password"));
    }
    match url.port() {
        None | Some(80 | 443 | 1024..) => Ok(url),
        Some(_) => Err(FetchError::Link("its port is not that of a web server")),
    }
}

impl From<ureq::Error> for FetchError {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Other(other) if other.is::<NotPublic>() => Self::Private,
            ureq::Error::Timeout(_) => Self::Timeout,
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Self::Link("it is not a valid link"),
            other => Self::Unreachable { source: Box::new(other) },
        }
    }
}

/// No address of a name is on the public internet.
#[derive(Debug, thiserror::Error)]
#[error("no address of this name is public")]
struct NotPublic;

/// The system's resolver, without the addresses that are not allowed.
#[derive(Debug)]
struct PublicOnly {
    system: DefaultResolver,
    allowed: fn(IpAddr) -> bool,
}

impl Resolver for PublicOnly {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.system.resolve(uri, config, timeout)?;
        let mut public = self.empty();
        for address in found.iter().filter(|address| (self.allowed)(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() { Err(ureq::Error::Other(Box::new(NotPublic))) } else { Ok(public) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_other_than_plain_web_links_are_rejected() {
        for link in [
            "",
            "picture.png",
            "//example.org/a",
            "ftp://example.org/a",
            "file:///etc/passwd",
            "gopher://x/",
            "data:image/png;base64,AAAA",
            "http://",
            "https://user@example.org/",
            "https://:pass@example.org/",
            "http://example.org:22/",
            "http://example.org:25/",
            "https://example.org:6/",
        ] {
            assert!(matches!(checked(link), Err(FetchError::Link(_))), "{link}");
        }
        let long = format!("https://example.org/{}", "a".repeat(MAX_URL));
        assert!(matches!(checked(&long), Err(FetchError::Link(_))));
        for link in ["http://example.org", " https://example.org:8443/a?b#c ", "http://example.org:443/"] {
            assert!(checked(link).is_ok(), "{link}");
        }
    }

    #[test]
    fn every_spelling_of_a_private_address_is_rejected() {
        let fetcher = Fetcher::default();
        for host in [
            "127.0.0.1",
            "localhost",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "0",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a00:1]",
            "[::127.0.0.1]",
            "169.254.169.254",
            "[fd00:ec2::254]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:7f00:1::]",
            "10.0.0.1",
            "[fe80::1]",
            "127。0。0。1",
        ] {
            let error = fetcher.fetch(&format!("http://{host}:9/"), 10).expect_err(host);
            assert!(matches!(error, FetchError::Link(_)), "port 9: {host}: {error:?}");
            let error = fetcher.fetch(&format!("http://{host}/"), 10).expect_err(host);
            assert!(matches!(error, FetchError::Private), "{host}: {error:?}");
        }
    }
}
