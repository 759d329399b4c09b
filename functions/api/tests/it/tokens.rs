//! Downloading and caching of the user pool's keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use sansfond_embedded::Issuer;
use sansfond_web::{KeySource, SignedInUser, TokenError, Verifier};

use crate::test_api::{ADA, ada};

fn issuer() -> Issuer {
    Issuer::new("eu-west-3_Test", "client-1")
}

/// A server with a fixed response, and the number of its requests.
async fn serve(status: StatusCode, body: String) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let router = Router::new().fallback(move || {
        count.fetch_add(1, Ordering::SeqCst);
        let body = body.clone();
        async move { (status, [("location", "/elsewhere")], body) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/jwks.json", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, asked)
}

fn verifier(issuer: &Issuer, url: String) -> Verifier {
    Verifier::new(issuer.url(), "client-1".to_owned(), KeySource::Url(url))
}

#[tokio::test]
async fn the_keys_are_fetched_once_for_many_tokens() {
    let issuer = issuer();
    let keys = serde_json::to_string(&issuer.keys()).expect("JSON");
    let (url, asked) = serve(StatusCode::OK, keys).await;
    let verifier = verifier(&issuer, url);
    for _ in 0..5 {
        assert_eq!(verifier.access(&issuer.access(ADA)).await.map(|session| session.account), Ok(ada()));
    }
    let strange = issuer.with_another_key("k-2").access(ADA);
    for _ in 0..5 {
        assert_eq!(verifier.access(&strange).await, Err(TokenError::Invalid));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "a token that names a strange key does not make us ask");
}

#[tokio::test]
async fn simultaneous_first_requests_fetch_the_keys_once() {
    let issuer = issuer();
    let (url, asked) = serve(StatusCode::OK, serde_json::to_string(&issuer.keys()).expect("JSON")).await;
    let verifier = Arc::new(verifier(&issuer, url));
    let tries: Vec<_> = (0..10)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), issuer.access(ADA));
            tokio::spawn(async move { verifier.access(&token).await })
        })
        .collect();
    for one in tries {
        assert_eq!(one.await.expect("no panic").map(|session| session.account), Ok(ada()));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failed_download_of_keys_is_retried_later() {
    let issuer = issuer();
    for (status, body) in [
        (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        (StatusCode::NOT_FOUND, "{}".to_owned()),
        (StatusCode::FOUND, String::new()),
        (StatusCode::OK, "not JSON".to_owned()),
        (StatusCode::OK, format!("{{\"keys\":[{}]}}", " ".repeat(200_000))),
    ] {
        let (url, _) = serve(status, body).await;
        assert_eq!(
            verifier(&issuer, url).access(&issuer.access(ADA)).await,
            Err(TokenError::NoKeys),
            "{status}"
        );
    }
    let began = Instant::now();
    let nowhere = verifier(&issuer, "http://127.0.0.1:9/jwks.json".to_owned());
    assert_eq!(nowhere.access(&issuer.access(ADA)).await, Err(TokenError::NoKeys));
    assert!(began.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn an_id_token_identifies_the_user() {
    let issuer = issuer();
    let verifier = Verifier::new(issuer.url(), "client-1".to_owned(), KeySource::Fixed(issuer.keys()));
    for (locale, language) in [("fr", "fr".parse().ok()), ("de", None)] {
        let token = issuer.sign(&issuer.id_claims(ADA, "ada@example.org", locale));
        let person = SignedInUser { account: ada(), email: "ada@example.org".to_owned(), language };
        assert_eq!(verifier.id(&token).await, Ok(person));
    }
    assert_eq!(verifier.id(&issuer.access(ADA)).await, Err(TokenError::Invalid), "an access token");
    let mut claims = issuer.id_claims(ADA, "ada@example.org", "en");
    claims["aud"] = "client-2".into();
    assert_eq!(verifier.id(&issuer.sign(&claims)).await, Err(TokenError::Invalid), "another client's");
}
