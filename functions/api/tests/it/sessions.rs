//! Authentication by session cookies, and the origin of requests.

use axum::http::Method;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::test_api::{ACCESS, ADA, REFRESH, SITE, TestApi};

const ME: &str = "/api/me";

#[tokio::test]
async fn a_session_identifies_the_caller() {
    let test_api = TestApi::open().await;
    let me = test_api.get(ME).by(ADA).send().await.good(200);
    assert_eq!((&me["id"], &me["email"]), (&json!(ADA), &json!("ada@example.org")));
}

#[tokio::test]
async fn the_cookie_is_found_among_others() {
    let test_api = TestApi::open().await;
    let token = test_api.issuer.access(ADA);
    for cookies in [
        format!("theme=dark; {ACCESS}={token}; x{ACCESS}=no"),
        format!("{ACCESS}={token};{REFRESH}=r"),
        format!("x{ACCESS}=no;  {ACCESS}={token}"),
    ] {
        test_api.get(ME).cookies(&cookies).send().await.good(200);
    }
}

#[tokio::test]
async fn without_a_session_the_request_is_rejected() {
    let test_api = TestApi::open().await;
    test_api.get(ME).send().await.problem(401, "unauthenticated");
    for cookies in
        ["theme=dark", &format!("{ACCESS}="), &format!("sansfond-access={}", test_api.issuer.access(ADA))]
    {
        test_api.get(ME).cookies(cookies).send().await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn an_expired_session_has_its_own_code() {
    let test_api = TestApi::open().await;
    let mut claims = test_api.issuer.access_claims(ADA);
    claims["exp"] = json!(claims["iat"].as_u64().expect("a number") - 60);
    test_api.get(ME).token(&test_api.issuer.sign(&claims)).send().await.problem(401, "session_expired");
}

#[tokio::test]
async fn a_token_of_another_pool_client_or_use_is_rejected() {
    let test_api = TestApi::open().await;
    let issuer = &test_api.issuer;
    let with = |name: &str, value: Value| {
        let mut claims = issuer.access_claims(ADA);
        claims[name] = value;
        issuer.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = issuer.access_claims(ADA);
        claims.as_object_mut().expect("an object").remove(name);
        issuer.sign(&claims)
    };
    let tokens = [
        with("iss", json!("https://cognito-idp.eu-west-3.amazonaws.com/eu-west-3_Other")),
        with("iss", json!(format!("{}/", issuer.url()))),
        with("client_id", json!("client-2")),
        with("token_use", json!("id")),
        with("sub", json!("../a")),
        with("sub", json!("")),
        with("exp", json!("never")),
        issuer.sign(&issuer.id_claims(ADA, "ada@example.org", "en")),
    ];
    let lacking = ["iss", "client_id", "token_use", "sub", "exp"].map(without);
    for token in tokens.into_iter().chain(lacking) {
        test_api.get(ME).token(&token).send().await.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_token_with_another_signature_is_rejected() {
    let test_api = TestApi::open().await;
    let (issuer, claims) = (&test_api.issuer, test_api.issuer.access_claims(ADA));
    let good = issuer.sign(&claims);
    let parts: Vec<_> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let foreign = issuer.sign(&json!({ "sub": "somebody-else" }));
    let foreign_payload = foreign.split('.').nth(1).expect("a payload");
    // {"alg":"none","kid":"k-1"}
    let none = "eyJhbGciOiJub25lIiwia2lkIjoiay0xIn0";
    // Key confusion: the public key used as a shared secret.
    let public = serde_json::to_value(issuer.keys()).expect("JSON");
    let modulus = public["keys"][0]["n"].as_str().expect("a modulus").to_owned();
    let shared = Header { kid: issuer.header().kid, ..Header::new(Algorithm::HS256) };
    let confused = [modulus.as_bytes(), public["keys"][0].to_string().as_bytes()]
        .map(|secret| encode(&shared, &claims, &EncodingKey::from_secret(secret)).expect("a token"));
    let mut tokens = vec![
        format!("{header}.{payload}."),
        format!("{header}.{payload}"),
        format!("{header}.{foreign_payload}.{signature}"),
        format!("{header}.{payload}.{}", signature.replace(&signature[10..11], "_")),
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
        issuer.with_another_key("k-1").sign(&claims),
        issuer.with_another_key("k-2").sign(&claims),
        issuer.sign_as(&Header { kid: None, ..issuer.header() }, &claims),
        issuer.sign_as(&Header { kid: Some("k-3".to_owned()), ..issuer.header() }, &claims),
        issuer.sign_as(&Header { alg: Algorithm::RS512, ..issuer.header() }, &claims),
        "a.b.c".to_owned(),
        "x".repeat(3000),
    ];
    tokens.extend(confused);
    for token in tokens {
        assert_ne!(token, good);
        test_api.get(ME).token(&token).send().await.problem(401, "unauthenticated");
    }
    test_api.get(ME).token(&good).send().await.good(200);
}

#[tokio::test]
async fn a_session_of_a_deleted_account_is_rejected() {
    let test_api = TestApi::open().await;
    let gone = "e4da3b7f-bbce-4345-9777-2b0674a318d5";
    for (method, path, body) in [
        (Method::GET, ME, Value::Null),
        (Method::GET, "/api/usage", Value::Null),
        (Method::PATCH, ME, json!({ "language": "fr" })),
        (Method::POST, "/api/keys", json!({ "label": "late" })),
        (Method::POST, "/api/me/export", Value::Null),
        (Method::POST, "/api/uploads", json!({ "name": "a", "type": "image/png", "size_bytes": 1 })),
    ] {
        let answer = test_api.call(method, path).json(body).by(gone).send().await;
        answer.problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn while_the_keys_are_unreachable_the_problem_is_unavailable() {
    let test_api = TestApi::with(|settings| {
        settings.fixed_keys = None;
        // No server listens on this port.
        settings.jwks_url_template = Some("http://127.0.0.1:9/{pool}/jwks.json".to_owned());
    })
    .await;
    let answer = test_api.get(ME).by(ADA).send().await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "5");
    test_api.get("/api/config").send().await.good(200);
}

#[tokio::test]
async fn a_change_with_cookies_must_come_from_our_own_pages() {
    let test_api = TestApi::open().await;
    let cookies = format!("{ACCESS}={}", test_api.issuer.access(ADA));
    let change =
        || test_api.call(Method::PATCH, ME).json(json!({ "language": "fr" })).header("cookie", &cookies);
    change().send().await.problem(403, "cross_site_request");
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", &format!("{SITE}.evil.example")),
        ("origin", &format!("{SITE}:8443")),
        ("origin", "http://sansfond.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
    ] {
        change().header(name, value).send().await.problem(403, "cross_site_request");
    }
    assert_eq!(test_api.get(ME).by(ADA).send().await.good(200)["language"], "en", "nothing has changed");
    change().header("sec-fetch-site", "same-origin").send().await.good(200);
    change().header("origin", SITE).send().await.good(200);
    let refused = change().header("origin", "https://evil.example").in_french().send().await;
    let detail = refused.problem(403, "cross_site_request")["detail"].clone();
    assert!(detail.as_str().is_some_and(|detail| detail.contains(SITE)), "{detail}");
}

#[tokio::test]
async fn another_site_can_neither_start_nor_end_a_session() {
    let test_api = TestApi::open().await;
    let logout = test_api.call(Method::POST, "/api/auth/logout").header("cookie", &format!("{REFRESH}=r"));
    logout.send().await.problem(403, "cross_site_request");
    let login = json!({ "email": "eve@example.org", "password": "Passw0rdPass" });
    let login = test_api.post("/api/auth/login", login).header("origin", "https://evil.example");
    login.send().await.problem(403, "cross_site_request");
    assert_eq!(
        test_api.script().seen("RevokeToken").len() + test_api.script().seen("AdminInitiateAuth").len(),
        0
    );
}

#[tokio::test]
async fn reading_needs_no_proof_of_origin() {
    let test_api = TestApi::open().await;
    let read = test_api.get(ME).by(ADA).header("origin", "https://evil.example");
    let answer = read.send().await;
    answer.good(200);
    // The browser does not show the response to the other site, because no header allows it.
    assert_eq!(answer.header("access-control-allow-origin"), "");
}
