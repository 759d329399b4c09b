//! The jobs that need a video, and the release of the last one.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use sansfond_domain::ports::{Records, Sources, TransactionError};
use sansfond_domain::rules::{self, NewJob, ProbeOutcome, Refusal, Source, UploadMethod, VideoProperties};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{Job, Plan, VideoOptions};
use sansfond_embedded::TABLE;

use crate::test_table::{TestTable, at};

const FOUND: VideoProperties = VideoProperties { width: 320, height: 180, duration_ms: 1_200, frames: 30 };

async fn generous() -> TestTable {
    TestTable::with(Plan { videos_per_month: 100, jobs_at_once: 100, ..Plan::default() }).await
}

fn video(test_table: &TestTable, upload_method: UploadMethod) -> NewJob {
    let declared = DeclaredUpload::check_video("a.mp4", "video/mp4", 10, &test_table.free).expect("allowed");
    NewJob { options: VideoOptions::default().into(), declared, upload_method, ..test_table.new_job(at(0)) }
}

/// An uploaded and probed video.
async fn first(test_table: &TestTable) -> Job {
    let new = video(test_table, UploadMethod::Multipart);
    test_table.create(&new, at(0)).await.expect("accepted");
    let found = ProbeOutcome::Readable(FOUND);
    test_table
        .apply(&new.id, &|seen| rules::admit(seen, "v1", found, &test_table.free, at(1)))
        .await
        .expect("admitted");
    test_table.job(&new.id).await
}

async fn another(test_table: &TestTable, earlier: &Job) -> Result<Job, TransactionError> {
    let source = Source::of(earlier).expect("a video");
    let new = video(test_table, UploadMethod::Earlier(source));
    test_table.create(&new, at(0)).await?;
    Ok(test_table.job(&new.id).await)
}

async fn release(test_table: &TestTable, job: &Job) -> bool {
    test_table.table.release(job).await.expect("an answer")
}

/// The number of rows about needed videos.
async fn rows(test_table: &TestTable) -> usize {
    let scan = Client::new(test_table.cloud.sdk()).scan().table_name(TABLE).send().await.expect("all rows");
    let is_one = |row: &&std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>| {
        row["sk"].as_s().is_ok_and(|sk| sk.starts_with("video#"))
    };
    scan.items().iter().filter(is_one).count()
}

#[tokio::test]
async fn only_the_last_release_reports_that_the_video_is_not_needed() {
    let test_table = generous().await;
    let first = first(&test_table).await;
    let second = another(&test_table, &first).await.expect("accepted");
    let third = another(&test_table, &second).await.expect("accepted");
    assert_eq!(rows(&test_table).await, 1);
    assert!(release(&test_table, &second).await);
    assert!(release(&test_table, &second).await, "a repetition changes nothing");
    assert!(release(&test_table, &first).await);
    for _ in 0..2 {
        assert!(!release(&test_table, &third).await);
        assert_eq!(rows(&test_table).await, 0);
    }
}

#[tokio::test]
async fn a_released_video_cannot_be_reused() {
    let test_table = generous().await;
    let first = first(&test_table).await;
    assert!(!release(&test_table, &first).await);
    let refused = another(&test_table, &first).await;
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::SourceGone))), "{refused:?}");
    assert_eq!((rows(&test_table).await, test_table.jobs().await.len()), (0, 1));
}

#[tokio::test]
async fn a_job_that_arrives_during_the_last_release_is_rejected() {
    let test_table = Arc::new(generous().await);
    let first = first(&test_table).await;
    let gate = test_table.script().hold("TransactWriteItems");
    let accepting = tokio::spawn({
        let (test_table, first) = (test_table.clone(), first.clone());
        async move { another(&test_table, &first).await }
    });
    gate.reached().await;
    assert!(!release(&test_table, &first).await);
    gate.open();
    let refused = accepting.await.expect("no panic");
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::SourceGone))), "{refused:?}");
}

#[tokio::test]
async fn pictures_are_not_shared_and_a_deleted_account_leaves_no_rows() {
    let test_table = generous().await;
    test_table.accept(at(0)).await;
    assert_eq!(rows(&test_table).await, 0);
    let first = first(&test_table).await;
    another(&test_table, &first).await.expect("accepted");
    assert_eq!(rows(&test_table).await, 1);
    test_table.table.erase(&test_table.account, at(99)).await.expect("erased");
    assert_eq!(rows(&test_table).await, 0);
    assert!(!release(&test_table, &first).await, "the row is not created again");
    assert_eq!(rows(&test_table).await, 0);
}
