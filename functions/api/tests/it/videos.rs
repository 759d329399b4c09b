//! Video jobs: creating, uploading in parts, cancelling and retrying.

use axum::http::{Method, StatusCode};
use sansfond_aws::events::video_task;
use sansfond_domain::job::{Output, Timings, WHOLE_JOB};
use sansfond_domain::ports::{FileMetadata, Files, Multipart, Ranges};
use sansfond_domain::rules::{self, ProbeOutcome, StartReason, VideoProperties};
use sansfond_domain::{JobId, JobState};
use sansfond_embedded::{Reply, Step, http};
use serde_json::{Value, json};
use std::time::Duration;

use crate::test_api::{ADA, BOB, TestApi, now};

pub(crate) const DOOR: &str = "/api/remove-video-background";
const PART: u64 = 16 << 20;

pub(crate) fn wish(size_bytes: u64, options: Value) -> Value {
    json!({ "name": "été.mp4", "type": "video/mp4", "size_bytes": size_bytes, "options": options })
}

pub(crate) async fn announce(test_api: &TestApi, wish: Value) -> Value {
    test_api.post(DOOR, wish).by(ADA).send().await.good(201)
}

pub(crate) fn job_of(answer: &Value) -> JobId {
    answer["job"]["id"].as_str().expect("a name").parse().expect("one of ours")
}

fn upload_path(job: &JobId) -> String {
    format!("/api/jobs/{job}/upload")
}

fn key(job: &JobId) -> String {
    format!("videos/{ADA}/{job}/source")
}

/// Uploads a part as a browser does.
async fn send(part: &Value) -> StatusCode {
    let length = usize::try_from(part["size_bytes"].as_u64().expect("a length")).expect("small");
    let number = u8::try_from(part["number"].as_u64().expect("a number")).expect("few");
    http::put(part["url"].as_str().expect("a link"), "", vec![number; length]).await.status()
}

async fn finish(test_api: &TestApi, job: &JobId) -> crate::test_api::Answer {
    test_api.call(Method::POST, &upload_path(job)).by(ADA).send().await
}

pub(crate) async fn file(test_api: &TestApi, job: &JobId) -> Option<FileMetadata> {
    test_api.bucket.look(&key(job)).await.expect("an answer")
}

/// Used and remaining video credits, and open jobs.
pub(crate) async fn used(test_api: &TestApi) -> Value {
    let usage = test_api.get("/api/usage").by(ADA).send().await.good(200);
    json!([usage["videos"]["used"], usage["videos"]["remaining"], usage["open_jobs"]])
}

/// A queued job with a small uploaded video.
pub(crate) async fn queued(test_api: &TestApi, options: Value) -> JobId {
    let answer = announce(test_api, wish(5, options)).await;
    let job = job_of(&answer);
    assert_eq!(send(&answer["upload"]["parts"][0]).await, StatusCode::OK);
    finish(test_api, &job).await.good(200);
    admitted(test_api, &job).await;
    job
}

/// The video has been probed.
pub(crate) async fn admitted(test_api: &TestApi, job: &JobId) {
    let version = file(test_api, job).await.expect("there").version;
    let found = VideoProperties { width: 320, height: 180, duration_ms: 1200, frames: 30 };
    let free = &test_api.boot.settings().free;
    test_api
        .apply(job, &|seen| rules::admit(seen, &version, ProbeOutcome::Readable(found), free, now()))
        .await;
}

/// A worker has completed it.
pub(crate) async fn completed(test_api: &TestApi, job: &JobId, media_type: &str, extension: &str) {
    let output = Output {
        media_type: media_type.to_owned(),
        extension: extension.to_owned(),
        size_bytes: 4,
        width: 320,
        height: 180,
        stored: true,
    };
    let lease = Duration::from_secs(60);
    test_api.apply(job, &|seen| rules::start(seen, WHOLE_JOB, &StartReason::Again, lease, now())).await;
    test_api.apply(job, &|seen| rules::complete(seen, &output, Timings::default(), now())).await;
}

pub(crate) fn sent() -> Step {
    Step::Instead(Reply::ok(json!({ "MessageId": "m-1", "MD5OfMessageBody": "" })))
}

