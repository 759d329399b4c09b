//! Errors as clients see them.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use axum::routing::get;
use sansfond_api::routes;
use sansfond_embedded::{Reply, Step};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::test_api::{ADA, TestApi};

const UPLOADS: &str = "/api/uploads";

#[tokio::test]
async fn a_problem_is_written_in_the_language_of_the_caller() {
    let test_api = TestApi::open().await;
    let english = test_api.get("/api/me").send().await;
    let french = test_api.get("/api/me").in_french().send().await;
    let (english_body, french_body) =
        (english.problem(401, "unauthenticated"), french.problem(401, "unauthenticated"));
    assert_eq!(english_body["title"], "Please sign in.");
    assert_eq!(french_body["title"], "Veuillez vous connecter.");
    for (answer, body) in [(&english, &english_body), (&french, &french_body)] {
        assert_eq!(body["type"], "urn:sansfond:problem:unauthenticated");
        assert_eq!(body["status"], 401);
        assert_eq!(body["request_id"], answer.header("x-request-id"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_ne!(english_body["request_id"], french_body["request_id"]);
}

#[tokio::test]
async fn an_unknown_path_is_a_not_found_problem() {
    let test_api = TestApi::open().await;
    for path in ["/", "/api", "/api/nothing", "/api/me/", "/api/jobs/a/b/c", "/docs/nothing.js"] {
        let answer = test_api.get(path).by(ADA).send().await;
        answer.problem(404, "not_found");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_a_problem_with_the_allowed_methods() {
    let test_api = TestApi::open().await;
    for (method, path, right) in [
        (Method::PUT, "/api/me", "GET"),
        (Method::GET, "/api/auth/login", "POST"),
        (Method::DELETE, "/api/config", "GET"),
    ] {
        let answer = test_api.call(method, path).header("origin", crate::test_api::SITE).send().await;
        answer.problem(405, "method_not_allowed");
        assert!(answer.header("allow").contains(right), "{answer:?}");
    }
}

#[tokio::test]
async fn a_single_route_has_the_same_problems() {
    let test_api = TestApi::open().await;
    let router = routes::get_me::router(&test_api.boot).expect("a router");
    for (method, path, status) in [("GET", "/api/config", 404), ("PUT", "/api/me", 405)] {
        let request = Request::builder().method(method).uri(path).body(Body::empty());
        let answer = router.clone().oneshot(request.expect("a request")).await.expect("infallible");
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_rejected() {
    let test_api = TestApi::open().await;
    let post = || test_api.call(Method::POST, UPLOADS).by(ADA);
    post().body("text/plain", "{}").send().await.problem(415, "unsupported_media_type");
    post()
        .body("application/x-www-form-urlencoded", "name=a")
        .send()
        .await
        .problem(415, "unsupported_media_type");
    post().send().await.problem(415, "unsupported_media_type");
    let good = json!({ "name": "a", "type": "image/png", "size_bytes": 1 }).to_string();
    post().body("application/json; charset=utf-8", good).send().await.good(201);
    for broken in ["", "{", "[]", "null", "\u{feff}{}"] {
        post().body("application/json", broken).send().await.problem(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_body_above_the_limit_is_rejected() {
    let test_api = TestApi::open().await;
    let body = json!({ "name": "x".repeat(70_000), "type": "image/png", "size_bytes": 1 });
    test_api.post(UPLOADS, body).by(ADA).send().await.problem(413, "too_large");
}

#[tokio::test]
async fn an_unknown_field_is_rejected_by_name() {
    let test_api = TestApi::open().await;
    let good = json!({ "name": "a", "type": "image/png", "size_bytes": 1 });
    for (field, value) in [("sise_bytes", json!(2)), ("options", json!({ "bakground": "blur" }))] {
        let mut body = good.clone();
        body[field] = value;
        let refused = test_api.post(UPLOADS, body).by(ADA).send().await.problem(400, "invalid_request");
        let detail = refused["detail"].as_str().expect("a detail");
        assert!(detail.contains("sise_bytes") || detail.contains("bakground"), "{detail}");
    }
    for (field, value) in [
        ("options", json!({ "crop_margin": 51 })),
        ("options", json!({ "background": "red" })),
        ("options", json!({ "format": "avif" })),
        ("size_bytes", json!(-1)),
        ("size_bytes", json!("1")),
        ("name", Value::Null),
    ] {
        let mut body = good.clone();
        body[field] = value;
        test_api.post(UPLOADS, body).by(ADA).send().await.problem(400, "invalid_request");
    }
    assert_eq!(test_api.script().seen("TransactWriteItems").len(), 0);
}

#[tokio::test]
async fn an_invalid_id_is_not_found() {
    let test_api = TestApi::open().await;
    for id in ["x", "..%2F..", "0190a0b0c0d0e0f0011223344556677", "0190A0B0C0D0E0F00112233445566778", "%00"] {
        test_api.get(&format!("/api/jobs/{id}")).by(ADA).send().await.problem(404, "not_found");
        let revoke = test_api.call(Method::DELETE, &format!("/api/keys/{id}")).by(ADA);
        revoke.send().await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn an_invalid_page_is_rejected() {
    let test_api = TestApi::open().await;
    for query in ["limit=0", "limit=101", "limit=many", "limit=-1", "after=%21", "after=", "after=_w"] {
        for path in ["/api/jobs", "/api/usage/history"] {
            let answer = test_api.get(&format!("{path}?{query}")).by(ADA).send().await;
            assert_eq!(answer.problem(400, "invalid_request")["status"], 400, "{query}");
        }
    }
}

#[tokio::test]
async fn an_internal_error_hides_its_cause() {
    let test_api = TestApi::open().await;
    test_api.script().next("GetItem", 10, Step::Instead(Reply::broken()));
    let answer = test_api.get("/api/me").by(ADA).send().await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "2");
    assert!(!answer.text().contains("DynamoDB") && !answer.text().contains("accident"), "{answer:?}");
    test_api.script().forget();
    let broken = Reply::error(400, "AccessDeniedException", "arn:aws:iam::111122223333:role/secret may not");
    test_api.script().next("GetItem", 10, Step::Instead(broken));
    let answer = test_api.get("/api/me").by(ADA).send().await;
    answer.problem(500, "internal");
    assert!(!answer.text().contains("arn:aws") && !answer.text().contains("Denied"), "{answer:?}");
}

#[tokio::test]
async fn a_panic_of_a_route_is_a_problem() {
    let route = get(async || -> &'static str { panic!("the password is hunter2") });
    let router = sansfond_web::public_route(Router::new().route("/", route));
    for _ in 0..2 {
        let request = Request::get("/").body(Body::empty()).expect("a request");
        let answer = router.clone().oneshot(request).await.expect("infallible");
        assert_eq!(answer.status(), 500);
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.expect("a body");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(body["code"], "internal");
        assert!(!body.to_string().contains("hunter2"), "{body}");
    }
}
