//! Creating uploads.

use axum::http::StatusCode;
use sansfond_boot::Settings;
use sansfond_domain::ports::Files;
use sansfond_embedded::{Reply, Step, http};
use serde_json::{Value, json};

use crate::test_api::{ADA, Answer, BOB, Call, TestApi};

const UPLOADS: &str = "/api/uploads";

fn wish(name: &str) -> Value {
    json!({ "name": name, "type": "image/png", "size_bytes": 5 })
}

fn upload<'a>(test_api: &'a TestApi, wish: Value) -> Call<'a> {
    test_api.post(UPLOADS, wish).by(ADA)
}

fn job_of(answer: &Value) -> String {
    answer["job"]["id"].as_str().expect("a name").to_owned()
}

fn few_images(images: u32) -> impl FnOnce(&mut Settings) {
    move |settings| settings.free.images_per_month = images
}

async fn used(test_api: &TestApi) -> Value {
    let usage = test_api.get("/api/usage").by(ADA).send().await.good(200);
    json!([usage["images"]["used"], usage["images"]["remaining"], usage["open_jobs"]])
}

#[tokio::test]
async fn the_response_has_the_url_of_the_upload() {
    let test_api = TestApi::open().await;
    let answer = upload(&test_api, wish("cat.png")).send().await.good(201);
    let (job, target) = (&answer["job"], &answer["upload"]);
    assert_eq!(
        (&job["state"], &job["name"], &job["kind"]),
        (&json!("pending"), &json!("cat.png"), &json!("image"))
    );
    assert_eq!(
        (&target["method"], &target["headers"]),
        (&json!("PUT"), &json!({ "Content-Type": "image/png" }))
    );
    let url = target["url"].as_str().expect("a URL");
    assert_eq!(http::put(url, "image/png", b"1234".as_slice()).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(http::put(url, "image/jpeg", b"12345".as_slice()).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(http::put(url, "image/png", b"12345".as_slice()).await.status(), StatusCode::OK);
    let key = format!("uploads/{ADA}/{}/source", job_of(&answer));
    let file = test_api.bucket.read(&key, 5).await.expect("read").expect("there");
    assert_eq!(file.bytes, b"12345");
    let job = test_api.get(&format!("/api/jobs/{}", job_of(&answer))).by(ADA).send().await.good(200);
    assert_eq!((&job["state"], &job["result"]), (&json!("pending"), &Value::Null));
    assert_eq!(used(&test_api).await, json!([1, 9, 1]));
}

#[tokio::test]
async fn an_unsuitable_declaration_is_rejected() {
    let test_api = TestApi::open().await;
    let with = |name: &str, value: Value| {
        let mut wish = wish("a");
        wish[name] = value;
        upload(&test_api, wish)
    };
    with("type", json!("image/svg+xml")).send().await.problem(415, "unsupported_media_type");
    with("type", json!("video/mp4")).send().await.problem(415, "unsupported_media_type");
    with("size_bytes", json!(0)).send().await.problem(400, "invalid_request");
    let refused = with("size_bytes", json!(22_000_001)).send().await.problem(413, "too_large");
    assert_eq!(refused["limit_bytes"], 22_000_000);
    with("size_bytes", json!(22_000_000)).send().await.good(201);
    assert_eq!(used(&test_api).await, json!([1, 9, 1]));
}

#[tokio::test]
async fn the_problem_of_missing_credits_has_the_time_of_renewal() {
    let test_api = TestApi::with(few_images(2)).await;
    for _ in 0..2 {
        upload(&test_api, wish("a")).send().await.good(201);
    }
    let refused = upload(&test_api, wish("a")).send().await.problem(402, "insufficient_credits");
    assert_eq!(
        (&refused["left"], &refused["allowance"], &refused["kind"]),
        (&json!(0), &json!(2), &json!("image"))
    );
    let usage = test_api.get("/api/usage").by(ADA).send().await.good(200);
    assert_eq!(refused["renews_at"], usage["renews_at"]);
    let year = &refused["renews_at"].as_str().expect("a moment")[..4];
    let french = upload(&test_api, wish("a")).in_french().send().await.problem(402, "insufficient_credits");
    for (detail, day) in
        [(&refused["detail"], format!(" 1, {year}.")), (&french["detail"], format!(" {year}."))]
    {
        assert!(
            detail.as_str().is_some_and(|detail| detail.contains(" 2 ") && detail.ends_with(&day)),
            "{detail}"
        );
    }
    assert_eq!(used(&test_api).await, json!([2, 0, 2]));
    test_api.post(UPLOADS, wish("a")).by(BOB).send().await.good(201);
}

#[tokio::test]
async fn too_many_open_jobs_are_rejected_temporarily() {
    let test_api = TestApi::with(|settings| settings.free.jobs_at_once = 2).await;
    let first = upload(&test_api, wish("a")).send().await.good(201);
    upload(&test_api, wish("a")).send().await.good(201);
    let refused = upload(&test_api, wish("a")).send().await;
    assert_eq!(refused.problem(429, "too_many_jobs")["limit"], 2);
    assert_eq!(refused.header("retry-after"), "5");
    test_api
        .post(&format!("/api/jobs/{}/cancel", job_of(&first)), Value::Null)
        .by(ADA)
        .send()
        .await
        .good(200);
    upload(&test_api, wish("a")).send().await.good(201);
    assert_eq!(used(&test_api).await, json!([2, 8, 2]));
}

#[tokio::test]
async fn a_repeated_request_returns_the_same_job_and_a_different_one_is_rejected() {
    let test_api = TestApi::open().await;
    let order = |wish| upload(&test_api, wish).header("idempotency-key", "order-1");
    let first = order(wish("a")).send().await.good(201);
    let again = order(wish("a")).send().await.good(200);
    assert_eq!(job_of(&first), job_of(&again));
    let url = again["upload"]["url"].as_str().expect("a URL");
    assert_eq!(http::put(url, "image/png", b"12345".as_slice()).await.status(), StatusCode::OK);
    order(wish("b")).send().await.problem(422, "idempotency_key_reused");
    assert_eq!(used(&test_api).await, json!([1, 9, 1]));
    let other = upload(&test_api, wish("a")).header("idempotency-key", "order-2").send().await.good(201);
    assert_ne!(job_of(&first), job_of(&other));
    let bobs = test_api.post(UPLOADS, wish("a")).by(BOB).header("idempotency-key", "order-1");
    assert_ne!(job_of(&first), job_of(&bobs.send().await.good(201)), "names belong to an account");
    test_api
        .post(&format!("/api/jobs/{}/cancel", job_of(&first)), Value::Null)
        .by(ADA)
        .send()
        .await
        .good(200);
    let late = order(wish("a")).send().await.problem(409, "invalid_state");
    assert_eq!((&late["job"], &late["state"]), (&json!(job_of(&first)), &json!("cancelled")));
}

#[tokio::test]
async fn only_the_hash_of_a_request_is_stored() {
    let test_api = TestApi::open().await;
    let long = "my-wedding-".repeat(5000);
    upload(&test_api, wish(&long)).header("idempotency-key", "order-1").send().await.good(201);
    let writes = test_api.script().seen("TransactWriteItems");
    let rows = writes[0]["TransactItems"].as_array().expect("a list").iter().map(|one| &one["Put"]["Item"]);
    let record = rows.into_iter().find(|row| row["sk"]["S"] == "record#request#order-1").expect("a record");
    let fingerprint = record["fingerprint"]["S"].as_str().expect("a text");
    assert!(fingerprint.len() == 64 && !record.to_string().contains("wedding"), "{record}");
}

#[tokio::test]
async fn simultaneous_copies_of_a_request_create_one_job() {
    let test_api = TestApi::open().await;
    let order = || upload(&test_api, wish("a")).header("idempotency-key", "order-1").send();
    let answers: [Answer; 4] = tokio::join!(order(), order(), order(), order()).into();
    let mut created = 0;
    let first = job_of(&answers[0].json());
    for answer in &answers {
        created += usize::from(answer.status == StatusCode::CREATED);
        assert_eq!(job_of(&answer.json()), first, "{answer:?}");
    }
    assert_eq!((created, used(&test_api).await), (1, json!([1, 9, 1])));
}

#[tokio::test]
async fn a_request_with_a_lost_response_can_be_repeated() {
    let test_api = TestApi::open().await;
    test_api.script().next("TransactWriteItems", 3, Step::Afterwards(Reply::broken()));
    let order = || upload(&test_api, wish("a")).header("idempotency-key", "order-1").send();
    order().await.problem(503, "unavailable");
    assert_eq!(order().await.good(200)["job"]["state"], "pending");
    assert_eq!(used(&test_api).await, json!([1, 9, 1]));
}

#[tokio::test]
async fn an_idempotency_key_is_plain_and_short() {
    let test_api = TestApi::open().await;
    for key in ["", "a b", "a#b", &"x".repeat(129), "é"] {
        let refused = upload(&test_api, wish("a")).header("idempotency-key", key).send().await;
        refused.problem(400, "invalid_request");
    }
    upload(&test_api, wish("a")).header("idempotency-key", &"x".repeat(128)).send().await.good(201);
}

#[tokio::test]
async fn folders_are_removed_from_file_names() {
    let test_api = TestApi::open().await;
    let answer = upload(&test_api, wish("../../etc/\u{7}été \"1\".png")).send().await.good(201);
    assert_eq!(answer["job"]["name"], "été \"1\".png");
    let url = answer["upload"]["url"].as_str().expect("a URL");
    assert!(url.contains(&format!("/uploads/{ADA}/{}/source?", job_of(&answer))), "{url}");
}