#[tokio::test]
async fn a_video_is_uploaded_in_parts() {
    let test_api = TestApi::open().await;
    let answer = announce(&test_api, wish(PART + 5, json!({}))).await;
    let job = job_of(&answer);
    assert_eq!(
        (&answer["job"]["state"], &answer["job"]["kind"], &answer["job"]["name"]),
        (&json!("pending"), &json!("video"), &json!("été.mp4"))
    );
    let parts = &answer["upload"]["parts"];
    assert_eq!(answer["upload"]["part_size_bytes"], PART);
    let sizes: Vec<_> = parts.as_array().expect("a list").iter().map(|part| &part["size_bytes"]).collect();
    assert_eq!(sizes, [&json!(PART), &json!(5)]);
    assert_eq!(used(&test_api).await, json!([1, 1, 1]));

    assert_eq!(send(&parts[1]).await, StatusCode::OK);
    let missing = finish(&test_api, &job).await.problem(409, "incomplete_upload");
    assert_eq!(missing["missing"], json!([1]));
    assert_eq!(file(&test_api, &job).await, None);

    let left = test_api.get(&upload_path(&job)).by(ADA).send().await.good(200);
    assert_eq!((&left["parts"][1]["uploaded"], &left["parts"][1]["url"]), (&json!(true), &Value::Null));
    assert_eq!(left["parts"][0]["uploaded"], false);
    assert_eq!(send(&left["parts"][0]).await, StatusCode::OK);
    for _ in 0..2 {
        let finished = finish(&test_api, &job).await.good(200);
        assert_eq!(
            (&finished["id"], &finished["state"]),
            (&json!(job), &json!("pending")),
            "until the probe"
        );
    }
    assert_eq!(file(&test_api, &job).await.expect("there").size_bytes, PART + 5);
    let done = test_api.get(&upload_path(&job)).by(ADA).send().await.good(200);
    assert!(done["parts"].as_array().expect("a list").iter().all(|part| part["uploaded"] == true), "{done}");

    admitted(&test_api, &job).await;
    assert_eq!(finish(&test_api, &job).await.good(200)["state"], "queued", "also later");
    test_api.get(&upload_path(&job)).by(ADA).send().await.problem(409, "invalid_state");
}

#[tokio::test]
async fn a_part_accepts_exactly_its_size() {
    let test_api = TestApi::open().await;
    let answer = announce(&test_api, wish(5, json!({}))).await;
    let part = &answer["upload"]["parts"][0];
    for length in [4, 6] {
        let mut other = part.clone();
        other["size_bytes"] = json!(length);
        assert_eq!(send(&other).await, StatusCode::FORBIDDEN, "{length}");
    }
    finish(&test_api, &job_of(&answer)).await.problem(409, "incomplete_upload");
    assert_eq!(send(part).await, StatusCode::OK);
    finish(&test_api, &job_of(&answer)).await.good(200);
}

#[tokio::test]
async fn the_upload_of_another_account_or_of_an_image_is_not_found() {
    let test_api = TestApi::open().await;
    let (video, picture) =
        (job_of(&announce(&test_api, wish(5, json!({}))).await), test_api.accepted().await);
    for (method, job, caller) in [
        (Method::GET, &video, BOB),
        (Method::POST, &video, BOB),
        (Method::GET, &picture, ADA),
        (Method::POST, &picture, ADA),
    ] {
        test_api.call(method, &upload_path(job)).by(caller).send().await.problem(404, "not_found");
    }
    test_api.call(Method::POST, DOOR).send().await.problem(401, "unauthenticated");
    test_api.get(&upload_path(&video)).send().await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn an_unsuitable_request_is_rejected_before_the_upload() {
    let test_api = TestApi::open().await;
    let with = |name: &str, value: Value| {
        let mut wish = wish(5, json!({}));
        wish[name] = value;
        test_api.post(DOOR, wish).by(ADA)
    };
    with("type", json!("image/png")).send().await.problem(415, "unsupported_media_type");
    with("size_bytes", json!(0)).send().await.problem(400, "invalid_request");
    let refused = with("size_bytes", json!(500_000_001)).send().await.problem(413, "too_large");
    assert_eq!(refused["limit_bytes"], 500_000_000);
    let opaque = with("options", json!({ "format": "mp4" })).send().await.problem(422, "unsuitable_options");
    let french = with("options", json!({ "format": "mp4" })).in_french().send().await;
    assert_ne!(opaque["detail"], french.problem(422, "unsuitable_options")["detail"]);
    let backwards = json!({ "from_ms": 900, "until_ms": 900 });
    with("options", backwards).send().await.problem(400, "invalid_request");
    with("source_job", json!(test_api.accepted().await)).send().await.problem(400, "invalid_request");
    with("size_bytes", Value::Null).send().await.problem(400, "invalid_request");
    test_api.post(DOOR, json!({})).by(ADA).send().await.problem(400, "invalid_request");
    assert_eq!(used(&test_api).await, json!([0, 2, 1]), "the picture alone is open");
}

#[tokio::test]
async fn a_preview_is_free_without_credits() {
    let test_api = TestApi::with(|settings| settings.free.videos_per_month = 1).await;
    let look = json!({ "preview": true });
    let first = job_of(&announce(&test_api, wish(5, look.clone())).await);
    assert_eq!(used(&test_api).await, json!([0, 1, 1]));
    announce(&test_api, wish(5, json!({}))).await;
    let refused =
        test_api.post(DOOR, wish(5, json!({}))).by(ADA).send().await.problem(402, "insufficient_credits");
    assert_eq!((&refused["kind"], &refused["allowance"]), (&json!("video"), &json!(1)));
    announce(&test_api, wish(5, look)).await;
    assert_eq!(used(&test_api).await, json!([1, 0, 3]));
    test_api.script().next("SendMessage", 1, sent());
    test_api.call(Method::POST, &format!("/api/jobs/{first}/cancel")).by(ADA).send().await.good(200);
    assert_eq!(used(&test_api).await, json!([1, 0, 2]), "and gives nothing back");
}

#[tokio::test]
async fn jobs_that_cost_nothing_are_limited_per_day() {
    let test_api = TestApi::with(|settings| settings.free.videos_per_month = 0).await;
    let look = json!({ "preview": true });
    for _ in 0..20 {
        let job = job_of(&announce(&test_api, wish(5, look.clone())).await);
        test_api.script().next("SendMessage", 1, sent());
        test_api.call(Method::POST, &format!("/api/jobs/{job}/cancel")).by(ADA).send().await.good(200);
    }
    let answer = test_api.post(DOOR, wish(5, look.clone())).by(ADA).send().await;
    let wait_s: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=24 * 60 * 60).contains(&wait_s), "until midnight: {wait_s}");
    let problem = answer.problem(429, "daily_limit");
    assert_eq!(problem["limit"], 20);
    assert!(
        problem["detail"].as_str().is_some_and(|text| text.contains("after midnight (UTC)")),
        "{problem}"
    );
    test_api.post(DOOR, wish(5, look)).by(BOB).send().await.good(201);
}

