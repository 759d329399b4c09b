//! The account: reading, updating, exporting and deleting it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use axum::http::{Method, StatusCode};
use sansfond_domain::ports::{Accounts, Files};
use sansfond_embedded::{Reply, Step, http};
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::test_api::{ADA, BOB, Call, TestApi, ada};
use crate::videos::{completed, queued};

const ME: &str = "/api/me";

fn leave<'a>(test_api: &'a TestApi, email: &str) -> Call<'a> {
    test_api.call(Method::DELETE, ME).json(json!({ "email": email })).by(ADA)
}

async fn files(test_api: &TestApi) -> usize {
    test_api.bucket.list("").await.expect("a list").len()
}

#[tokio::test]
async fn the_language_can_be_changed() {
    let test_api = TestApi::open().await;
    let change = |body: Value| test_api.call(Method::PATCH, ME).json(body).by(ADA);
    assert_eq!(change(json!({ "language": "fr" })).send().await.good(200)["language"], "fr");
    assert_eq!(test_api.get(ME).by(ADA).send().await.good(200)["language"], "fr");
    assert_eq!(test_api.get(ME).by(BOB).send().await.good(200)["language"], "en");
    for body in [json!({ "language": "de" }), json!({}), json!({ "language": "fr", "plan": "gold" })] {
        change(body).send().await.problem(400, "invalid_request");
    }
}

#[tokio::test]
async fn the_export_contains_all_data_of_the_account() {
    let test_api = TestApi::open().await;
    let created = test_api.post("/api/keys", json!({ "label": "shop" })).by(ADA).send().await.good(201);
    let secret = created["secret"].as_str().expect("a secret");
    let (job, open) = (test_api.accepted().await, test_api.accepted().await);
    let source = format!("uploads/{ADA}/{job}/source");
    test_api.bucket.write(&source, "image/jpeg", b"12345".to_vec()).await.expect("written");
    test_api
        .bucket
        .write(&format!("uploads/{BOB}/x/source"), "image/jpeg", b"!".to_vec())
        .await
        .expect("written");
    test_api.completed(&job).await;
    let export = test_api.call(Method::POST, "/api/me/export").by(ADA).send().await.good(201);
    assert_eq!(export["skipped_files"], 0);
    let zip = http::get(export["url"].as_str().expect("a link")).await;
    assert_eq!(zip.status(), StatusCode::OK);
    assert_eq!(export["size_bytes"], zip.body().len());
    let disposition = zip.headers()["content-disposition"].to_str().expect("text");
    assert!(disposition.contains("sansfond-export.zip"), "{disposition}");
    let mut zip = ZipArchive::new(Cursor::new(zip.body().to_vec())).expect("a ZIP");
    let mut contents = BTreeMap::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).expect("a file");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        contents.insert(file.name().expect("a name").into_owned(), text);
    }
    let names: Vec<_> = contents.keys().map(String::as_str).collect();
    let (upload, result) = (format!("uploads/{job}/source"), format!("results/{job}"));
    let (cutout, preview) = (format!("{result}/cutout.png"), format!("{result}/preview.webp"));
    assert_eq!(
        names,
        ["credits.json", "jobs.json", "keys.json", "profile.json", cutout.as_str(), &preview, &upload]
    );
    assert_eq!((contents[&upload].as_str(), contents[&cutout].as_str()), ("12345", "cutout.png"));
    let json = |name: &str| serde_json::from_str::<Value>(&contents[name]).expect("JSON");
    assert_eq!(json("profile.json")["email"], "ada@example.org");
    assert_eq!((&json("jobs.json")[0]["id"], &json("jobs.json")[1]["id"]), (&json!(open), &json!(job)));
    assert_eq!(json("credits.json")["balance"]["used"]["image"], 2);
    assert_eq!(json("credits.json")["ledger"].as_array().map(Vec::len), Some(3));
    assert_eq!(json("credits.json")["ledger"][0]["cause"]["reason"], "kept");
    assert_eq!(json("keys.json")[0]["label"], "shop");
    assert!(!contents.values().any(|text| text.contains(&secret[10..]) || text.contains("\"hash\"")));
}

