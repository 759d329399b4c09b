//! The effect of each rule on the rows of jobs and credits.

use sansfond_domain::credits::{Cause, Reason};
use sansfond_domain::ports::{Balances, Scope, TransactionError};
use sansfond_domain::rules::{self, Decision, NewJob, Refusal, UploadMethod};
use sansfond_domain::{Failure, JobState, LedgerEntry, Plan};

use crate::test_table::{LEASE, TestTable, at, output, wrote};

async fn reasons(test_table: &TestTable) -> Vec<Reason> {
    let reason = |entry: &LedgerEntry| {
        let Cause::Job { reason, .. } = entry.cause else { panic!("about a job: {entry:?}") };
        reason
    };
    test_table.ledger().await.iter().rev().map(reason).collect()
}

#[tokio::test]
async fn an_account_without_jobs_has_no_balance() {
    let test_table = TestTable::open().await;
    assert_eq!(test_table.table.balance(&test_table.account).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_job_its_credit_and_its_ledger_line_are_written_together() {
    let test_table = TestTable::open().await;
    let new = test_table.new_job(at(0));
    let Decision::Write(change) = test_table.create(&new, at(0)).await.expect("accepted") else {
        panic!("nothing was written")
    };
    assert_eq!(Some(test_table.job(&new.id).await), change.job);
    assert_eq!(Some(test_table.balance().await), change.balance);
    assert_eq!(test_table.ledger().await, change.entries);
    assert_eq!(test_table.audit().await, (1, 1));
    assert_eq!(test_table.script().seen("TransactWriteItems").len(), 1);
    assert_eq!(test_table.script().seen("PutItem").len(), 1, "the account alone");
}

#[tokio::test]
async fn a_completed_job_uses_its_credit() {
    let test_table = TestTable::open().await;
    let job = test_table.accept(at(0)).await;
    test_table.start(&job, at(5)).await.expect("started");
    let started = test_table.job(&job).await;
    assert_eq!((started.state, started.attempts()), (JobState::Processing, 1));
    assert_eq!(started.pieces[0].lease_until, Some(at(5).plus(LEASE)));
    test_table.complete(&job, at(7)).await.expect("completed");
    let completed = test_table.job(&job).await;
    assert_eq!((completed.state, completed.output), (JobState::Completed, Some(output())));
    assert_eq!(test_table.audit().await, (1, 0));
    assert_eq!(reasons(&test_table).await, [Reason::Reserved, Reason::Kept]);
}

#[tokio::test]
async fn a_failed_job_returns_its_credit_and_can_be_retried() {
    let test_table = TestTable::open().await;
    let job = test_table.accept(at(0)).await;
    test_table.start(&job, at(1)).await.expect("started");
    test_table.fail(&job, at(2)).await.expect("failed");
    assert_eq!(test_table.job(&job).await.failure, Some(Failure::NoSubject));
    assert_eq!(test_table.audit().await, (0, 0));
    test_table.retry(&job, at(3)).await.expect("queued again");
    assert_eq!(test_table.job(&job).await.state, JobState::Queued);
    assert_eq!(test_table.audit().await, (1, 1));
    let expected = [Reason::Reserved, Reason::Failed, Reason::Reserved];
    assert_eq!(reasons(&test_table).await, expected);
}

#[tokio::test]
async fn a_cancelled_job_returns_its_credit() {
    let test_table = TestTable::open().await;
    let job = test_table.accept(at(0)).await;
    test_table.cancel(&job, at(1)).await.expect("cancelled");
    assert_eq!(test_table.job(&job).await.state, JobState::Cancelled);
    assert_eq!(test_table.audit().await, (0, 0));
    assert_eq!(reasons(&test_table).await, [Reason::Reserved, Reason::Cancelled]);
}

#[tokio::test]
async fn a_missing_upload_returns_its_credit() {
    let test_table = TestTable::open().await;
    let job = test_table.accept(at(0)).await;
    assert!(!wrote(&test_table.sweep(&job, at(60)).await), "too early");
    test_table.sweep(&job, at(21 * 60)).await.expect("swept");
    assert_eq!(test_table.job(&job).await.state, JobState::Expired);
    assert_eq!(test_table.audit().await, (0, 0));
}

#[tokio::test]
async fn a_repeated_step_has_one_effect() {
    let test_table = TestTable::open().await;
    let job = test_table.accept(at(0)).await;
    test_table.start(&job, at(1)).await.expect("started");
    let again = test_table.start(&job, at(2)).await;
    assert!(matches!(again, Err(TransactionError::Refused(Refusal::Leased { .. }))), "{again:?}");
    assert!(wrote(&test_table.fail(&job, at(3)).await));
    for decision in [test_table.fail(&job, at(4)).await, test_table.complete(&job, at(5)).await] {
        assert!(matches!(decision, Ok(Decision::Nothing)), "{decision:?}");
    }
    assert_eq!(test_table.audit().await, (0, 0));
    assert_eq!(reasons(&test_table).await, [Reason::Reserved, Reason::Failed]);
}

#[tokio::test]
async fn a_rejecting_rule_writes_nothing() {
    let test_table = TestTable::with(Plan { images_per_month: 1, ..Plan::default() }).await;
    test_table.accept(at(0)).await;
    let before = test_table.script().seen("TransactWriteItems").len();
    let refused = test_table.create(&test_table.new_job(at(1)), at(1)).await.expect_err("one a month");
    assert!(matches!(refused, TransactionError::Refused(Refusal::Exhausted { .. })), "{refused:?}");
    assert_eq!(test_table.script().seen("TransactWriteItems").len(), before);
    assert_eq!(test_table.audit().await, (1, 1));
}

#[tokio::test]
async fn a_job_needs_an_account() {
    let test_table = TestTable::open().await;
    let nobody = "nobody".parse().expect("a name");
    let new = NewJob { account: nobody, ..test_table.new_job(at(0)) };
    let scope = Scope { job: None, ..Scope::of(new.account.clone(), new.id.clone()) };
    let transactions: &dyn sansfond_domain::ports::Transactions = &test_table.table;
    let refused =
        transactions.apply(&scope, &|seen| rules::accept(seen, &new, &test_table.free, at(0))).await;
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::NoAccount))), "{refused:?}");
}

