//! Jobs: reading, watching, cancelling, retrying and deleting.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use sansfond_aws::events::image_task;
use sansfond_domain::ports::Files;
use sansfond_domain::rules::StartReason;
use sansfond_domain::{JobId, Language};
use sansfond_embedded::{Reply, Step, http};
use sansfond_jobs::now;
use sansfond_texts::refusal;
use serde_json::{Value, json};

use crate::test_api::{ADA, BOB, Call, TestApi};

fn path(job: &JobId) -> String {
    format!("/api/jobs/{job}")
}

async fn view(test_api: &TestApi, job: &JobId) -> Value {
    test_api.get(&path(job)).by(ADA).send().await.good(200)
}

fn act<'a>(test_api: &'a TestApi, job: &JobId, action: &str) -> Call<'a> {
    test_api.call(Method::POST, &format!("{}/{action}", path(job))).by(ADA)
}

async fn used(test_api: &TestApi) -> Value {
    let usage = test_api.get("/api/usage").by(ADA).send().await.good(200);
    json!([usage["images"]["used"], usage["open_jobs"]])
}

fn sent() -> Step {
    Step::Instead(Reply::ok(json!({ "MessageId": "m-1", "MD5OfMessageBody": "" })))
}

#[tokio::test]
async fn a_result_has_a_file_name_and_a_preview() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    test_api.completed(&job).await;
    let view = view(&test_api, &job).await;
    assert_eq!((&view["state"], &view["progress_percent"]), (&json!("completed"), &json!(100)));
    let result = &view["result"];
    let size = json!([result["width"], result["height"], result["size_bytes"], result["media_type"]]);
    assert_eq!(size, json!([3, 2, 10, "image/png"]));
    let download = http::get(result["download_url"].as_str().expect("a link")).await;
    assert_eq!((download.status(), download.body().as_ref()), (StatusCode::OK, b"cutout.png".as_slice()));
    let disposition = download.headers()["content-disposition"].to_str().expect("text");
    assert!(disposition.ends_with("filename*=UTF-8''%C3%A9t%C3%A9-sansfond.png"), "{disposition}");
    let preview = http::get(result["preview_url"].as_str().expect("a link")).await;
    assert_eq!((preview.status(), preview.body().as_ref()), (StatusCode::OK, b"preview.webp".as_slice()));
}

#[tokio::test]
async fn a_failure_is_explained_in_the_language_of_the_caller() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    test_api.failed(&job).await;
    let english = view(&test_api, &job).await["failure"].clone();
    let french = test_api.get(&path(&job)).by(ADA).in_french().send().await.good(200)["failure"].clone();
    assert_eq!((&english["code"], &french["code"]), (&json!("no_subject"), &json!("no_subject")));
    assert_ne!(english["message"], french["message"]);
}

#[tokio::test]
async fn the_job_of_another_account_is_not_found() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    let one = path(&job);
    for (method, path) in [
        (Method::GET, one.clone()),
        (Method::GET, format!("{one}/events")),
        (Method::POST, format!("{one}/cancel")),
        (Method::POST, format!("{one}/retry")),
        (Method::DELETE, one),
    ] {
        test_api.call(method, &path).by(BOB).send().await.problem(404, "not_found");
    }
    assert_eq!(test_api.get("/api/jobs").by(BOB).send().await.good(200), json!({ "jobs": [], "next": null }));
    assert_eq!(view(&test_api, &job).await["state"], "pending");
}

