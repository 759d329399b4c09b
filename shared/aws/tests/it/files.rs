//! Files in the bucket.

use std::io::{Seek, Write};

use sansfond_domain::ports::{FileContent, Files, ReadFileError};

use crate::test_table::TestTable;

async fn write(test_table: &TestTable, key: &str, bytes: &[u8]) {
    test_table.bucket.write(key, "image/png", bytes.to_vec()).await.expect("written");
}

async fn names(test_table: &TestTable, folder: &str) -> Vec<String> {
    test_table.bucket.list(folder).await.expect("a list").into_iter().map(|file| file.key).collect()
}

#[tokio::test]
async fn a_file_is_read_as_written() {
    let test_table = TestTable::open().await;
    write(&test_table, "uploads/a-1/x/source", b"abc").await;
    let Some(FileContent { bytes, version }) =
        test_table.bucket.read("uploads/a-1/x/source", 3).await.expect("read")
    else {
        panic!("it is there")
    };
    assert_eq!(bytes, b"abc");
    assert_eq!(version, "900150983cd24fb0d6963f7d28e17f72", "the entity tag, without quotes");
}

#[tokio::test]
async fn new_content_has_a_new_version() {
    let test_table = TestTable::open().await;
    let mut versions = Vec::new();
    for content in [b"one", b"two"] {
        write(&test_table, "uploads/a-1/x/source", content).await;
        versions.push(
            test_table.bucket.read("uploads/a-1/x/source", 9).await.expect("read").expect("there").version,
        );
    }
    assert_ne!(versions[0], versions[1]);
}

#[tokio::test]
async fn a_missing_file_is_not_an_error() {
    let test_table = TestTable::open().await;
    assert_eq!(test_table.bucket.read("uploads/a-1/x/source", 9).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_file_above_the_limit_is_not_read() {
    let test_table = TestTable::open().await;
    write(&test_table, "uploads/a-1/x/source", &[7; 101]).await;
    let error = test_table.bucket.read("uploads/a-1/x/source", 100).await.expect_err("too large");
    assert!(matches!(error, ReadFileError::TooLarge { limit: 100 }), "{error:?}");
    assert!(test_table.bucket.read("uploads/a-1/x/source", 101).await.expect("read").is_some());
}

#[tokio::test]
async fn an_open_file_is_sent_from_its_current_position() {
    let test_table = TestTable::open().await;
    let mut file = tempfile::tempfile().expect("a file");
    let content: Vec<u8> = (0..300_000_u32).map(|index| u8::try_from(index % 251).expect("small")).collect();
    file.write_all(&content).expect("written");
    file.rewind().expect("at its beginning");
    test_table.bucket.write_from("exports/a-1/x.zip", "application/zip", file).await.expect("written");
    let read = test_table.bucket.read("exports/a-1/x.zip", 1_000_000).await.expect("read").expect("there");
    assert_eq!(read.bytes, content);
}

#[tokio::test]
async fn a_folder_is_listed_with_sizes_and_without_other_folders() {
    let test_table = TestTable::open().await;
    write(&test_table, "results/a-1/x/cutout.png", b"12345").await;
    write(&test_table, "results/a-1/x/preview.webp", b"1").await;
    write(&test_table, "results/a-11/x/cutout.png", b"").await;
    write(&test_table, "uploads/a-1/x/source", b"").await;
    let files = test_table.bucket.list("results/a-1/").await.expect("a list");
    let files: Vec<_> = files.iter().map(|file| (file.key.as_str(), file.size_bytes)).collect();
    assert_eq!(files, [("results/a-1/x/cutout.png", 5), ("results/a-1/x/preview.webp", 1)]);
    assert_eq!(names(&test_table, "results/nobody/").await, Vec::<String>::new());
}

#[tokio::test]
async fn deleting_a_folder_deletes_only_its_files() {
    let test_table = TestTable::open().await;
    for index in 0..30 {
        write(&test_table, &format!("results/a-1/{index}/cutout.png"), b"x").await;
    }
    write(&test_table, "results/a-11/x/cutout.png", b"x").await;
    test_table.bucket.delete_folder("results/a-1/").await.expect("deleted");
    assert_eq!(names(&test_table, "results/").await, ["results/a-11/x/cutout.png"]);
    test_table.bucket.delete_folder("results/a-1/").await.expect("an empty folder is not an error");
}

#[tokio::test]
async fn a_file_of_several_parts_is_sent_completely() {
    let test_table = TestTable::open().await;
    let mut file = tempfile::tempfile().expect("a file");
    let content: Vec<u8> = (0..(64 << 20) + 5_000_003_u32).map(|at| (at * 31 % 251) as u8).collect();
    file.write_all(b"skipped").expect("written");
    file.write_all(&content).expect("written");
    file.seek(std::io::SeekFrom::Start(7)).expect("a place");
    test_table.bucket.write_from("results/a-1/x/cutout.mov", "video/quicktime", file).await.expect("written");
    let back =
        test_table.bucket.read("results/a-1/x/cutout.mov", 1 << 30).await.expect("read").expect("there");
    assert!(back.bytes == content, "{} bytes of {}", back.bytes.len(), content.len());
}