#[tokio::test]
async fn a_repeated_request_returns_the_same_job_and_upload() {
    let test_api = TestApi::open().await;
    let ask =
        || test_api.post(DOOR, wish(PART + 5, json!({}))).by(ADA).header("idempotency-key", "clip-1").send();
    let first = ask().await.good(201);
    assert_eq!(send(&first["upload"]["parts"][1]).await, StatusCode::OK);
    let second = ask().await.good(200);
    assert_eq!(second["job"]["id"], first["job"]["id"]);
    assert_eq!(second["upload"]["parts"][1]["uploaded"], true, "what was sent still counts");
    assert_eq!(used(&test_api).await, json!([1, 1, 1]));
    let other =
        test_api.post(DOOR, wish(6, json!({}))).by(ADA).header("idempotency-key", "clip-1").send().await;
    other.problem(422, "idempotency_key_reused");
}

#[tokio::test]
async fn two_simultaneous_requests_get_the_same_upload() {
    let test_api = TestApi::open().await;
    let ask = || test_api.post(DOOR, wish(5, json!({}))).by(ADA).header("idempotency-key", "clip-1").send();
    let (first, second) = tokio::join!(ask(), ask());
    let (first, second) = (first.json(), second.json());
    let name = |answer: &Value| {
        let url = answer["upload"]["parts"][0]["url"].as_str().expect("a link").to_owned();
        url.split_once("uploadId=").expect("a name").1.split('&').next().expect("its end").to_owned()
    };
    assert_eq!((&first["job"]["id"], name(&first)), (&second["job"]["id"], name(&second)));
    assert_eq!(send(&second["upload"]["parts"][0]).await, StatusCode::OK);
    finish(&test_api, &job_of(&first)).await.good(200);
}

#[tokio::test]
async fn cancelling_a_video_deletes_its_parts_and_stops_its_machine() {
    let test_api = TestApi::open().await;
    let answer = announce(&test_api, wish(5, json!({}))).await;
    let job = job_of(&answer);
    assert_eq!(send(&answer["upload"]["parts"][0]).await, StatusCode::OK);
    let upload = test_api.job(&job).await.input.multipart.expect("a name");
    test_api.script().next("SendMessage", 2, sent());
    for _ in 0..2 {
        let cancelled = test_api.call(Method::POST, &format!("/api/jobs/{job}/cancel")).by(ADA).send().await;
        assert_eq!(cancelled.good(200)["state"], "cancelled");
    }
    assert_eq!(test_api.bucket.parts(&key(&job), &upload).await.expect("an answer"), None);
    assert_eq!(used(&test_api).await, json!([0, 2, 0]));
    for message in test_api.script().seen("SendMessage") {
        let url = message["QueueUrl"].as_str().expect("a URL");
        assert!(url.ends_with("/videos"), "{url}");
        let video_task = video_task(message["MessageBody"].as_str().expect("a body")).expect("understood");
        assert!(video_task.stop && video_task.job == job && video_task.retry == 0, "{video_task:?}");
    }
    finish(&test_api, &job).await.problem(409, "invalid_state");
    test_api.get(&upload_path(&job)).by(ADA).send().await.problem(409, "invalid_state");
}