#[tokio::test]
async fn the_export_contains_videos_with_their_files() {
    let test_api = TestApi::open().await;
    let job = queued(&test_api, json!({})).await;
    completed(&test_api, &job, "video/webm", "webm").await;
    let mut expected = vec![format!("videos/{job}/source")];
    for name in ["videos/JOB/backdrop", "results/JOB/cutout.webm", "results/JOB/preview.webp"] {
        let name = name.replace("JOB", job.as_ref());
        let (folder, file) = name.split_once('/').expect("a folder");
        let key = format!("{folder}/{ADA}/{file}");
        test_api.bucket.write(&key, "any", name.clone().into_bytes()).await.expect("written");
        expected.push(name);
    }
    // An earlier export is not part of the next one.
    test_api.call(Method::POST, "/api/me/export").by(ADA).send().await.good(201);
    let export = test_api.call(Method::POST, "/api/me/export").by(ADA).send().await.good(201);
    assert_eq!(export["skipped_files"], 0);
    let zip = http::get(export["url"].as_str().expect("a link")).await;
    let mut zip = ZipArchive::new(Cursor::new(zip.body().to_vec())).expect("a ZIP");
    for name in &expected {
        let mut bytes = Vec::new();
        zip.by_name(name).expect(name).read_to_end(&mut bytes).expect("readable");
        let is_source = name.ends_with("/source");
        assert!(if is_source { bytes.len() == 5 } else { bytes == name.as_bytes() }, "{name}");
    }
    let names: Vec<_> = zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
    let files = names.iter().filter(|name| !name.ends_with(".json")).count();
    assert_eq!(files, expected.len());
}

#[tokio::test]
async fn an_export_contains_every_page_of_jobs() {
    let test_api = TestApi::open().await;
    for _ in 0..101 {
        test_api.accepted().await;
    }
    let export = test_api.call(Method::POST, "/api/me/export").by(ADA).send().await.good(201);
    let zip = http::get(export["url"].as_str().expect("a link")).await;
    let mut zip = ZipArchive::new(Cursor::new(zip.body().to_vec())).expect("a ZIP");
    let mut jobs = String::new();
    zip.by_name("jobs.json").expect("jobs").read_to_string(&mut jobs).expect("text");
    let jobs: Value = serde_json::from_str(&jobs).expect("JSON");
    assert_eq!(jobs.as_array().map(Vec::len), Some(101));
}

#[tokio::test]
async fn deleting_an_account_deletes_all_its_data() {
    let test_api = TestApi::open().await;
    let created = test_api.post("/api/keys", json!({ "label": "shop" })).by(ADA).send().await.good(201);
    let job = test_api.accepted().await;
    test_api.completed(&job).await;
    test_api.accepted().await;
    test_api.call(Method::POST, "/api/me/export").by(ADA).send().await.good(201);
    assert_eq!(files(&test_api).await, 3);
    test_api.script().next("AdminDeleteUser", 1, Step::Instead(Reply::ok(json!({}))));
    let left = leave(&test_api, "Ada@Example.org").send().await;
    left.good(204);
    let cookies: Vec<_> =
        left.headers.get_all("set-cookie").iter().map(|one| one.to_str().expect("text")).collect();
    assert!(cookies.len() == 2 && cookies.iter().all(|one| one.contains("Max-Age=0")), "{cookies:?}");
    assert_eq!(test_api.script().seen("AdminDeleteUser")[0]["Username"], ADA);
    assert_eq!(files(&test_api).await, 0);
    assert_eq!(test_api.table.account(&ada()).await.expect("an answer"), None);
    test_api.get(ME).by(ADA).send().await.problem(401, "unauthenticated");
    let secret = created["secret"].as_str().expect("a secret");
    test_api.get(ME).key(secret).send().await.problem(401, "invalid_api_key");
    test_api.get(ME).by(BOB).send().await.good(200);
}

#[tokio::test]
async fn deleting_an_account_needs_its_email_address() {
    let test_api = TestApi::open().await;
    for body in [json!({ "email": "bob@example.org" }), json!({ "email": "" }), json!({})] {
        let refused = test_api.call(Method::DELETE, ME).json(body).by(ADA).send().await;
        refused.problem(400, "invalid_request");
    }
    test_api.get(ME).by(ADA).send().await.good(200);
    assert_eq!(test_api.script().seen("AdminDeleteUser").len(), 0);
}

#[tokio::test]
async fn an_interrupted_deletion_of_an_account_can_be_repeated() {
    let test_api = TestApi::open().await;
    test_api.script().next("AdminDeleteUser", 3, Step::Instead(Reply::broken()));
    leave(&test_api, "ada@example.org").send().await.problem(503, "unavailable");
    test_api.script().next("AdminDeleteUser", 1, Step::Instead(Reply::ok(json!({}))));
    leave(&test_api, "ada@example.org").send().await.good(204);
    let gone = Reply::error(400, "UserNotFoundException", "User does not exist.");
    test_api.script().next("AdminDeleteUser", 1, Step::Instead(gone));
    leave(&test_api, "ada@example.org").send().await.good(204);
}
