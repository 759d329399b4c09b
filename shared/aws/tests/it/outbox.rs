//! Events are written in the transaction that causes them, or not at all.

use std::collections::HashMap;

use aws_lambda_events::event::dynamodb::Event as StreamEvent;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use sansfond_aws::dynamodb::outbox::read_event;
use sansfond_domain::ports::{Records, TransactionError};
use sansfond_domain::rules::{self, Change, Decision, NewJob, ProbeOutcome, UploadMethod};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{Event, EventKind, Failure, JobId, JobState, VideoOptions};
use sansfond_embedded::{Reply, Step, TABLE};

use crate::test_table::{TestTable, at, job_id, wrote};

const FIXTURE: &str = include_str!("../../../../fixtures/events/outbox.json");
const WRITE: &str = "TransactWriteItems";
const DAY: i64 = 24 * 60 * 60;

/// The rows of the outbox, by their sort keys.
async fn outbox(test_table: &TestTable) -> HashMap<String, HashMap<String, AttributeValue>> {
    let scan = Client::new(test_table.cloud.sdk()).scan().table_name(TABLE).send().await.expect("rows");
    let sort_key = |row: &HashMap<String, AttributeValue>| row["sk"].as_s().expect("text").clone();
    let rows = scan.items.unwrap_or_default().into_iter().map(|row| (sort_key(&row), row));
    rows.filter(|(sort_key, _)| sort_key.starts_with("outbox#")).collect()
}

/// A pending video with a notification for its owner.
async fn video(test_table: &TestTable) -> JobId {
    let options = VideoOptions { notify: true, ..VideoOptions::default() };
    let declared = DeclaredUpload::check_video("walk.mp4", "video/mp4", 10, &test_table.free);
    let new = NewJob {
        id: job_id(at(0)),
        options: options.into(),
        declared: declared.expect("allowed"),
        upload_method: UploadMethod::Multipart,
        ..test_table.new_job(at(0))
    };
    assert!(wrote(&test_table.create(&new, at(0)).await));
    new.id
}

async fn refuse(test_table: &TestTable, job: &JobId) -> Result<Decision, TransactionError> {
    let outcome = ProbeOutcome::Unsuitable(Failure::NoVideo);
    test_table.apply(job, &|seen| rules::admit(seen, "v1", outcome, &test_table.free, at(5))).await
}

#[tokio::test]
async fn the_event_of_an_end_is_written_in_the_transaction_of_the_end() {
    let test_table = TestTable::open().await;
    let job = video(&test_table).await;
    assert!(outbox(&test_table).await.is_empty(), "the job has not ended");
    assert!(wrote(&refuse(&test_table, &job).await));
    let rows = outbox(&test_table).await;
    let sort_key = format!("outbox#job_ended#{job}#0");
    assert_eq!(rows.keys().collect::<Vec<_>>(), [&sort_key]);
    assert_eq!(rows[&sort_key]["ttl"].as_n(), Ok(&(at(5).seconds() + 7 * DAY).to_string()));
    let ends = test_table.script().seen(WRITE);
    let written = |write: &serde_json::Value| write["Put"]["Item"]["sk"]["S"].as_str().map(str::to_owned);
    let together: Vec<_> = ends[1]["TransactItems"].as_array().expect("a list").iter().map(written).collect();
    for part in [sort_key, format!("job#{job}"), "balance".to_owned()] {
        assert!(together.contains(&Some(part.clone())), "{part} is not among {together:?}");
    }
    assert!(!wrote(&refuse(&test_table, &job).await), "a repetition writes nothing");
    assert_eq!(outbox(&test_table).await, rows);
}

#[tokio::test]
async fn no_event_is_written_if_the_transaction_is_rejected() {
    let test_table = TestTable::open().await;
    let job = video(&test_table).await;
    test_table.script().next(WRITE, 1, Step::Instead(Reply::cancelled(&["ValidationError"])));
    refuse(&test_table, &job).await.expect_err("refused");
    assert!(outbox(&test_table).await.is_empty());
    assert_eq!(test_table.job(&job).await.state, JobState::Pending);

    test_table.script().next(WRITE, 2, Step::Instead(Reply::cancelled(&["None", "TransactionConflict"])));
    assert!(wrote(&refuse(&test_table, &job).await), "the third try");
    assert_eq!(outbox(&test_table).await.len(), 1);
}

#[tokio::test]
async fn only_one_of_two_simultaneous_ends_writes_an_event() {
    let test_table = TestTable::open().await;
    let job = video(&test_table).await;
    let gate = test_table.script().hold(WRITE);
    let (refused, cancelled) = tokio::join!(refuse(&test_table, &job), async {
        gate.reached().await;
        let cancelled = test_table.cancel(&job, at(6)).await;
        gate.open();
        cancelled
    });
    assert!(wrote(&cancelled) && !wrote(&refused), "{refused:?}");
    assert!(outbox(&test_table).await.is_empty(), "the owner caused it");
}

#[tokio::test]
async fn events_are_deleted_with_their_account() {
    let test_table = TestTable::open().await;
    let job = video(&test_table).await;
    refuse(&test_table, &job).await.expect("failed");
    assert_eq!(outbox(&test_table).await.len(), 1);
    test_table.table.erase(&test_table.account, at(99)).await.expect("erased");
    assert!(outbox(&test_table).await.is_empty());
}

#[tokio::test]
async fn a_change_above_the_limit_of_a_transaction_is_not_sent() {
    let test_table = TestTable::open().await;
    let job = test_table.accept(at(0)).await;
    let event = |retry| Event {
        account: test_table.account.clone(),
        at: at(1),
        kind: EventKind::JobEnded { job: job.clone(), retry, state: JobState::Failed },
    };
    for (number, fits) in [(100, false), (99, true)] {
        let before = test_table.script().seen(WRITE).len();
        let decision = test_table
            .apply(&job, &|seen| {
                let job = seen.job.clone();
                Ok(Change { job, events: (0..number).map(event).collect(), ..Change::default() }.into())
            })
            .await;
        assert_eq!(wrote(&decision), fits, "{number}: {decision:?}");
        assert_eq!(test_table.script().seen(WRITE).len() > before, fits, "{number}");
    }
    assert_eq!(outbox(&test_table).await.len(), 99);
}

#[test]
fn only_inserted_events_are_read_from_the_stream() {
    let batch: StreamEvent = serde_json::from_str(FIXTURE).expect("an event of Lambda");
    let read = |record: &aws_lambda_events::event::dynamodb::EventRecord| {
        let change = record.change.clone();
        read_event(&record.event_name, &change.keys, change.new_image).expect("readable")
    };
    let events: Vec<_> = batch.records.iter().map(read).collect();
    let job: JobId = "0190a0b0c0d0e0f00112233445566778".parse().expect("a name");
    let event = Event {
        account: "8f14e45f-ceea-467f-a2ab-1c2d3e4f5a6b".parse().expect("a name"),
        at: sansfond_domain::Timestamp::from_millis(1_795_342_018_123),
        kind: EventKind::JobEnded { job, retry: 0, state: JobState::Completed },
    };
    assert_eq!(events, [Some(event), None, None]);
    let first = &batch.records[0];
    let (change, keys) = (&first.event_name, &first.change.keys);
    read_event(change, keys, keys.clone()).expect_err("a row without its event is no event");
}
