//! Jobs that are due, and the deletion of jobs.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use sansfond_domain::JobState;
use sansfond_domain::ports::Jobs;
use sansfond_embedded::TABLE;

use crate::test_table::{TestTable, at};

#[tokio::test]
async fn due_jobs_are_open_and_sorted_by_time() {
    let test_table = TestTable::open().await;
    let early = test_table.accept(at(0)).await;
    let late = test_table.accept(at(100)).await;
    let working = test_table.accept(at(0)).await;
    test_table.start(&working, at(10)).await.expect("started");
    let ended = test_table.accept(at(0)).await;
    test_table.cancel(&ended, at(1)).await.expect("cancelled");
    let due = async |second| {
        let jobs = test_table.table.due(at(second), 10).await.expect("a list");
        jobs.into_iter().map(|job| job.id).collect::<Vec<_>>()
    };
    assert_eq!(due(669).await, [], "the lease of a minute and ten more minutes");
    assert_eq!(due(670).await, std::slice::from_ref(&working));
    assert_eq!(due(3600).await, [working.clone(), early.clone(), late]);
    let first = test_table.table.due(at(3600), 2).await.expect("a list");
    assert_eq!(first.iter().map(|job| &job.id).collect::<Vec<_>>(), [&working, &early]);
}

#[tokio::test]
async fn sweeping_empties_the_index() {
    let test_table = TestTable::open().await;
    for second in 0..5 {
        test_table.accept(at(second)).await;
    }
    for job in test_table.table.due(at(3600), 100).await.expect("a list") {
        test_table.sweep(&job.id, at(3600)).await.expect("swept");
    }
    assert_eq!(test_table.table.due(at(7200), 100).await.expect("a list"), []);
    assert_eq!(test_table.audit().await, (0, 0));
}

#[tokio::test]
async fn an_unreadable_row_does_not_hide_the_others() {
    let test_table = TestTable::open().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    Client::new(test_table.cloud.sdk())
        .put_item()
        .table_name(TABLE)
        .item("pk", text("account#a-1"))
        .item("sk", text("job#broken"))
        .item("due_pk", text("open"))
        .item("due_at", AttributeValue::N("1".to_owned()))
        .send()
        .await
        .expect("written");
    let job = test_table.accept(at(0)).await;
    let due = test_table.table.due(at(3600), 100).await.expect("a list");
    assert_eq!(due.into_iter().map(|job| job.id).collect::<Vec<_>>(), [job]);
}

#[tokio::test]
async fn only_a_job_that_has_ended_is_deleted() {
    let test_table = TestTable::open().await;
    let job = test_table.accept(at(0)).await;
    let forget = async || test_table.table.forget(&test_table.account, &job).await.expect("an answer");
    assert!(!forget().await, "pending");
    test_table.start(&job, at(1)).await.expect("started");
    assert!(!forget().await, "processing");
    test_table.fail(&job, at(2)).await.expect("failed");
    test_table.retry(&job, at(3)).await.expect("queued");
    assert!(!forget().await, "queued");
    test_table.cancel(&job, at(4)).await.expect("cancelled");
    assert_eq!(test_table.job(&job).await.state, JobState::Cancelled);
    assert!(forget().await);
    assert_eq!(test_table.jobs().await, []);
    assert!(!forget().await, "it was deleted before");
    assert_eq!(test_table.ledger().await.len(), 4, "the ledger keeps its lines");
}
