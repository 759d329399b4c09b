//! Signed links and their limits.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Response, StatusCode};
use sansfond_domain::ports::{Files, Links};
use sansfond_embedded::http::{get, put};

use crate::test_table::TestTable;

const KEY: &str = "uploads/a-1/0190a0b0c0d0e0f00112233445566778/source";
const QUARTER: Duration = Duration::from_secs(900);

async fn upload_link(test_table: &TestTable) -> String {
    test_table.bucket.upload(KEY, "image/png", 1000, QUARTER).await.expect("a link")
}

async fn is_there(test_table: &TestTable, key: &str) -> bool {
    test_table.bucket.read(key, 10_000).await.expect("an answer").is_some()
}

fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn an_upload_link_accepts_the_declared_file() {
    let test_table = TestTable::open().await;
    let link = upload_link(&test_table).await;
    assert!(link.starts_with(test_table.cloud.endpoint()), "{link}");
    let taken = put(&link, "image/png", vec![7; 1000]).await;
    assert_eq!(taken.status(), StatusCode::OK, "{taken:?}");
    assert!(is_there(&test_table, KEY).await);
}

#[tokio::test]
async fn an_upload_of_another_size_or_type_is_rejected() {
    let test_table = TestTable::open().await;
    let link = upload_link(&test_table).await;
    for (media_type, length) in
        [("image/png", 999), ("image/png", 1001), ("image/png", 0), ("image/jpeg", 1000), ("text/html", 1000)]
    {
        let refused = put(&link, media_type, vec![7; length]).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{length} of {media_type}: {refused:?}");
        assert!(!is_there(&test_table, KEY).await);
    }
}

#[tokio::test]
async fn an_upload_to_another_key_is_rejected() {
    let test_table = TestTable::open().await;
    let link = upload_link(&test_table).await;
    let other = KEY.replace("a-1", "a-2");
    for tampered in [
        link.replace(KEY, &other),
        link.replace("X-Amz-Expires=900", "X-Amz-Expires=90000"),
        link.replace("content-length%3B", ""),
        link.split_once('?').expect("a query").0.to_owned(),
    ] {
        assert_ne!(tampered, link);
        let refused = put(&tampered, "image/png", vec![7; 1000]).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{tampered}");
    }
    assert!(!is_there(&test_table, KEY).await && !is_there(&test_table, &other).await);
}

#[tokio::test]
async fn an_upload_link_does_not_allow_reading() {
    let test_table = TestTable::open().await;
    let link = upload_link(&test_table).await;
    put(&link, "image/png", vec![7; 1000]).await;
    assert_eq!(get(&link).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_download_link_sets_the_file_name() {
    let test_table = TestTable::open().await;
    test_table.bucket.write("results/a-1/x/cutout.png", "image/png", b"abc".to_vec()).await.expect("written");
    let link = test_table
        .bucket
        .download("results/a-1/x/cutout.png", "été \"1\".png", QUARTER)
        .await
        .expect("a link");
    let answer = get(&link).await;
    assert_eq!((answer.status(), answer.body().as_ref()), (StatusCode::OK, b"abc".as_slice()));
    assert_eq!(
        header(&answer, "content-disposition"),
        "attachment; filename=\"_t_ _1_.png\"; filename*=UTF-8''%C3%A9t%C3%A9%20%221%22.png"
    );
    let renamed = link.replace("1_.png", "1_.exe");
    assert_ne!(renamed, link);
    assert_eq!(get(&renamed).await.status(), StatusCode::FORBIDDEN, "the name is signed");
}

#[tokio::test]
async fn a_view_link_keeps_type_and_name() {
    let test_table = TestTable::open().await;
    test_table
        .bucket
        .write("results/a-1/x/preview.webp", "image/webp", b"abc".to_vec())
        .await
        .expect("written");
    let answer =
        get(&test_table.bucket.view("results/a-1/x/preview.webp", QUARTER).await.expect("a link")).await;
    assert_eq!((answer.status(), header(&answer, "content-type")), (StatusCode::OK, "image/webp"));
    assert_eq!(header(&answer, "content-disposition"), "");
}

#[tokio::test]
async fn a_link_expires() {
    let test_table = TestTable::open().await;
    test_table.bucket.write("results/a-1/x/cutout.png", "image/png", b"abc".to_vec()).await.expect("written");
    let soon = Duration::from_secs(3);
    let download = test_table.bucket.view("results/a-1/x/cutout.png", soon).await.expect("a link");
    let upload = test_table.bucket.upload(KEY, "image/png", 3, soon).await.expect("a link");
    assert_eq!(get(&download).await.status(), StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(4200)).await;
    assert_eq!(get(&download).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(put(&upload, "image/png", b"abc".as_slice()).await.status(), StatusCode::FORBIDDEN);
    assert!(!is_there(&test_table, KEY).await);
}