#[tokio::test]
async fn jobs_are_listed_newest_first_in_pages() {
    let test_api = TestApi::open().await;
    let (old, middle, new) =
        (test_api.accepted().await, test_api.accepted().await, test_api.accepted().await);
    test_api.completed(&middle).await;
    let list =
        async |query: String| test_api.get(&format!("/api/jobs{query}")).by(ADA).send().await.good(200);
    let names = |page: &Value| -> Vec<String> {
        let jobs = page["jobs"].as_array().expect("a list").iter();
        jobs.map(|job| job["id"].as_str().expect("a name").to_owned()).collect()
    };
    let all = list(String::new()).await;
    assert_eq!(names(&all), [new.to_string(), middle.to_string(), old.to_string()]);
    assert_eq!(all["next"], Value::Null);
    assert!(all["jobs"][1]["result"]["preview_url"].is_string());
    let first = list("?limit=2".to_owned()).await;
    assert_eq!(names(&first), [new.to_string(), middle.to_string()]);
    let second = list(format!("?limit=2&after={}", first["next"].as_str().expect("a place"))).await;
    assert_eq!((names(&second), &second["next"]), (vec![old.to_string()], &Value::Null));
    assert_eq!(list("?limit=3".to_owned()).await["next"], Value::Null, "three are all");
}

#[tokio::test]
async fn jobs_are_listed_by_state_and_kind() {
    let test_api = TestApi::open().await;
    let (old, middle, new) =
        (test_api.accepted().await, test_api.accepted().await, test_api.accepted().await);
    test_api.completed(&old).await;
    test_api.completed(&new).await;
    test_api.failed(&middle).await;
    let list = async |query: &str| {
        let page = test_api.get(&format!("/api/jobs?{query}")).by(ADA).send().await.good(200);
        let jobs = page["jobs"].as_array().expect("a list").iter();
        let names: Vec<_> = jobs.map(|job| job["id"].as_str().expect("a name").to_owned()).collect();
        (names, page["next"].as_str().map(str::to_owned))
    };
    assert_eq!(list("state=completed").await, (vec![new.to_string(), old.to_string()], None));
    assert_eq!(list("state=failed&kind=image").await, (vec![middle.to_string()], None));
    assert_eq!(list("kind=video").await, (Vec::new(), None));
    let (first, next) = list("state=completed&limit=1").await;
    assert_eq!(first, [new.to_string()]);
    let next = next.expect("a place");
    assert_eq!(list(&format!("state=completed&limit=1&after={next}")).await, (vec![old.to_string()], None));
    for query in ["state=done", "state=", "state=Completed", "kind=audio"] {
        let refused = test_api.get(&format!("/api/jobs?{query}")).by(ADA).send().await;
        let problem = refused.problem(400, "invalid_request");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("expected")), "{problem}");
    }
}

#[tokio::test]
async fn an_upload_has_a_link_while_it_is_stored() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    let source = format!("uploads/{ADA}/{job}/source");
    test_api.bucket.write(&source, "image/jpeg", b"12345".to_vec()).await.expect("written");
    test_api.completed(&job).await;
    let result = view(&test_api, &job).await["result"].clone();
    let sent = http::get(result["source_url"].as_str().expect("a link")).await;
    assert_eq!((sent.status(), sent.body().as_ref()), (StatusCode::OK, b"12345".as_slice()));
    assert_eq!(sent.headers()["content-type"], "image/jpeg");
    assert!(result["urls_expire_at"].is_string());
    let listed = test_api.get("/api/jobs").by(ADA).send().await.good(200);
    let watched = test_api.get(&format!("{}/events", path(&job))).by(ADA).send().await;
    assert_eq!(listed["jobs"][0]["result"]["source_url"], Value::Null, "one job at a time");
    assert!(watched.text().contains("\"source_url\":null"), "{watched:?}");
}

