//! Requests to the local cloud, as a browser or a program sends them.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use super::local_cloud::LocalCloud;

/// More time than any function may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A client: it returns the cookies that were set, like a browser.
#[derive(Debug, Clone)]
pub(super) struct Client {
    origin: String,
    /// By name, without their attributes.
    pub(super) cookies: BTreeMap<String, String>,
    headers: BTreeMap<&'static str, String>,
}

/// A response.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Without redirects and cookies of its own; every status is a response.
fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        let config = Agent::config_builder().proxy(None).max_redirects(0).http_status_as_error(false);
        config.timeout_global(Some(LIMIT)).build().into()
    })
}

impl Client {
    /// A browser on our site.
    pub(super) fn browser(local_cloud: &LocalCloud) -> Self {
        Self::program(local_cloud).with("origin", &local_cloud.origin())
    }

    /// A program without credentials.
    pub(super) fn program(local_cloud: &LocalCloud) -> Self {
        Self { origin: local_cloud.origin(), cookies: BTreeMap::new(), headers: BTreeMap::new() }
    }

    /// Adds a header to each request.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.to_owned());
        self
    }

    pub(super) fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    pub(super) fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], Some(body.to_string().as_bytes()))
    }

    /// Posts without a body.
    pub(super) fn do_post(&mut self, path: &str) -> Answer {
        self.send("POST", path, &[], Some(&[]))
    }

    pub(super) fn patch(&mut self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[("content-type", "application/json")], Some(body.to_string().as_bytes()))
    }

    pub(super) fn delete(&mut self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    /// Deletes with a body.
    pub(super) fn delete_with(&mut self, path: &str, body: &Value) -> Answer {
        self.send("DELETE", path, &[("content-type", "application/json")], Some(body.to_string().as_bytes()))
    }

    pub(super) fn send(
        &mut self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let mut headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(&name, value)| (name, value.as_str()))
            .chain(more.iter().copied())
            .collect();
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let pairs = pairs.join("; ");
        if !pairs.is_empty() {
            headers.push(("cookie", &pairs));
        }
        let answer = request(method, &format!("{}{path}", self.origin), &headers, body);
        for cookie in answer.all("set-cookie") {
            let (pair, attributes) = cookie.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a pair");
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// A request to any address, such as a signed link.
pub(super) fn request(method: &str, address: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
    let sent = match (method, body) {
        ("GET", None) => add(agent().get(address), headers).call(),
        ("DELETE", None) => add(agent().delete(address), headers).call(),
        ("DELETE", Some(body)) => add(agent().delete(address), headers).force_send_body().send(body),
        ("POST", Some(body)) => add(agent().post(address), headers).send(body),
        ("PUT", Some(body)) => add(agent().put(address), headers).send(body),
        ("PATCH", Some(body)) => add(agent().patch(address), headers).send(body),
        _ => panic!("{method} is not supported here"),
    };
    Answer::read(sent.unwrap_or_else(|error| panic!("{method} {address}: {error}")))
}

fn add<B>(mut builder: ureq::RequestBuilder<B>, headers: &[(&str, &str)]) -> ureq::RequestBuilder<B> {
    for &(name, value) in headers {
        builder = builder.header(name, value);
    }
    builder
}

impl Answer {
    fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.into_with_config().limit(100_000_000).read_to_vec().expect("a whole body");
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Asserts the status.
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Asserts a problem with this status and code, and returns its body.
    #[track_caller]
    pub(super) fn problem(self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem.header("content-type"), "application/problem+json");
        let body = problem.json();
        assert_eq!(
            (body["code"].as_str(), body["status"].as_u64()),
            (Some(code), Some(status.into())),
            "{body}"
        );
        assert_eq!(body["request_id"].as_str(), Some(problem.header("x-request-id")), "{body}");
        body
    }

    /// A header; empty if it is absent.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.headers.get_all(name).iter().map(|value| value.to_str().expect("text").to_owned()).collect()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(2000).collect()
    }
}
