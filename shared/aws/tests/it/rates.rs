//! Counters of requests, and feedback.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use sansfond_aws::Table;
use sansfond_domain::Timestamp;
use sansfond_domain::ports::{Feedback, FeedbackBox, RateCounters};
use sansfond_embedded::TABLE;

use crate::test_table::{TestTable, at};

const MINUTE: Duration = Duration::from_secs(60);

async fn count(table: &Table, subject: &str, window: Duration, now: Timestamp) -> u32 {
    table.count(subject, window, now).await.expect("a count")
}

#[tokio::test]
async fn requests_are_counted_for_each_subject_and_window() {
    let table = &TestTable::open().await.table;
    let start = Timestamp::from_millis(1_795_000_020_000);
    let later = |milliseconds| Timestamp::from_millis(start.millis() + milliseconds);
    assert_eq!(count(table, "a", MINUTE, start).await, 1);
    assert_eq!(count(table, "a", MINUTE, later(59_999)).await, 2);
    assert_eq!(count(table, "b", MINUTE, start).await, 1, "another subject");
    assert_eq!(count(table, "a", MINUTE, later(60_000)).await, 1, "another window");
    assert_eq!(count(table, "a", MINUTE, later(-1)).await, 1, "the previous window");
}

#[tokio::test]
async fn a_request_that_has_ended_is_taken_back_in_its_window() {
    let table = &TestTable::open().await.table;
    count(table, "a", MINUTE, at(0)).await;
    count(table, "a", MINUTE, at(0)).await;
    count(table, "a", MINUTE, at(60)).await;
    table.uncount("a", MINUTE, at(0)).await.expect("taken back");
    assert_eq!(count(table, "a", MINUTE, at(0)).await, 2);
    assert_eq!(count(table, "a", MINUTE, at(60)).await, 2, "another window");
}

#[tokio::test]
async fn simultaneous_requests_are_all_counted() {
    let table = TestTable::open().await.table;
    let counts: Vec<_> = (0..50)
        .map(|_| {
            let table = table.clone();
            tokio::spawn(async move { count(&table, "a", MINUTE, at(0)).await })
        })
        .collect();
    let mut seen = Vec::new();
    for count in counts {
        seen.push(count.await.expect("no panic"));
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=50).collect::<Vec<_>>());
}

/// All rows below a partition key, with numbers as text.
async fn rows(test_table: &TestTable, prefix: &str) -> Vec<std::collections::HashMap<String, String>> {
    let scan = Client::new(test_table.cloud.sdk()).scan().table_name(TABLE).send().await.expect("rows");
    let rows = scan.items.unwrap_or_default().into_iter().map(|row| {
        row.into_iter()
            .map(|(name, value)| {
                let value = value.as_s().or(value.as_n()).expect("text or a number").clone();
                (name, value)
            })
            .collect::<std::collections::HashMap<_, _>>()
    });
    rows.filter(|row| row["pk"].starts_with(prefix)).collect()
}

#[tokio::test]
async fn a_counter_expires_after_its_window() {
    let test_table = TestTable::open().await;
    count(&test_table.table, "a", MINUTE, Timestamp::from_millis(1_795_000_030_000)).await;
    let rows = rows(&test_table, "rate#").await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0]["pk"].as_str(), rows[0]["ttl"].as_str()), ("rate#a#1795000020", "1795000140"));
}

#[tokio::test]
async fn feedback_is_stored_for_a_year() {
    let test_table = TestTable::open().await;
    let signed = Feedback {
        at: at(0),
        account: Some(test_table.account.clone()),
        reply_to: Some("ada@example.org".to_owned()),
        message: "Bravo !".to_owned(),
    };
    let unsigned = Feedback { account: None, reply_to: None, ..signed.clone() };
    for feedback in [&signed, &unsigned, &unsigned] {
        test_table.table.keep(feedback).await.expect("kept");
    }
    let rows = rows(&test_table, "feedback").await;
    assert_eq!(rows.len(), 3, "the same message at the same time is stored twice");
    let year_later = (at(0).seconds() + 365 * 24 * 60 * 60).to_string();
    assert!(rows.iter().all(|row| row["message"] == "Bravo !" && row["ttl"] == year_later));
    let by_ada: Vec<_> = rows.iter().filter(|row| row.contains_key("account")).collect();
    assert_eq!((by_ada.len(), by_ada[0]["reply_to"].as_str()), (1, "ada@example.org"));
}
