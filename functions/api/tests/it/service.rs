//! Public routes (configuration, documentation, feedback) and the credit history.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use sansfond_domain::ports::{Scope, Transactions};
use sansfond_domain::rules::{self, Purchase};
use sansfond_domain::{Credits, PaymentId, PerKind};
use sansfond_embedded::{Reply, Step};
use serde_json::{Value, json};

use crate::test_api::{ADA, BOB, TestApi, ada, now};

const FEEDBACK: &str = "/api/feedback";

#[tokio::test]
async fn the_configuration_is_public() {
    let test_api = TestApi::with(|settings| {
        settings.free.images_per_month = 7;
        settings.retention.result_days = 3;
        settings.imprint = Some("Ada & Co, 1 Rue de l’Exemple".to_owned());
    })
    .await;
    let answer = test_api.get("/api/config").send().await;
    let config = answer.good(200);
    let free = &config["plans"][0];
    assert_eq!(
        (&free["name"], &free["images_per_month"], &free["max_image_bytes"]),
        (&json!("free"), &json!(7), &json!(22_000_000))
    );
    assert_eq!(
        (&config["languages"], &config["retention"]["result_days"]),
        (&json!(sansfond_texts::languages().collect::<Vec<_>>()), &json!(3))
    );
    assert_eq!(config["upload_url_lifetime_s"], 900);
    assert_eq!(free["max_video_bytes"], 500_000_000);
    let video = &config["video"];
    assert_eq!((&video["part_size_bytes"], &video["preview_duration_ms"]), (&json!(16 << 20), &json!(3000)));
    assert_eq!((&video["types"][0], &video["formats"][0]), (&json!("video/mp4"), &json!("webm")));
    assert_eq!(config["imprint"], "Ada & Co, 1 Rue de l’Exemple");
    assert_eq!(
        config["preview"],
        json!({ "enabled": true, "max_side_px": 1024, "max_size_bytes": 4_500_000 })
    );
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
}

#[tokio::test]
async fn the_configuration_shows_whether_previews_are_enabled() {
    let closed = TestApi::with(|settings| settings.previews.per_hour = 0).await;
    assert_eq!(closed.get("/api/config").send().await.good(200)["preview"]["enabled"], false);
}

