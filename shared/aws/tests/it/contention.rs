//! Concurrent writers. Each conflict is retried, and no credit is spent or counted twice.

use std::sync::Arc;

use sansfond_domain::Plan;
use sansfond_domain::ports::TransactionError;
use sansfond_domain::rules::{Decision, Refusal};
use sansfond_embedded::{Reply, Step};

use crate::test_table::{TestTable, at, wrote};

/// Runs all futures at the same time.
pub(crate) async fn at_once<T: Send + 'static>(
    works: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let started: Vec<_> = works.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::new();
    for one in started {
        results.push(one.await.expect("no panic"));
    }
    results
}

#[tokio::test]
async fn a_hundred_requests_at_once_on_ten_credits_end_with_ten_jobs() {
    let test_table =
        TestTable::with(Plan { images_per_month: 10, jobs_at_once: 1000, ..Plan::default() }).await;
    let test_table = Arc::new(test_table);
    let requests = (0..100).map(|_| {
        let test_table = test_table.clone();
        async move { test_table.create(&test_table.new_job(at(0)), at(0)).await }
    });
    let answers = at_once(requests).await;
    assert_eq!(answers.iter().filter(|answer| wrote(answer)).count(), 10);
    for answer in answers.iter().filter(|answer| !wrote(answer)) {
        assert!(matches!(answer, Err(TransactionError::Refused(Refusal::Exhausted { .. }))), "{answer:?}");
    }
    assert_eq!(test_table.jobs().await.len(), 10);
    assert_eq!(test_table.ledger().await.len(), 10);
    assert_eq!(test_table.audit().await, (10, 10));
}

#[tokio::test]
async fn the_number_of_open_jobs_never_exceeds_the_plan() {
    let test_table =
        TestTable::with(Plan { images_per_month: 1000, jobs_at_once: 3, ..Plan::default() }).await;
    let test_table = Arc::new(test_table);
    let requests = (0..30).map(|_| {
        let test_table = test_table.clone();
        async move { test_table.create(&test_table.new_job(at(0)), at(0)).await }
    });
    let answers = at_once(requests).await;
    assert_eq!(answers.iter().filter(|answer| wrote(answer)).count(), 3);
    for answer in answers.iter().filter(|answer| !wrote(answer)) {
        assert!(
            matches!(answer, Err(TransactionError::Refused(Refusal::TooManyJobs { limit: 3 }))),
            "{answer:?}"
        );
    }
    assert_eq!(test_table.audit().await, (3, 3));
}

#[tokio::test]
async fn sixty_jobs_that_end_at_once_are_each_settled_once() {
    let test_table =
        TestTable::with(Plan { images_per_month: 60, jobs_at_once: 60, ..Plan::default() }).await;
    let mut jobs = Vec::new();
    for _ in 0..60 {
        jobs.push(test_table.accept(at(0)).await);
    }
    let test_table = Arc::new(test_table);
    let starts = jobs.clone().into_iter().map(|job| {
        let test_table = test_table.clone();
        async move { test_table.start(&job, at(1)).await }
    });
    assert!(at_once(starts).await.iter().all(wrote), "each has a row of its own");
    let ends = jobs.into_iter().enumerate().map(|(index, job)| {
        let test_table = test_table.clone();
        async move {
            loop {
                let end = match index % 3 {
                    0 => test_table.complete(&job, at(2)).await,
                    1 => test_table.fail(&job, at(2)).await,
                    _ => test_table.cancel(&job, at(2)).await,
                };
                // On a slow machine a writer may give up; the queue delivers the message again.
                if !matches!(end, Err(TransactionError::Contended)) {
                    return end;
                }
            }
        }
    });
    let ends = at_once(ends).await;
    assert!(ends.iter().all(wrote), "{:?}", ends.iter().find(|end| !wrote(end)));
    assert_eq!(test_table.audit().await, (20, 0));
    assert_eq!(test_table.ledger().await.len(), 120);
}

#[tokio::test]
async fn only_one_of_many_writers_ends_a_job() {
    let test_table = Arc::new(TestTable::open().await);
    let job = test_table.accept(at(0)).await;
    test_table.start(&job, at(1)).await.expect("started");
    let ends = (0..20).map(|index| {
        let (test_table, job) = (test_table.clone(), job.clone());
        async move {
            match index % 4 {
                0 => test_table.complete(&job, at(2)).await,
                1 => test_table.fail(&job, at(2)).await,
                2 => test_table.cancel(&job, at(2)).await,
                _ => test_table.sweep(&job, at(3600)).await,
            }
        }
    });
    let ends = at_once(ends).await;
    assert_eq!(ends.iter().filter(|end| wrote(end)).count(), 1);
    for end in ends.iter().filter(|end| !wrote(end)) {
        let too_late =
            matches!(end, Ok(Decision::Nothing) | Err(TransactionError::Refused(Refusal::WrongState { .. })));
        assert!(too_late, "{end:?}");
    }
    test_table.audit().await;
    assert_eq!(test_table.ledger().await.len(), 2);
}

#[tokio::test]
async fn only_one_of_two_workers_starts() {
    let test_table = Arc::new(TestTable::open().await);
    let job = test_table.accept(at(0)).await;
    let starts = (0..10).map(|_| {
        let (test_table, job) = (test_table.clone(), job.clone());
        async move { test_table.start(&job, at(1)).await }
    });
    let starts = at_once(starts).await;
    assert_eq!(starts.iter().filter(|start| wrote(start)).count(), 1);
    assert_eq!(test_table.job(&job).await.attempts(), 1);
}

#[tokio::test]
async fn twenty_simultaneous_copies_of_a_request_create_one_job() {
    let test_table = Arc::new(TestTable::open().await);
    let requests = (0..20).map(|_| {
        let test_table = test_table.clone();
        async move { test_table.create(&test_table.order(b"f", at(0)), at(0)).await }
    });
    let answers = at_once(requests).await;
    let [only] = &test_table.jobs().await[..] else { panic!("one job") };
    assert_eq!(answers.iter().filter(|answer| wrote(answer)).count(), 1);
    for answer in answers.into_iter().filter(|answer| !wrote(answer)) {
        assert_eq!(answer.expect("no error"), Decision::Earlier(only.id.clone()));
    }
    assert_eq!(test_table.audit().await, (1, 1));
}

#[tokio::test]
async fn endless_contention_fails_before_the_function_times_out() {
    let test_table = TestTable::open().await;
    let conflict = Step::Instead(Reply::cancelled(&["TransactionConflict", "None", "None", "None"]));
    test_table.script().next("TransactWriteItems", 1000, conflict);
    let given_up = test_table.create(&test_table.new_job(at(0)), at(0)).await;
    assert!(matches!(given_up, Err(TransactionError::Contended)), "{given_up:?}");
    // The pauses take four seconds, rarely five: see `pause`.
    assert_eq!(test_table.script().forget(), 1000 - 40);
    assert_eq!(test_table.jobs().await, []);
    assert_eq!(test_table.ledger().await, []);
}
