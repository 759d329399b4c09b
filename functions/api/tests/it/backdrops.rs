//! Background images of videos: how they are stored, and which are rejected.

use std::io::Cursor;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, Rgb, RgbImage};
use sansfond_domain::ports::Files;
use sansfond_domain::rules::{self, NewJob, UploadMethod};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{JobId, Plan, VideoOptions};
use serde_json::{Value, json};

use crate::test_api::{ADA, TestApi, ada, job_id, now};
use crate::videos::{announce, job_of, queued, sent, used, wish};

const DOOR: &str = "/api/remove-video-background";

fn written(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).expect("written");
    bytes
}

/// Red on the left, blue on the right.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { [255, 0, 0] } else { [0, 0, 255] }))
}

fn over_picture() -> Value {
    json!({ "format": "mp4", "background": "picture" })
}

/// A request with a background image.
fn over(picture: &[u8]) -> Value {
    let mut wish = wish(5, over_picture());
    wish["backdrop"] = json!(STANDARD.encode(picture));
    wish
}

async fn kept(test_api: &TestApi, job: &JobId) -> Option<Vec<u8>> {
    let key = format!("videos/{ADA}/{job}/backdrop");
    test_api.bucket.read(&key, 10_000_000).await.expect("an answer").map(|file| file.bytes)
}

async fn files(test_api: &TestApi) -> usize {
    let mut files = 0;
    for folder in ["uploads/", "videos/", "results/"] {
        files += test_api.bucket.list(folder).await.expect("a list").len();
    }
    files
}

#[tokio::test]
async fn a_background_image_is_stored_unchanged_with_its_video() {
    let test_api = TestApi::with(|settings| settings.free.videos_per_month = 3).await;
    for (format, width) in [(ImageFormat::Png, 16_384), (ImageFormat::Jpeg, 60), (ImageFormat::WebP, 60)] {
        let picture = written(&halves(width, 40), format);
        let answer = announce(&test_api, over(&picture)).await;
        assert_eq!(answer["job"]["options"]["background"], "picture");
        assert!(answer["upload"]["parts"][0]["url"].is_string(), "{answer}");
        assert!(kept(&test_api, &job_of(&answer)).await.expect("kept") == picture, "{format:?}");
    }
}

#[tokio::test]
async fn a_reused_video_can_have_a_background_image() {
    let test_api = TestApi::open().await;
    let first = queued(&test_api, json!({ "preview": true })).await;
    let picture =
        format!("data:image/png;base64,{}", STANDARD.encode(written(&halves(60, 40), ImageFormat::Png)));
    let wish = json!({ "source_job": first, "options": over_picture(), "backdrop": picture });
    let ask = || test_api.post(DOOR, wish.clone()).by(ADA).header("idempotency-key", "over").send();
    test_api.script().next("SendMessage", 2, sent());
    let made = job_of(&ask().await.good(201));
    let once = kept(&test_api, &made).await.expect("kept");
    let before = files(&test_api).await;
    assert_eq!(job_of(&ask().await.good(200)), made);
    assert_eq!(kept(&test_api, &made).await.expect("kept"), once);
    assert_eq!((files(&test_api).await, used(&test_api).await), (before, json!([1, 1, 2])));

    let mut other = wish.clone();
    other["backdrop"] = json!(STANDARD.encode(written(&halves(40, 60), ImageFormat::Png)));
    let other = test_api.post(DOOR, other).by(ADA).header("idempotency-key", "over").send().await;
    other.problem(422, "idempotency_key_reused");
    assert_eq!(kept(&test_api, &made).await.expect("kept"), once, "another picture is another request");

    test_api.script().next("SendMessage", 1, sent());
    test_api.call(Method::POST, &format!("/api/jobs/{made}/cancel")).by(ADA).send().await.good(200);
    assert!(kept(&test_api, &made).await.is_some(), "it may be tried again");
    test_api.call(Method::DELETE, &format!("/api/jobs/{made}")).by(ADA).send().await.good(204);
    assert_eq!(kept(&test_api, &made).await, None, "the image is deleted with its job");
}

#[tokio::test]
async fn an_unsuitable_background_image_is_rejected_first() {
    let test_api = TestApi::open().await;
    let png = written(&halves(60, 40), ImageFormat::Png);
    let ask = |wish: Value| test_api.post(DOOR, wish).by(ADA);

    ask(wish(5, over_picture())).send().await.problem(422, "unsuitable_options");
    let mut stray = over(&png);
    stray["options"] = json!({ "format": "mp4", "background": "#fff" });
    let english = ask(stray.clone()).send().await.problem(422, "unsuitable_options");
    let french = ask(stray).in_french().send().await.problem(422, "unsuitable_options");
    assert_ne!(english["detail"], french["detail"]);
    let mut nonsense = over(&png);
    nonsense["backdrop"] = json!("¡not base64!");
    ask(nonsense).send().await.problem(400, "invalid_request");
    ask(wish(5, json!({ "background": "pictures" }))).send().await.problem(400, "invalid_request");

    for bytes in [&b"I am a text."[..], b"", &png[..20]] {
        ask(over(bytes)).send().await.problem(422, "unreadable_picture");
    }
    let gif = written(&halves(6, 4), ImageFormat::Gif);
    for bytes in [&gif[..], b"\0\0\0\x18ftypheic\0\0\0\0"] {
        ask(over(bytes)).send().await.problem(415, "unsupported_format");
    }
    let long = written(&RgbImage::new(16_385, 1), ImageFormat::Png);
    ask(over(&long)).send().await.problem(413, "picture_too_large");
    let many = written(&RgbImage::new(8_000, 5_001), ImageFormat::Png);
    ask(over(&many)).send().await.problem(413, "picture_too_large");
    let mut heavy = png.clone();
    heavy.resize(3_000_001, 0);
    let refused = ask(over(&heavy)).send().await.problem(413, "too_large");
    assert_eq!(refused["limit_bytes"], 3_000_000);
    heavy.resize(5_000_000, 0);
    ask(over(&heavy)).send().await.problem(413, "too_large");

    assert_eq!((used(&test_api).await, files(&test_api).await), (json!([0, 2, 0]), 0));
}

#[tokio::test]
async fn a_background_image_needs_a_video() {
    let test_api = TestApi::open().await;
    let wish = json!({
        "name": "cat.jpg", "type": "image/jpeg", "size_bytes": 5, "options": { "background": "picture" },
    });
    let refused = test_api.post("/api/uploads", wish).by(ADA).send().await.problem(400, "invalid_request");
    assert!(refused["detail"].as_str().is_some_and(|text| text.contains("is not a background")), "{refused}");
}

#[tokio::test]
async fn without_its_background_image_a_video_cannot_be_uploaded() {
    let test_api = TestApi::open().await;
    let plan = Plan::default();
    let new = NewJob {
        id: job_id(now()),
        account: ada(),
        options: serde_json::from_value::<VideoOptions>(over_picture()).expect("options").into(),
        declared: DeclaredUpload::check_video("clip.mp4", "video/mp4", 5, &plan).expect("allowed"),
        upload_method: UploadMethod::Multipart,
        request: None,
    };
    test_api.apply(&new.id, &|seen| rules::accept(seen, &new, &plan, now())).await;
    let upload = |job: &JobId| format!("/api/jobs/{job}/upload");
    test_api.get(&upload(&new.id)).by(ADA).send().await.problem(409, "invalid_state");
    let announced = announce(&test_api, over(&written(&halves(60, 40), ImageFormat::Png))).await;
    test_api.get(&upload(&job_of(&announced))).by(ADA).send().await.good(200);
}