#[tokio::test]
async fn a_missing_upload_has_no_link() {
    let test_api = TestApi::with(|settings| settings.retention.upload_days = 0).await;
    let job = test_api.accepted().await;
    test_api.completed(&job).await;
    let result = view(&test_api, &job).await["result"].clone();
    assert_eq!((&result["source_url"], result["download_url"].is_string()), (&Value::Null, true));

    let test_api = TestApi::open().await;
    let at_once = test_api.answered_at_once().await;
    let result = view(&test_api, &at_once).await["result"].clone();
    assert_eq!((&result["source_url"], &result["urls_expire_at"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn polling_an_unchanged_job_returns_304() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    let poll = async |tag: &str| test_api.get(&path(&job)).by(ADA).header("if-none-match", tag).send().await;
    let first = test_api.get(&path(&job)).by(ADA).send().await;
    let tag = first.header("etag").to_owned();
    assert_eq!(first.header("cache-control"), "private, no-cache");
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let again = poll(&known).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    poll("\"other\"").await.good(200);
    let french = test_api.get(&path(&job)).by(ADA).in_french().header("if-none-match", &tag).send().await;
    french.good(200);
    test_api.started(&job).await;
    let changed = poll(&tag).await;
    assert_eq!(changed.good(200)["state"], "processing");
    assert_ne!(changed.header("etag"), tag);
}

#[tokio::test]
async fn an_unseen_change_is_sent_at_once() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    let answer = test_api.get(&format!("{}/events", path(&job))).by(ADA).send().await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/event-stream"));
    let lines: Vec<_> = answer.text().lines().collect();
    let ["retry: 200", id, "event: job", data, ""] = lines[..] else { panic!("{lines:?}") };
    assert!(id.starts_with("id: ") && id.ends_with("-pending"), "{id}");
    let data: Value = serde_json::from_str(data.strip_prefix("data: ").expect("data")).expect("JSON");
    assert_eq!((&data["id"], &data["state"]), (&json!(job), &json!("pending")));
}

#[tokio::test]
async fn a_watching_client_receives_the_change_and_then_the_end() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    let watch = async |seen: &str| {
        test_api.get(&format!("{}/events", path(&job))).by(ADA).header("last-event-id", seen).send().await
    };
    let seen = |text: &str| {
        let id = text.lines().find_map(|line| line.strip_prefix("id: "));
        id.expect("a version").to_owned()
    };
    test_api.started(&job).await;
    let first = seen(watch("").await.text());
    let began = Instant::now();
    let (answer, ()) = tokio::join!(watch(&first), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        test_api.given_up(&job).await;
    });
    assert!((300..15_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert!(answer.text().contains("\"state\":\"failed\""), "{answer:?}");
    let over = watch(&seen(answer.text())).await;
    assert_eq!((over.status, over.body.len()), (StatusCode::NO_CONTENT, 0), "do not connect again");
}

#[tokio::test]
async fn a_sixth_waiting_stream_is_answered_at_once() {
    let test_api = TestApi::open().await;
    // All streams begin in one window.
    while now().seconds() % 30 > 20 {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for round in ["the first", "streams that have ended do not count"] {
        let job = test_api.accepted().await;
        let watch = async |seen: &str| {
            let answer =
                test_api.get(&format!("{}/events", path(&job))).by(ADA).header("last-event-id", seen);
            (answer.send().await.text().to_owned(), Instant::now())
        };
        let (text, _) = watch("").await;
        let version = text.lines().find_map(|line| line.strip_prefix("id: ")).expect("a version");
        let waiting = join_all((0..5).map(|_| watch(version)));
        let sixth = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let (text, at) = watch(version).await;
            assert!(text.contains("retry: 5000") && text.contains("too many streams"), "{round}: {text}");
            test_api.started(&job).await;
            at
        };
        let (waiting, sixth) = tokio::join!(waiting, sixth);
        for (text, at) in waiting {
            assert!(text.contains("\"processing\"") && at > sixth, "{round}: {text}");
        }
        test_api.given_up(&job).await;
    }
}

#[tokio::test]
async fn cancelling_returns_the_credit_once() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    assert_eq!(used(&test_api).await, json!([1, 1]));
    for _ in 0..2 {
        assert_eq!(act(&test_api, &job, "cancel").send().await.good(200)["state"], "cancelled");
        assert_eq!(used(&test_api).await, json!([0, 0]));
    }
    let done = test_api.accepted().await;
    test_api.completed(&done).await;
    let refused = act(&test_api, &done, "cancel").send().await.problem(409, "invalid_state");
    assert_eq!(refused["state"], "completed");
    assert_eq!(used(&test_api).await, json!([1, 0]));
}

#[tokio::test]
async fn a_failed_job_is_retried_for_another_credit() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    test_api.failed(&job).await;
    test_api.script().next("SendMessage", 2, sent());
    for _ in 0..2 {
        assert_eq!(act(&test_api, &job, "retry").send().await.good(202)["state"], "queued");
        assert_eq!(used(&test_api).await, json!([1, 1]), "twice is once");
    }
    let messages = test_api.script().seen("SendMessage");
    assert_eq!(messages.len(), 2, "the first call might have died before it sent one");
    assert!(messages[0]["QueueUrl"].as_str().is_some_and(|url| url.ends_with("/images")), "{messages:?}");
    let message = image_task(messages[0]["MessageBody"].as_str().expect("a body")).expect("understood");
    assert_eq!((message.account.as_ref(), message.job, message.start_reason), (ADA, job, StartReason::Again));
    assert_eq!(message.retry, 1, "a dead letter of the first try does not apply to the retry");
}

