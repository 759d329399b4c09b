//! Jobs and credits: what each rule leaves behind in the table.

use sansfond_domain::credits::{Cause, Reason};
use sansfond_domain::ports::{Balances, BooksError, Scope};
use sansfond_domain::rules::{self, Decision, Intake, NewJob, Refusal};
use sansfond_domain::{Failure, JobState, LedgerEntry, Plan};

use crate::desk::{Desk, LEASE, at, output, wrote};

async fn reasons(desk: &Desk) -> Vec<Reason> {
    let reason = |entry: &LedgerEntry| {
        let Cause::Job { reason, .. } = entry.cause else { panic!("about a job: {entry:?}") };
        reason
    };
    desk.ledger().await.iter().rev().map(reason).collect()
}

#[tokio::test]
async fn before_the_first_job_there_is_no_balance() {
    let desk = Desk::open().await;
    assert_eq!(desk.table.balance(&desk.account).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_job_its_credit_and_a_line_of_the_ledger_are_written_together() {
    let desk = Desk::open().await;
    let new = desk.new_job(at(0));
    let Decision::Write(change) = desk.announce(&new, at(0)).await.expect("accepted") else {
        panic!("nothing was written")
    };
    assert_eq!(Some(desk.job(&new.id).await), change.job);
    assert_eq!(Some(desk.balance().await), change.balance);
    assert_eq!(desk.ledger().await, change.entries);
    assert_eq!(desk.audit().await, (1, 1));
    assert_eq!(desk.script().seen("TransactWriteItems").len(), 1);
    assert_eq!(desk.script().seen("PutItem").len(), 1, "the account alone");
}

#[tokio::test]
async fn a_job_goes_its_way_and_keeps_its_credit() {
    let desk = Desk::open().await;
    let job = desk.accept(at(0)).await;
    desk.start(&job, at(5)).await.expect("started");
    let started = desk.job(&job).await;
    assert_eq!((started.state, started.attempts), (JobState::Processing, 1));
    assert_eq!(started.lease_until, Some(at(5).plus(LEASE)));
    desk.complete(&job, at(7)).await.expect("completed");
    let completed = desk.job(&job).await;
    assert_eq!((completed.state, completed.output), (JobState::Completed, Some(output())));
    assert_eq!(desk.audit().await, (1, 0));
    assert_eq!(reasons(&desk).await, [Reason::Reserved, Reason::Kept]);
}

#[tokio::test]
async fn a_job_that_fails_gives_its_credit_back_and_can_be_tried_again_for_another() {
    let desk = Desk::open().await;
    let job = desk.accept(at(0)).await;
    desk.start(&job, at(1)).await.expect("started");
    desk.fail(&job, at(2)).await.expect("failed");
    assert_eq!(desk.job(&job).await.failure, Some(Failure::NoSubject));
    assert_eq!(desk.audit().await, (0, 0));
    desk.retry(&job, at(3)).await.expect("queued again");
    assert_eq!(desk.job(&job).await.state, JobState::Queued);
    assert_eq!(desk.audit().await, (1, 1));
    let expected = [Reason::Reserved, Reason::Failed, Reason::Reserved];
    assert_eq!(reasons(&desk).await, expected);
}

#[tokio::test]
async fn a_cancelled_job_gives_its_credit_back() {
    let desk = Desk::open().await;
    let job = desk.accept(at(0)).await;
    desk.cancel(&job, at(1)).await.expect("cancelled");
    assert_eq!(desk.job(&job).await.state, JobState::Cancelled);
    assert_eq!(desk.audit().await, (0, 0));
    assert_eq!(reasons(&desk).await, [Reason::Reserved, Reason::Cancelled]);
}

#[tokio::test]
async fn an_upload_that_never_comes_gives_its_credit_back() {
    let desk = Desk::open().await;
    let job = desk.accept(at(0)).await;
    assert!(!wrote(&desk.sweep(&job, at(60)).await), "too early");
    desk.sweep(&job, at(21 * 60)).await.expect("swept");
    assert_eq!(desk.job(&job).await.state, JobState::Expired);
    assert_eq!(desk.audit().await, (0, 0));
}

#[tokio::test]
async fn what_comes_twice_is_done_once() {
    let desk = Desk::open().await;
    let job = desk.accept(at(0)).await;
    desk.start(&job, at(1)).await.expect("started");
    let again = desk.start(&job, at(2)).await;
    assert!(matches!(again, Err(BooksError::Refused(Refusal::Leased { .. }))), "{again:?}");
    assert!(wrote(&desk.fail(&job, at(3)).await));
    for decision in [desk.fail(&job, at(4)).await, desk.complete(&job, at(5)).await] {
        assert!(matches!(decision, Ok(Decision::Nothing)), "{decision:?}");
    }
    assert_eq!(desk.audit().await, (0, 0));
    assert_eq!(reasons(&desk).await, [Reason::Reserved, Reason::Failed]);
}

#[tokio::test]
async fn a_rule_that_says_no_writes_nothing() {
    let desk = Desk::with(Plan { images_per_month: 1, ..Plan::default() }).await;
    desk.accept(at(0)).await;
    let before = desk.script().seen("TransactWriteItems").len();
    let refused = desk.announce(&desk.new_job(at(1)), at(1)).await.expect_err("one a month");
    assert!(matches!(refused, BooksError::Refused(Refusal::Exhausted { .. })), "{refused:?}");
    assert_eq!(desk.script().seen("TransactWriteItems").len(), before);
    assert_eq!(desk.audit().await, (1, 1));
}

#[tokio::test]
async fn nobody_without_an_account_gets_a_job() {
    let desk = Desk::open().await;
    let nobody = "nobody".parse().expect("a name");
    let new = NewJob { account: nobody, ..desk.new_job(at(0)) };
    let scope = Scope { job: None, ..Scope::of(new.account.clone(), new.id.clone()) };
    let books: &dyn sansfond_domain::ports::Books = &desk.table;
    let refused = books.apply(&scope, &|seen| rules::accept(seen, &new, &desk.free, at(0))).await;
    assert!(matches!(refused, Err(BooksError::Refused(Refusal::NoAccount))), "{refused:?}");
}

#[tokio::test]
async fn the_job_of_somebody_else_does_not_exist() {
    let desk = Desk::open().await;
    let job = desk.accept(at(0)).await;
    let scope = Scope { account: "a-2".parse().expect("a name"), ..desk.scope(&job) };
    let books: &dyn sansfond_domain::ports::Books = &desk.table;
    let refused = books.apply(&scope, &|seen| rules::cancel(seen, at(1))).await;
    assert!(matches!(refused, Err(BooksError::Refused(Refusal::NoJob))), "{refused:?}");
    assert_eq!(desk.audit().await, (1, 1));
}

#[tokio::test]
async fn the_same_request_twice_is_one_job_for_a_day() {
    let desk = Desk::open().await;
    let first = desk.order(b"f", at(0));
    assert!(wrote(&desk.announce(&first, at(0)).await));
    let again = desk.order(b"f", at(9));
    let decision = desk.announce(&again, at(9)).await.expect("no error");
    assert_eq!(decision, Decision::Earlier(first.id));
    let other = desk.order(b"g", at(9));
    let refused = desk.announce(&other, at(9)).await;
    assert!(matches!(refused, Err(BooksError::Refused(Refusal::KeyReused))), "{refused:?}");
    assert_eq!(desk.audit().await, (1, 1));
    // DynamoDB deletes the record when it likes; its time is over all the same.
    let tomorrow = at(24 * 60 * 60 + 1);
    let other = desk.order(b"g", tomorrow);
    assert!(wrote(&desk.announce(&other, tomorrow).await));
    assert_eq!(desk.audit().await, (2, 2));
}

#[tokio::test]
async fn a_picture_that_is_here_already_is_worked_on_at_once() {
    let desk = Desk::open().await;
    let new = NewJob { intake: Intake::Direct(LEASE), ..desk.new_job(at(0)) };
    desk.announce(&new, at(0)).await.expect("accepted");
    desk.complete(&new.id, at(1)).await.expect("completed");
    assert_eq!(desk.audit().await, (1, 0));
}