#[tokio::test]
async fn the_documentation_is_served() {
    let test_api = TestApi::open().await;
    let openapi = test_api.get("/api/openapi.json").send().await;
    assert!(openapi.good(200)["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    let door = test_api.get("/docs").send().await;
    let page = test_api.get(door.header("location")).send().await;
    assert_eq!((door.status, page.status), (StatusCode::TEMPORARY_REDIRECT, StatusCode::OK));
    assert!(page.header("content-type").starts_with("text/html"));
    let links = page.text().split('"').filter_map(|text| text.strip_prefix("./"));
    let links: Vec<_> = links.filter(|link| link.ends_with(".js") || link.ends_with(".css")).collect();
    assert!(links.len() > 2, "{links:?}");
    for link in links {
        assert_eq!(test_api.get(&format!("/docs/{link}")).send().await.status, StatusCode::OK, "{link}");
    }
    assert_eq!(test_api.script().seen("UpdateItem").len(), 0, "the request is not counted");
}

#[tokio::test]
async fn feedback_is_mailed_to_the_operator() {
    let test_api = TestApi::open().await;
    test_api.script().next("SendEmail", 2, Step::Instead(Reply::ok(json!({ "MessageId": "m-1" }))));
    let words = json!({ "message": "Bravo !", "reply_to": " Ada@Example.org " });
    test_api.post(FEEDBACK, words).by(ADA).send().await.good(202);
    test_api.post(FEEDBACK, json!({ "message": "Hm.", "reply_to": null })).send().await.good(202);
    let mails = test_api.script().seen("SendEmail");
    assert_eq!(mails[0]["Destination"]["ToAddresses"], json!(["operator@example.org"]));
    assert_eq!(
        (&mails[0]["ReplyToAddresses"], &mails[1]["ReplyToAddresses"]),
        (&json!(["ada@example.org"]), &Value::Null)
    );
    let text =
        |mail: &Value| mail["Content"]["Simple"]["Body"]["Text"]["Data"].as_str().expect("text").to_owned();
    assert_eq!(text(&mails[0]), format!("From account {ADA}:\n\nBravo !"));
    assert_eq!(text(&mails[1]), "From a visitor without an account:\n\nHm.");
}

#[tokio::test]
async fn feedback_is_stored_even_if_it_cannot_be_mailed() {
    let test_api = TestApi::open().await;
    let began = Instant::now();
    test_api.post(FEEDBACK, json!({ "message": "Bravo !" })).by(ADA).send().await.good(202);
    test_api.script().next("SendEmail", 9, Step::Instead(Reply::broken()));
    test_api.post(FEEDBACK, json!({ "message": "Bravo !" })).by(ADA).send().await.good(202);
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let kept = test_api.script().seen("PutItem");
    let kept = kept.iter().filter(|put| put["Item"]["pk"]["S"] == "feedback").count();
    assert_eq!((kept, test_api.script().seen("SendEmail").len()), (2, 4));
}

#[tokio::test]
async fn an_installation_without_mail_stores_feedback() {
    for (operator, sender) in [(None, Some("a@example.org")), (Some("a@example.org"), None), (None, None)] {
        let test_api = TestApi::with(|settings| {
            settings.operator_email = operator.map(str::to_owned);
            settings.sender_email = sender.map(str::to_owned);
        })
        .await;
        test_api.post(FEEDBACK, json!({ "message": "Bravo !" })).send().await.good(202);
        assert_eq!(test_api.script().seen("SendEmail").len(), 0);
    }
}

#[tokio::test]
async fn empty_and_long_feedback_is_rejected() {
    let test_api = TestApi::open().await;
    for body in [
        json!({ "message": "" }),
        json!({ "message": " \n " }),
        json!({ "message": "x".repeat(5001) }),
        json!({ "message": "x", "reply_to": "nobody" }),
        json!({ "message": "x", "reply_to": "a@example.org\r\nBcc: b@example.org" }),
    ] {
        // Each from another address, because of the rate limit.
        let account = format!("a-{}", body.to_string().len());
        test_api.post(FEEDBACK, body).by(&account).send().await.problem(400, "invalid_request");
    }
    assert_eq!(test_api.script().seen("SendEmail").len(), 0);
    test_api.post(FEEDBACK, json!({ "message": "é".repeat(5000) })).by(ADA).send().await.good(202);
}

#[tokio::test]
async fn the_credit_history_lists_every_change() {
    let test_api = TestApi::open().await;
    let fresh = test_api.get("/api/usage").by(BOB).send().await.good(200);
    let kind = |allowance: u32, used: u32| {
        let remaining = allowance - used;
        json!({ "allowance": allowance, "used": used, "remaining": remaining, "granted": 0, "purchased": 0, "available": remaining })
    };
    assert_eq!((&fresh["images"], &fresh["videos"]), (&kind(10, 0), &kind(2, 0)));
    let (kept, failed, open) =
        (test_api.accepted().await, test_api.accepted().await, test_api.accepted().await);
    test_api.completed(&kept).await;
    test_api.failed(&failed).await;
    let usage = test_api.get("/api/usage").by(ADA).send().await.good(200);
    assert_eq!(usage["images"], kind(10, 2));
    assert_eq!(
        (&usage["open_jobs"], &usage["max_open_jobs"], &usage["plan"]),
        (&json!(1), &json!(10), &json!("free"))
    );
    let page = async |query: String| {
        let history = test_api.get(&format!("/api/usage/history{query}")).by(ADA).send().await.good(200);
        let lines = history["entries"].as_array().expect("a list").iter();
        let lines: Vec<_> = lines
            .map(|line| json!([line["cause"]["reason"], line["credits"], line["cause"]["job_id"]]))
            .collect();
        (lines, history["next"].clone())
    };
    let (all, next) = page(String::new()).await;
    assert!(
        test_api.get("/api/usage/history").by(ADA).send().await.good(200)["entries"][0]["cause"]["type"]
            == "job"
    );
    let reserved = |job| json!(["reserved", -1, job]);
    let expected = [
        json!(["failed", 1, failed]),
        json!(["kept", 0, kept]),
        reserved(open),
        reserved(failed.clone()),
        reserved(kept.clone()),
    ];
    assert_eq!((all.as_slice(), next), (expected.as_slice(), Value::Null));
    let (first, next) = page("?limit=3".to_owned()).await;
    let (second, end) = page(format!("?limit=3&after={}", next.as_str().expect("a place"))).await;
    assert_eq!(([first, second].concat(), end), (all, Value::Null));
    assert_eq!(test_api.get("/api/usage/history").by(BOB).send().await.good(200)["entries"], json!([]));
}

#[tokio::test]
async fn purchased_credits_are_listed_per_kind_with_their_cause() {
    let test_api = TestApi::open().await;
    let payment: PaymentId = "cs_1".parse().expect("an id");
    let credits = PerKind { image: Credits::from_quarters(9), video: Credits::whole(5) };
    let bought = Purchase { payment, product: "mixed".to_owned(), credits };
    let rule = |seen: &_| rules::purchase(seen, &bought, now());
    let scope = Scope::of_records(ada(), bought.records());
    test_api.table.apply(&scope, &rule).await.expect("bought");
    let usage = test_api.get("/api/usage").by(ADA).send().await.good(200);
    assert_eq!((&usage["images"]["purchased"], &usage["videos"]["purchased"]), (&json!(2.25), &json!(5)));
    assert_eq!((&usage["images"]["available"], &usage["videos"]["available"]), (&json!(12.25), &json!(7)));
    let history = test_api.get("/api/usage/history").by(ADA).send().await.good(200);
    let lines = history["entries"].as_array().expect("a list").iter();
    let lines: Vec<_> = lines.map(|line| json!([line["kind"], line["credits"], line["cause"]])).collect();
    let cause = json!({ "type": "purchase", "payment_id": "cs_1", "product": "mixed" });
    assert_eq!(lines, [json!(["video", 5, cause]), json!(["image", 2.25, cause])]);
}