#[tokio::test]
async fn a_retry_that_was_not_queued_can_be_repeated() {
    let test_api = TestApi::open().await;
    let job = test_api.accepted().await;
    test_api.failed(&job).await;
    test_api.script().next("SendMessage", 3, Step::Instead(Reply::broken()));
    act(&test_api, &job, "retry").send().await.problem(503, "unavailable");
    test_api.script().next("SendMessage", 1, sent());
    act(&test_api, &job, "retry").send().await.good(202);
    assert_eq!(used(&test_api).await, json!([1, 1]));
}

#[tokio::test]
async fn an_expired_or_completed_job_cannot_be_retried() {
    let test_api = TestApi::open().await;
    let never_came = test_api.accepted().await;
    let refused = act(&test_api, &never_came, "retry").send().await.problem(409, "invalid_state");
    assert_eq!(refused["state"], "pending");
    act(&test_api, &never_came, "cancel").send().await.good(200);
    let refused = act(&test_api, &never_came, "retry").send().await.problem(409, "invalid_state");
    assert_eq!(refused["detail"], refusal::no_upload().in_language(Language::ENGLISH));
    let done = test_api.accepted().await;
    test_api.completed(&done).await;
    act(&test_api, &done, "retry").send().await.problem(409, "invalid_state");
    assert_eq!(test_api.script().seen("SendMessage").len(), 0);
    assert_eq!(used(&test_api).await, json!([1, 0]));
}

#[tokio::test]
async fn a_retry_needs_a_credit_as_well() {
    let test_api = TestApi::with(|settings| settings.free.images_per_month = 1).await;
    let job = test_api.accepted().await;
    test_api.failed(&job).await;
    let other = test_api.accepted().await;
    test_api.completed(&other).await;
    act(&test_api, &job, "retry").send().await.problem(402, "insufficient_credits");
    assert_eq!(used(&test_api).await, json!([1, 0]));
}

#[tokio::test]
async fn deleting_a_job_deletes_its_files_and_keeps_the_ledger() {
    let test_api = TestApi::open().await;
    let (job, other) = (test_api.accepted().await, test_api.accepted().await);
    let source = format!("uploads/{ADA}/{job}/source");
    test_api.bucket.write(&source, "image/jpeg", b"12345".to_vec()).await.expect("written");
    let delete = async || test_api.call(Method::DELETE, &path(&job)).by(ADA).send().await;
    let refused = delete().await.problem(409, "invalid_state");
    assert_eq!(refused["state"], "pending");
    assert!(
        test_api.bucket.read(&source, 9).await.expect("an answer").is_some(),
        "an open job keeps its files"
    );
    test_api.completed(&job).await;
    test_api.completed(&other).await;
    delete().await.good(204);
    delete().await.problem(404, "not_found");
    let left = |folder: &'static str| async { test_api.bucket.list(folder).await.expect("a list").len() };
    assert_eq!((left("uploads/").await, left("results/").await), (0, 2));
    test_api.get(&path(&job)).by(ADA).send().await.problem(404, "not_found");
    let history = test_api.get("/api/usage/history").by(ADA).send().await.good(200);
    assert_eq!(history["entries"].as_array().map(Vec::len), Some(4));
    assert_eq!(used(&test_api).await, json!([2, 0]));
}
