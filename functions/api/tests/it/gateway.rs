//! Real events of API Gateway in the form that Lambda delivers.

use std::time::Duration;

use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Context, LambdaEvent};
use sansfond_embedded::{Reply, Step};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::test_api::{self, ACCESS, ADA, REFRESH, TestApi};

const EVENT: &str = include_str!("../../../../fixtures/events/http-api-request.json");

/// The event of the fixture with another route.
fn event(method: &str, path: &str) -> Value {
    let mut event: Value = serde_json::from_str(EVENT).expect("JSON");
    event["rawPath"] = json!(path);
    event["requestContext"]["http"]["path"] = json!(path);
    event["requestContext"]["http"]["method"] = json!(method);
    event
}

/// The response of the function.
async fn invoke(test_api: &TestApi, event: Value) -> Value {
    let request: LambdaRequest = serde_json::from_value(event).expect("an event");
    let mut context = Context::default();
    context.request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef".to_owned();
    let adapter = Adapter::from(test_api.router.clone());
    let answer = adapter.oneshot(LambdaEvent::new(request, context)).await.expect("an answer");
    serde_json::to_value(answer).expect("JSON")
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON")
}

#[tokio::test]
async fn a_session_is_found_in_the_list_of_cookies_and_in_a_header() {
    let test_api = TestApi::open().await;
    let pair = format!("{ACCESS}={}", test_api.issuer.access(ADA));
    for path in ["/api/me", "/api/config"] {
        let mut listed = event("GET", path);
        listed["cookies"] = json!(["theme=dark", pair]);
        let mut in_header = event("GET", path);
        in_header.as_object_mut().expect("an object").remove("cookies");
        in_header["headers"]["cookie"] = json!(format!("theme=dark; {pair}"));
        let mut in_capitals = event("GET", path);
        in_capitals.as_object_mut().expect("an object").remove("cookies");
        in_capitals["headers"]["Cookie"] = json!(pair);
        for event in [listed, in_header, in_capitals] {
            let answer = invoke(&test_api, event).await;
            assert_eq!(answer["statusCode"], 200, "{answer}");
            let left = answer["headers"]["ratelimit"].as_str().expect("a header");
            assert!(left.contains("ordinary"), "{left}");
        }
    }
    // Three requests per path count for the account, none for the address.
    let mut unsigned = event("GET", "/api/config");
    unsigned.as_object_mut().expect("an object").remove("cookies");
    let answer = invoke(&test_api, unsigned).await;
    assert!(answer["headers"]["ratelimit"].as_str().expect("a header").contains("r=239;"), "{answer}");
}

#[tokio::test]
async fn our_log_and_lambdas_have_the_same_request_id() {
    let test_api = TestApi::open().await;
    let answer = invoke(&test_api, event("GET", "/api/me")).await;
    assert_eq!(answer["statusCode"], 401);
    assert_eq!(answer["headers"]["x-request-id"], "c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
    assert_eq!(body(&answer)["request_id"], "c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
    assert_eq!(answer["isBase64Encoded"], false);
}

#[tokio::test]
async fn anonymous_requests_count_for_the_address_from_the_gateway() {
    let test_api = TestApi::open().await;
    // Not across the end of a window.
    while test_api::now().seconds() % 60 > 55 {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let from = async |address: &str| {
        let mut event = event("GET", "/api/config");
        event["requestContext"]["http"]["sourceIp"] = json!(address);
        // Any client can send this header; it is not trusted.
        event["headers"]["x-forwarded-for"] = json!(format!("203.0.113.{}", unique_number()));
        let answer = invoke(&test_api, event).await;
        let standing = answer["headers"]["ratelimit"].as_str().expect("a header").to_owned();
        standing.split(';').nth(1).expect("what is left").to_owned()
    };
    assert_eq!(from("198.51.100.7").await, "r=239");
    assert_eq!(from("198.51.100.7").await, "r=238");
    assert_eq!(from("198.51.100.8").await, "r=239");
    assert_eq!(from("2001:db8:1:2:3:4:5:6").await, "r=239");
    assert_eq!(from("2001:db8:1:2:ffff::1").await, "r=238", "the same network");
}

/// A different number each time.
fn unique_number() -> u8 {
    use std::sync::atomic::{AtomicU8, Ordering};
    static NEXT: AtomicU8 = AtomicU8::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[tokio::test]
async fn parameters_and_bodies_arrive() {
    let test_api = TestApi::open().await;
    let pair = format!("{ACCESS}={}", test_api.issuer.access(ADA));
    let mut list = event("GET", "/api/jobs");
    list["rawQueryString"] = json!("limit=0");
    list["queryStringParameters"] = json!({ "limit": "0" });
    list["cookies"] = json!([pair]);
    assert_eq!(body(&invoke(&test_api, list).await)["code"], "invalid_request");
    let wish = json!({ "name": "été.png", "type": "image/png", "size_bytes": 5 }).to_string();
    for (is_base64, sent) in
        [(false, wish), (true, "eyJuYW1lIjoiYSIsInR5cGUiOiJpbWFnZS9wbmciLCJzaXplX2J5dGVzIjo1fQ==".to_owned())]
    {
        let mut upload = event("POST", "/api/uploads");
        upload["cookies"] = json!([pair]);
        upload["headers"]["content-type"] = json!("application/json");
        upload["headers"]["origin"] = json!(test_api::SITE);
        upload["body"] = json!(sent);
        upload["isBase64Encoded"] = json!(is_base64);
        let answer = invoke(&test_api, upload).await;
        assert_eq!(
            (&answer["statusCode"], &body(&answer)["job"]["state"]),
            (&json!(201), &json!("pending")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_login_sends_both_cookies() {
    let test_api = TestApi::open().await;
    let tokens = json!({ "AuthenticationResult": {
        "AccessToken": test_api.issuer.access(ADA),
        "IdToken": test_api.issuer.sign(&test_api.issuer.id_claims(ADA, "ada@example.org", "en")),
        "RefreshToken": "refresh-1",
    }});
    test_api.script().next("AdminInitiateAuth", 1, Step::Instead(Reply::ok(tokens)));
    let mut login = event("POST", "/api/auth/login");
    login.as_object_mut().expect("an object").remove("cookies");
    login["headers"]["content-type"] = json!("application/json");
    login["body"] = json!(json!({ "email": "ada@example.org", "password": "Passw0rdPass" }).to_string());
    let answer = invoke(&test_api, login).await;
    let cookies = answer["cookies"].as_array().expect("a list");
    let begins = |index: usize, name: &str| cookies[index].as_str().is_some_and(|one| one.starts_with(name));
    assert!(cookies.len() == 2 && begins(0, ACCESS) && begins(1, REFRESH), "{answer}");
}
