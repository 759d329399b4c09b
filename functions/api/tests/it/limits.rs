//! Rate limits.

use std::time::Duration;

use sansfond_domain::Plan;
use sansfond_domain::credits::Period;
use sansfond_domain::ports::{Scope, Transactions};
use sansfond_domain::rules::{self, PlanPeriod};
use sansfond_embedded::{Reply, Step};
use sansfond_jobs::now;
use serde_json::{Value, json};

use crate::test_api::{ADA, Answer, BOB, TestApi};

/// The remaining requests, from the header of a response.
fn left(answer: &Answer) -> u32 {
    let standing = answer.header("ratelimit");
    let left = standing.split(';').find_map(|part| part.strip_prefix("r="));
    left.and_then(|left| left.parse().ok()).unwrap_or_else(|| panic!("{answer:?}"))
}

fn words() -> Value {
    json!({ "message": "Bravo !" })
}

#[tokio::test]
async fn every_response_has_the_remaining_requests() {
    let test_api = TestApi::open().await;
    let answer = test_api.get("/api/me").by(ADA).send().await;
    assert_eq!(answer.header("ratelimit-policy"), "\"ordinary\";q=240;w=60");
    let seconds = answer.header("ratelimit").split_once(";t=").and_then(|(_, t)| t.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "{answer:?}");
    let refused = test_api.get("/api/jobs/nothing").by(ADA).send().await;
    refused.problem(404, "not_found");
    assert!(left(&refused) < 240, "a refused request counts as well");
}

#[tokio::test]
async fn a_rate_limited_response_has_retry_after() {
    let test_api = TestApi::open().await;
    let mut refused = None;
    // Twice the limit, because a window may end in between.
    for _ in 0..11 {
        let answer = test_api.post("/api/feedback", words()).by(ADA).send().await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.good(202);
    }
    let refused = refused.expect("refused");
    let problem = refused.problem(429, "rate_limited");
    assert_eq!(problem["limit"], 5);
    assert_eq!((refused.header("ratelimit-policy"), left(&refused)), ("\"mail\";q=5;w=3600", 0));
    let seconds: u32 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=3600).contains(&seconds), "{seconds}");
    assert!(test_api.script().seen("PutItem").len() <= 12, "what is refused is not carried out");
    test_api.post("/api/feedback", words()).by(BOB).send().await.good(202);
    test_api.post("/api/feedback", words()).send().await.good(202);
    test_api.get("/api/me").by(ADA).send().await.good(200);
}

#[tokio::test]
async fn the_rate_of_jobs_is_a_term_of_the_plan() {
    let test_api = TestApi::with(|settings| settings.free.job_requests_per_minute = 2).await;
    let starts_at = now();
    let paid = PlanPeriod {
        payment: "pi_1".parse().expect("an ID"),
        terms: Plan { name: "pro".to_owned(), job_requests_per_minute: 100, ..Plan::default() },
        period: Period { starts_at, ends_at: starts_at.plus(Duration::from_secs(3600)) },
    };
    let scope = Scope::of_records(BOB.parse().expect("a name"), paid.records());
    test_api.table.apply(&scope, &|seen| rules::start_plan(seen, &paid, starts_at)).await.expect("started");
    // Three times, because a minute may end in between.
    let begin = async |who| {
        let mut answers = Vec::new();
        for path in ["/api/uploads", "/api/remove-video-background", "/api/jobs/nothing/retry"].repeat(3) {
            answers.push(test_api.post(path, json!({})).by(who).send().await);
        }
        answers
    };
    let refused =
        begin(ADA).await.into_iter().find(|answer| answer.status == 429).expect("a refused request");
    assert_eq!(refused.header("ratelimit-policy"), "\"jobs\";q=2;w=60");
    assert_eq!(refused.problem(429, "rate_limited")["limit"], 2);
    for answer in begin(BOB).await {
        assert_eq!(answer.header("ratelimit-policy"), "\"jobs\";q=100;w=60");
        assert!(answer.status == 400 || answer.status == 404, "{answer:?}");
    }
}

#[tokio::test]
async fn the_sessions_and_api_keys_of_an_account_share_a_limit() {
    let test_api = TestApi::open().await;
    let created = test_api.post("/api/keys", json!({ "label": "shop" })).by(ADA).send().await.good(201);
    let other = test_api.post("/api/keys", json!({ "label": "home" })).by(ADA).send().await.good(201);
    let secret = |key: &Value| key["secret"].as_str().expect("a secret").to_owned();
    let counts = [
        left(&test_api.get("/api/me").key(&secret(&created)).send().await),
        left(&test_api.get("/api/me").by(ADA).send().await),
        left(&test_api.get("/api/me").key(&secret(&other)).send().await),
        left(&test_api.get("/api/me").by(BOB).send().await),
    ];
    assert_eq!(counts, [239, 238, 237, 239]);
}

#[tokio::test]
async fn sign_in_is_limited_by_address_whoever_asks() {
    let test_api = TestApi::open().await;
    let created = test_api.post("/api/keys", json!({ "label": "shop" })).by(ADA).send().await.good(201);
    let secret = created["secret"].as_str().expect("a secret");
    test_api.script().next("AdminInitiateAuth", 100, refused());
    let attempt = |number: u32| {
        let body = json!({ "email": format!("member-{number}@example.org"), "password": "Passw0rdPass" });
        test_api.post("/api/auth/login", body)
    };
    for number in 0..60 {
        let call = match number % 3 {
            0 => attempt(number),
            1 => attempt(number).by(ADA),
            _ => attempt(number).key(secret),
        };
        call.send().await.problem(401, "invalid_credentials");
    }
    for call in [attempt(60), attempt(61).by(ADA), attempt(62).by(BOB), attempt(63).key(secret)] {
        call.send().await.problem(429, "rate_limited");
    }
    for path in ["register", "confirm", "resend-code", "forgot-password", "reset-password"] {
        let call = test_api.post(&format!("/api/auth/{path}"), json!({ "email": "x@example.org" })).by(BOB);
        call.send().await.problem(429, "rate_limited");
    }
    test_api.get("/api/me").by(ADA).send().await.good(200);
}

fn refused() -> Step {
    Step::Instead(Reply::error(400, "NotAuthorizedException", "No."))
}

#[tokio::test]
async fn a_failing_counter_does_not_reject_requests() {
    let test_api = TestApi::open().await;
    test_api.script().next("UpdateItem", 3, Step::Instead(Reply::broken()));
    let answer = test_api.get("/api/me").by(ADA).send().await;
    answer.good(200);
    assert_eq!(answer.header("ratelimit"), "");
}

#[tokio::test]
async fn a_failing_counter_rejects_password_attempts() {
    let test_api = TestApi::open().await;
    test_api.script().next("UpdateItem", 100, Step::Instead(Reply::broken()));
    let login = json!({ "email": "ada@example.org", "password": "Passw0rdPass" });
    test_api.post("/api/auth/login", login).send().await.problem(503, "unavailable");
    assert_eq!(test_api.script().seen("AdminInitiateAuth").len(), 0);
}
