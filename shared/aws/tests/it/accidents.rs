//! Failures that an embedded table never has by itself: conflicts, throttling, lost responses. In each case a
//! change is made once or not at all.

use sansfond_domain::ports::TransactionError;
use sansfond_domain::rules::Decision;
use sansfond_embedded::{Reply, Step};
use serde_json::Value;

use crate::test_table::{TestTable, at, wrote};

const WRITE: &str = "TransactWriteItems";

#[tokio::test]
async fn a_transaction_with_conflicts_is_retried_and_written_once() {
    for accident in [
        Reply::cancelled(&["TransactionConflict", "None", "None", "None"]),
        Reply::cancelled(&["None", "ConditionalCheckFailed", "None", "None"]),
        Reply::cancelled(&["None", "TransactionConflict", "ConditionalCheckFailed", "None"]),
        Reply::cancelled(&["ThrottlingError", "None", "None", "None"]),
        Reply::cancelled(&["None", "ProvisionedThroughputExceeded", "None", "None"]),
        Reply::error(400, "TransactionInProgressException", "Wait."),
        Reply::error(400, "ThrottlingException", "Wait."),
        Reply::throttled(),
        Reply::broken(),
    ] {
        let test_table = TestTable::open().await;
        test_table.script().next(WRITE, 2, Step::Instead(accident.clone()));
        let job = test_table.accept(at(0)).await;
        assert_eq!(test_table.audit().await, (1, 1), "{accident:?}");
        test_table.script().next(WRITE, 2, Step::Instead(accident.clone()));
        test_table.cancel(&job, at(1)).await.expect("cancelled");
        assert_eq!(test_table.audit().await, (0, 0), "{accident:?}");
        assert_eq!(test_table.ledger().await.len(), 2, "{accident:?}");
        assert_eq!(test_table.script().forget(), 0, "{accident:?}");
    }
}

#[tokio::test]
async fn throttling_is_retried_beyond_the_retries_of_the_sdk() {
    let test_table = TestTable::open().await;
    test_table.script().next(WRITE, 7, Step::Instead(Reply::throttled()));
    test_table.accept(at(0)).await;
    assert_eq!(test_table.audit().await, (1, 1));
}

#[tokio::test]
async fn an_invalid_write_is_not_retried() {
    let test_table = TestTable::open().await;
    test_table.script().next(WRITE, 1, Step::Instead(Reply::cancelled(&["ValidationError", "None"])));
    let error = test_table.create(&test_table.new_job(at(0)), at(0)).await.expect_err("a bug");
    assert!(matches!(&error, TransactionError::Port(port) if !port.retryable), "{error:?}");
    assert_eq!(test_table.script().seen(WRITE).len(), 1);
}

#[tokio::test]
async fn a_lost_response_takes_one_credit() {
    let test_table = TestTable::open().await;
    test_table.script().next(WRITE, 1, Step::Afterwards(Reply::broken()));
    let job = test_table.accept(at(0)).await;
    assert_eq!(test_table.audit().await, (1, 1));
    test_table.script().next(WRITE, 1, Step::Afterwards(Reply::broken()));
    assert!(wrote(&test_table.cancel(&job, at(1)).await));
    assert_eq!(test_table.audit().await, (0, 0));
    let tokens: Vec<_> =
        test_table.script().seen(WRITE).iter().map(|sent| sent["ClientRequestToken"].clone()).collect();
    assert_eq!(tokens.len(), 4);
    assert_eq!((&tokens[0], &tokens[2]), (&tokens[1], &tokens[3]), "the same request, sent again");
    assert!(tokens[0] != tokens[2] && tokens[0] != Value::Null);
}

#[tokio::test]
async fn a_request_with_lost_responses_is_recognized_by_its_idempotency_key() {
    let test_table = TestTable::open().await;
    test_table.script().next(WRITE, 3, Step::Afterwards(Reply::broken()));
    let first = test_table.order(b"f", at(0));
    let error = test_table.create(&first, at(0)).await.expect_err("all responses were lost");
    assert!(matches!(&error, TransactionError::Port(port) if port.retryable), "{error:?}");
    let again = test_table.order(b"f", at(1));
    let decision = test_table.create(&again, at(1)).await.expect("found");
    assert_eq!(decision, Decision::Earlier(first.id));
    assert_eq!(test_table.audit().await, (1, 1));
}

#[tokio::test]
async fn a_job_that_was_written_despite_a_timeout_is_recognized() {
    // The first attempt exceeded its timeout; the SDK's retries get the response that it is still in progress.
    let test_table = TestTable::open().await;
    let busy = Reply::error(400, "TransactionInProgressException", "Wait.");
    test_table.script().next(WRITE, 1, Step::Afterwards(busy.clone()));
    test_table.script().next(WRITE, 2, Step::Instead(busy));
    let new = test_table.new_job(at(0));
    let decision = test_table.create(&new, at(0)).await.expect("accepted");
    assert_eq!(decision, Decision::Earlier(new.id));
    assert_eq!(test_table.audit().await, (1, 1));
}

#[tokio::test]
async fn a_table_that_cannot_be_read_changes_nothing() {
    let test_table = TestTable::open().await;
    test_table.script().next("GetItem", 100, Step::Instead(Reply::broken()));
    let error = test_table.create(&test_table.new_job(at(0)), at(0)).await.expect_err("unreadable");
    assert!(matches!(&error, TransactionError::Port(port) if port.retryable), "{error:?}");
    assert_eq!(test_table.script().seen(WRITE).len(), 0);
}