#[tokio::test]
async fn cancelling_a_picture_stops_no_machine() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    test_api.call(Method::POST, &format!("/api/jobs/{job}/cancel")).by(ADA).send().await.good(200);
    assert_eq!(test_api.script().seen("SendMessage"), Vec::<Value>::new());
}

#[tokio::test]
async fn a_retried_video_is_queued_for_machines() {
    let test_api = TestApi::open().await;
    let job = queued(&test_api, json!({})).await;
    test_api.script().next("SendMessage", 2, sent());
    test_api.call(Method::POST, &format!("/api/jobs/{job}/cancel")).by(ADA).send().await.good(200);
    let again = test_api.call(Method::POST, &format!("/api/jobs/{job}/retry")).by(ADA).send().await.good(202);
    assert_eq!(again["state"], "queued");
    let seen = test_api.script().seen("SendMessage");
    assert!(seen[1]["QueueUrl"].as_str().is_some_and(|url| url.ends_with("/videos")), "{seen:?}");
    let video_task = video_task(seen[1]["MessageBody"].as_str().expect("a body")).expect("understood");
    assert_eq!((video_task.stop, video_task.retry), (false, 1));
    assert_eq!(used(&test_api).await, json!([1, 1, 1]));
}

#[tokio::test]
async fn a_video_is_deleted_with_its_job() {
    let test_api = TestApi::open().await;
    let job = queued(&test_api, json!({})).await;
    completed(&test_api, &job, "video/webm", "webm").await;
    test_api.call(Method::DELETE, &format!("/api/jobs/{job}")).by(ADA).send().await.good(204);
    assert_eq!(file(&test_api, &job).await, None);
}

#[tokio::test]
async fn a_playable_result_has_a_view_link() {
    let test_api = TestApi::open().await;
    for (media_type, extension, is_shown) in
        [("video/webm", "webm", true), ("image/gif", "gif", true), ("application/zip", "zip", false)]
    {
        let job = queued(&test_api, json!({ "preview": true })).await;
        let key = format!("results/{ADA}/{job}/cutout.{extension}");
        test_api.bucket.write(&key, media_type, b"seen".to_vec()).await.expect("written");
        completed(&test_api, &job, media_type, extension).await;
        let view = test_api.get(&format!("/api/jobs/{job}")).by(ADA).send().await.good(200);
        let result = &view["result"];
        assert_eq!(result["view_url"].is_string(), is_shown, "{result}");
        assert!(result["download_url"].is_string() && result["source_url"].is_string(), "{result}");
        if let Some(url) = result["view_url"].as_str() {
            let answer = http::get(url).await;
            assert_eq!(
                (answer.status(), answer.headers()["content-type"].as_bytes()),
                (StatusCode::OK, media_type.as_bytes())
            );
            assert!(!answer.headers().contains_key("content-disposition"), "it is looked at, not saved");
        }
    }
    let picture = test_api.accepted().await;
    test_api.completed(&picture).await;
    let view = test_api.get(&format!("/api/jobs/{picture}")).by(ADA).send().await.good(200);
    assert_eq!(view["result"]["view_url"], Value::Null);
}

#[tokio::test]
async fn an_unfinished_upload_expires_and_its_parts_are_deleted() {
    let test_api = TestApi::open().await;
    let answer = announce(&test_api, wish(5, json!({}))).await;
    let job = job_of(&answer);
    assert_eq!(send(&answer["upload"]["parts"][0]).await, StatusCode::OK);
    let upload = test_api.job(&job).await.input.multipart.expect("a name");
    assert_eq!(crate::events::expire(&test_api).await.expect("no trouble"), 0, "it has hours");
    test_api.overdue(&job, 1).await;
    assert_eq!(crate::events::expire(&test_api).await.expect("no trouble"), 1);
    assert_eq!(test_api.job(&job).await.state, JobState::Expired);
    assert_eq!(test_api.bucket.parts(&key(&job), &upload).await.expect("an answer"), None);
    assert_eq!(used(&test_api).await, json!([0, 2, 0]));
}
