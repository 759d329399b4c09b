//! Authentication by API key, and the routes that need a session.

use axum::http::Method;
use serde_json::{Value, json};

use crate::test_api::{ADA, BOB, TestApi};

const KEYS: &str = "/api/keys";

/// Creates a key and returns its ID and secret.
async fn new_key(test_api: &TestApi, account: &str, label: &str) -> (String, String) {
    let created = test_api.post(KEYS, json!({ "label": label })).by(account).send().await.good(201);
    let text = |name: &str| created[name].as_str().expect("text").to_owned();
    (text("id"), text("secret"))
}

#[tokio::test]
async fn a_key_is_shown_once_and_authenticates() {
    let test_api = TestApi::open().await;
    let (id, secret) = new_key(&test_api, ADA, " my shop ").await;
    assert!(secret.starts_with("sf_") && secret.len() == 67, "{secret}");
    let listed = test_api.get(KEYS).by(ADA).send().await;
    assert!(!listed.text().contains(&secret[10..]) && !listed.text().contains("hash"), "{listed:?}");
    let key = &listed.good(200)["keys"][0];
    assert_eq!(
        (&key["id"], &key["label"], &key["prefix"]),
        (&json!(id), &json!("my shop"), &json!(secret[..10]))
    );
    for path in ["/api/me", "/api/jobs", "/api/usage", "/api/usage/history"] {
        test_api.get(path).key(&secret).send().await.good(200);
        let bearer = format!("Bearer {secret}");
        test_api.get(path).header("authorization", &bearer).send().await.good(200);
    }
    assert_eq!(test_api.get("/api/me").key(&secret).send().await.good(200)["id"], ADA);
    // A program needs no `Origin` header.
    let upload = json!({ "name": "a.png", "type": "image/png", "size_bytes": 5 });
    test_api.post("/api/uploads", upload).key(&secret).send().await.good(201);
}

#[tokio::test]
async fn changes_of_the_account_need_a_session() {
    let test_api = TestApi::open().await;
    let (id, secret) = new_key(&test_api, ADA, "shop").await;
    let one_key = format!("{KEYS}/{id}");
    for (method, path, body) in [
        (Method::PATCH, "/api/me", json!({ "language": "fr" })),
        (Method::DELETE, "/api/me", json!({ "email": "ada@example.org" })),
        (
            Method::POST,
            "/api/me/password",
            json!({ "current_password": "a", "new_password": "Passw0rdPass" }),
        ),
        (Method::POST, "/api/me/export", Value::Null),
        (Method::POST, KEYS, json!({ "label": "another" })),
        (Method::GET, KEYS, Value::Null),
        (Method::DELETE, &one_key, Value::Null),
    ] {
        let answer = test_api.call(method.clone(), path).json(body).key(&secret).send().await;
        assert_eq!(answer.problem(403, "session_required")["status"], 403, "{method} {path}");
    }
    test_api.get("/api/me").key(&secret).send().await.good(200);
}

#[tokio::test]
async fn a_revoked_key_is_rejected_immediately() {
    let test_api = TestApi::open().await;
    let (id, secret) = new_key(&test_api, ADA, "shop").await;
    test_api.get("/api/me").key(&secret).send().await.good(200);
    let revoke = || test_api.call(Method::DELETE, &format!("{KEYS}/{id}")).by(ADA);
    revoke().send().await.good(204);
    test_api.get("/api/me").key(&secret).send().await.problem(401, "invalid_api_key");
    revoke().send().await.problem(404, "not_found");
    assert_eq!(test_api.get(KEYS).by(ADA).send().await.good(200), json!({ "keys": [] }));
}

#[tokio::test]
async fn an_invalid_key_is_rejected() {
    let test_api = TestApi::open().await;
    let (_, secret) = new_key(&test_api, ADA, "shop").await;
    for wrong in ["", "sf_", &secret[..66], &secret.replace("sf_", "sk_"), &format!("sf_{}", "0".repeat(64))]
    {
        test_api.get("/api/me").key(wrong).send().await.problem(401, "invalid_api_key");
        let bearer = format!("Bearer {wrong}");
        test_api.get("/api/me").header("authorization", &bearer).send().await.problem(401, "invalid_api_key");
    }
    // A key takes precedence over cookies.
    test_api.get("/api/me").by(ADA).key("sf_wrong").send().await.problem(401, "invalid_api_key");
    test_api
        .get("/api/me")
        .header("authorization", "Basic YTpi")
        .send()
        .await
        .problem(401, "unauthenticated");
}

#[tokio::test]
async fn the_keys_of_another_account_are_not_found() {
    let test_api = TestApi::open().await;
    let (id, secret) = new_key(&test_api, ADA, "shop").await;
    assert_eq!(test_api.get(KEYS).by(BOB).send().await.good(200), json!({ "keys": [] }));
    let revoke = test_api.call(Method::DELETE, &format!("{KEYS}/{id}")).by(BOB);
    revoke.send().await.problem(404, "not_found");
    test_api.get("/api/me").key(&secret).send().await.good(200);
}

#[tokio::test]
async fn a_key_has_a_name_of_its_own() {
    let test_api = TestApi::open().await;
    for label in ["", "   ", &"x".repeat(61), "two\nlines"] {
        let refused = test_api.post(KEYS, json!({ "label": label })).by(ADA).send().await;
        refused.problem(400, "invalid_request");
    }
    test_api.post(KEYS, json!({ "label": "é".repeat(60) })).by(ADA).send().await.good(201);
}

#[tokio::test]
async fn the_number_of_api_keys_is_limited() {
    let test_api = TestApi::open().await;
    for number in 0..20 {
        new_key(&test_api, ADA, &format!("key {number}")).await;
    }
    let refused = test_api.post(KEYS, json!({ "label": "one more" })).by(ADA).send().await;
    assert_eq!(refused.problem(409, "too_many_api_keys")["limit"], 20);
    new_key(&test_api, BOB, "another account").await;
}
