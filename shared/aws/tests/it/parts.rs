//! Multipart uploads and range requests.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use sansfond_aws::Bucket;
use sansfond_domain::ports::{FileMetadata, Files, Multipart, Ranges, UploadedPart};
use sansfond_embedded::http::put;

use crate::test_table::TestTable;

const KEY: &str = "videos/a-1/0190a0b0c0d0e0f00112233445566778/source";
const HOUR: Duration = Duration::from_secs(3600);
/// The minimum size of every part except the last at S3, in bytes.
const PART: usize = 5 << 20;

async fn begin(test_table: &TestTable) -> String {
    test_table.bucket.begin(KEY, "video/mp4").await.expect("begun")
}

/// Sends a part like a browser, without a media type.
async fn send(test_table: &TestTable, upload: &str, number: u32, declared: usize, sent: usize) -> StatusCode {
    let link = test_table.bucket.part(KEY, upload, number, declared as u64, HOUR).await.expect("a link");
    put(&link, "", vec![u8::try_from(number).expect("few"); sent]).await.status()
}

async fn parts(test_table: &TestTable, upload: &str) -> Option<Vec<UploadedPart>> {
    test_table.bucket.parts(KEY, upload).await.expect("an answer")
}

fn numbers(parts: &[UploadedPart]) -> Vec<(u32, u64)> {
    parts.iter().map(|part| (part.number, part.size_bytes)).collect()
}

#[tokio::test]
async fn parts_in_any_order_make_one_file() {
    let test_table = TestTable::open().await;
    let upload = begin(&test_table).await;
    assert_eq!(parts(&test_table, &upload).await, Some(Vec::new()));
    assert_eq!(send(&test_table, &upload, 2, 100, 100).await, StatusCode::OK);
    assert_eq!(send(&test_table, &upload, 1, PART, PART).await, StatusCode::OK);
    let come = parts(&test_table, &upload).await.expect("under way");
    assert_eq!(numbers(&come), [(1, PART as u64), (2, 100)]);
    assert!(
        test_table.bucket.look(KEY).await.expect("an answer").is_none(),
        "there is no file before the completion"
    );
    test_table.bucket.finish(KEY, &upload, &come).await.expect("finished");
    let file = test_table.bucket.read(KEY, 10 << 20).await.expect("read").expect("there");
    assert_eq!(file.bytes.len(), PART + 100);
    assert!(file.bytes[..PART].iter().all(|byte| *byte == 1) && file.bytes[PART..] == [2; 100]);
    assert_eq!(parts(&test_table, &upload).await, None, "the upload was completed");
}

#[tokio::test]
async fn a_part_accepts_exactly_its_declared_size() {
    let test_table = TestTable::open().await;
    let upload = begin(&test_table).await;
    for sent in [99, 101, 0] {
        assert_eq!(send(&test_table, &upload, 1, 100, sent).await, StatusCode::FORBIDDEN, "{sent}");
    }
    let link = test_table.bucket.part(KEY, &upload, 1, 100, HOUR).await.expect("a link");
    let other = link.replace("partNumber=1", "partNumber=2");
    assert_ne!(other, link);
    assert_eq!(put(&other, "", vec![0; 100]).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(parts(&test_table, &upload).await, Some(Vec::new()));
}

#[tokio::test]
async fn a_repeated_part_replaces_the_first() {
    let test_table = TestTable::open().await;
    let upload = begin(&test_table).await;
    for length in [100, 70] {
        assert_eq!(send(&test_table, &upload, 1, length, length).await, StatusCode::OK);
    }
    assert_eq!(numbers(&parts(&test_table, &upload).await.expect("under way")), [(1, 70)]);
}

#[tokio::test]
async fn completing_twice_is_harmless() {
    let test_table = TestTable::open().await;
    let upload = begin(&test_table).await;
    send(&test_table, &upload, 1, 10, 10).await;
    let come = parts(&test_table, &upload).await.expect("under way");
    for _ in 0..2 {
        test_table.bucket.finish(KEY, &upload, &come).await.expect("finished");
    }
    let facts = test_table.bucket.look(KEY).await.expect("an answer").expect("there");
    assert_eq!(facts.size_bytes, 10);
}

#[tokio::test]
async fn an_aborted_upload_cannot_be_completed() {
    let test_table = TestTable::open().await;
    let upload = begin(&test_table).await;
    send(&test_table, &upload, 1, 10, 10).await;
    let come = parts(&test_table, &upload).await.expect("under way");
    for _ in 0..2 {
        test_table.bucket.abort(KEY, &upload).await.expect("aborted");
    }
    assert_eq!(parts(&test_table, &upload).await, None);
    let error = test_table.bucket.finish(KEY, &upload, &come).await.expect_err("there is no file");
    assert!(!error.retryable, "{error:?}");
    assert_ne!(send(&test_table, &upload, 1, 10, 10).await, StatusCode::OK);
}

#[tokio::test]
async fn ranges_of_one_version_are_read() {
    let test_table = TestTable::open().await;
    test_table.bucket.write(KEY, "video/mp4", b"0123456789".to_vec()).await.expect("written");
    let facts = test_table.bucket.look(KEY).await.expect("an answer").expect("there");
    let read = async |version: &str, offset, length| {
        test_table.bucket.range(KEY, version, offset, length).await.expect("an answer")
    };
    let FileMetadata { size_bytes, version } = &facts;
    assert_eq!(*size_bytes, 10);
    assert_eq!(read(version, 2, 3).await.as_deref(), Some(b"234".as_slice()));
    assert_eq!(read(version, 8, 100).await.as_deref(), Some(b"89".as_slice()), "not beyond the end");
    assert_eq!(read(version, 0, 0).await.as_deref(), Some(b"".as_slice()));
    test_table.bucket.write(KEY, "video/mp4", b"other bytes".to_vec()).await.expect("written");
    assert_eq!(read(version, 2, 3).await, None, "the version no longer exists");
    assert_eq!(test_table.bucket.look("videos/a-1/none/source").await.expect("an answer"), None);
    assert_eq!(
        test_table.bucket.range("videos/a-1/none/source", version, 0, 1).await.expect("an answer"),
        None
    );
}

#[tokio::test]
async fn an_upload_declares_no_checksum() {
    let (sent, mut received) = tokio::sync::mpsc::channel(1);
    let answer = async move |headers: HeaderMap| {
        sent.send(headers).await.expect("the test receives it");
        "<InitiateMultipartUploadResult><UploadId>u-1</UploadId></InitiateMultipartUploadResult>"
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    let test_table = TestTable::open().await;
    let sdk = test_table.cloud.sdk().to_builder().endpoint_url(endpoint).build();
    let bucket = Bucket::new(&sdk, "files".to_owned());
    assert_eq!(bucket.begin(KEY, "video/mp4").await.expect("begun"), "u-1");
    let headers = received.recv().await.expect("a request");
    assert_eq!(headers["content-type"], "video/mp4");
    let promised = headers.keys().find(|name| name.as_str().contains("checksum"));
    assert_eq!(promised, None, "every part would need one");
}