#[tokio::test]
async fn a_job_of_another_account_does_not_exist() {
    let test_table = TestTable::open().await;
    let job = test_table.accept(at(0)).await;
    let scope = Scope { account: "a-2".parse().expect("a name"), ..test_table.scope(&job) };
    let transactions: &dyn sansfond_domain::ports::Transactions = &test_table.table;
    let refused = transactions.apply(&scope, &|seen| rules::cancel(seen, at(1))).await;
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::NoJob))), "{refused:?}");
    assert_eq!(test_table.audit().await, (1, 1));
}

#[tokio::test]
async fn a_repeated_request_returns_the_same_job_for_a_day() {
    let test_table = TestTable::open().await;
    let first = test_table.order(b"f", at(0));
    assert!(wrote(&test_table.create(&first, at(0)).await));
    let again = test_table.order(b"f", at(9));
    let decision = test_table.create(&again, at(9)).await.expect("no error");
    assert_eq!(decision, Decision::Earlier(first.id));
    let other = test_table.order(b"g", at(9));
    let refused = test_table.create(&other, at(9)).await;
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::KeyReused))), "{refused:?}");
    assert_eq!(test_table.audit().await, (1, 1));
    // DynamoDB may delete the record later; it has expired nevertheless.
    let tomorrow = at(24 * 60 * 60 + 1);
    let other = test_table.order(b"g", tomorrow);
    assert!(wrote(&test_table.create(&other, tomorrow).await));
    assert_eq!(test_table.audit().await, (2, 2));
}

#[tokio::test]
async fn a_picture_in_the_request_is_processed_at_once() {
    let test_table = TestTable::open().await;
    let new = NewJob { upload_method: UploadMethod::Direct(LEASE), ..test_table.new_job(at(0)) };
    test_table.create(&new, at(0)).await.expect("accepted");
    test_table.complete(&new.id, at(1)).await.expect("completed");
    assert_eq!(test_table.audit().await, (1, 0));
}
