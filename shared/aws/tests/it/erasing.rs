//! Deleting an account while other writes are in progress.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use sansfond_domain::api_key::Secret;
use sansfond_domain::ports::{Accounts, ApiKeys, KeyAdded, Records, TransactionError};
use sansfond_domain::rules::{NamedRequest, NewJob, Refusal};
use sansfond_domain::{Account, ApiKey, KeyId, Language, Plan};
use sansfond_embedded::TABLE;

use crate::test_table::{TestTable, account, at};

async fn generous() -> TestTable {
    TestTable::with(Plan { images_per_month: 1000, jobs_at_once: 1000, ..Plan::default() }).await
}

/// The keys of all rows.
async fn rows(test_table: &TestTable) -> BTreeSet<(String, String)> {
    let mut rows = BTreeSet::new();
    let mut pages =
        Client::new(test_table.cloud.sdk()).scan().table_name(TABLE).into_paginator().items().send();
    while let Some(row) = pages.next().await {
        let row = row.expect("a row");
        let part = |name| row[name].as_s().expect("text").clone();
        rows.insert((part("pk"), part("sk")));
    }
    rows
}

/// The row of the removed account.
fn the_mark() -> BTreeSet<(String, String)> {
    BTreeSet::from([("account#a-1".to_owned(), "profile".to_owned())])
}

async fn fill(test_table: &TestTable, owner: &Account, jobs: i64, keys: u8) {
    for index in 0..jobs {
        let now = at(index);
        let request = Some(NamedRequest::new(format!("order-{index}"), b"f"));
        let new = NewJob { account: owner.id.clone(), request, ..test_table.new_job(now) };
        test_table.create(&new, now).await.expect("accepted");
    }
    for number in 0..keys {
        let mut random = [number; 32];
        random[0] = u8::try_from(owner.id.as_ref().len()).expect("short");
        let secret = Secret::mint(&random);
        let key = ApiKey {
            id: KeyId::mint(at(i64::from(number)), &[number; 10]),
            account: owner.id.clone(),
            label: "key".to_owned(),
            prefix: secret.prefix(),
            hash: secret.hash(),
            created_at: at(0),
        };
        assert_eq!(test_table.table.add(&key, at(0)).await.expect("an answer"), KeyAdded::Added);
    }
}

#[tokio::test]
async fn deleting_an_account_deletes_all_of_its_rows_and_no_others() {
    for (jobs, keys) in [(0, 0), (5, 3), (11, 12), (40, 20)] {
        let test_table = generous().await;
        // Its ID starts with that of the deleted account.
        let stays = account("a-11");
        test_table.table.create(&stays).await.expect("created");
        fill(&test_table, &stays, 2, 2).await;
        // The profile becomes the mark of a removed account.
        let after = rows(&test_table).await;
        let leaves = account("a-1");
        fill(&test_table, &leaves, jobs, keys).await;
        let expected = after.len() + usize::from(jobs > 0) + jobs as usize * 3 + usize::from(keys) * 3;
        assert_eq!(rows(&test_table).await.len(), expected);
        test_table.table.erase(&leaves.id, at(99)).await.expect("erased");
        assert_eq!(rows(&test_table).await, after, "{jobs} jobs and {keys} keys");
        test_table.table.erase(&leaves.id, at(100)).await.expect("repeating it is harmless");
        assert_eq!(rows(&test_table).await, after);
    }
}

#[tokio::test]
async fn a_removed_account_leaves_a_mark_without_personal_data_and_cannot_return() {
    let test_table = generous().await;
    test_table.table.erase(&test_table.account, at(99)).await.expect("erased");
    let mark = Client::new(test_table.cloud.sdk()).scan().table_name(TABLE).send().await.expect("a page");
    let [mark] = mark.items() else { panic!("{mark:?}") };
    let mut names: Vec<_> = mark.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["pk", "removed_at", "sk", "ttl"]);
    let day_later = (at(99).seconds() + 24 * 60 * 60).to_string();
    assert_eq!(mark["ttl"].as_n(), Ok(&day_later));
    // A sign-in that had begun before.
    let sign_in = |seconds| Account { created_at: at(seconds), ..account("a-1") };
    test_table.table.create(&sign_in(99 + 15 * 60)).await.expect("no error");
    assert_eq!(test_table.table.account(&test_table.account).await.expect("an answer"), None);
    assert!(!test_table.table.set_language(&test_table.account, Language::ENGLISH).await.expect("an answer"));
    let refused = test_table.create(&test_table.new_job(at(0)), at(100)).await;
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::NoAccount))), "{refused:?}");
    assert_eq!(rows(&test_table).await.len(), 1);
    // A sign-in much later: the user still exists, so the removal was interrupted, and can be repeated.
    let late = sign_in(100 + 15 * 60);
    test_table.table.create(&late).await.expect("no error");
    assert_eq!(test_table.table.account(&test_table.account).await.expect("an answer"), Some(late));
}

#[tokio::test]
async fn a_job_accepted_during_the_deletion_is_not_written() {
    let test_table = Arc::new(generous().await);
    let gate = test_table.script().hold("TransactWriteItems");
    let accepting = tokio::spawn({
        let test_table = test_table.clone();
        async move { test_table.create(&test_table.new_job(at(0)), at(0)).await }
    });
    gate.reached().await;
    test_table.table.erase(&test_table.account, at(99)).await.expect("erased");
    gate.open();
    let refused = accepting.await.expect("no panic");
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::NoAccount))), "{refused:?}");
    assert_eq!(rows(&test_table).await, the_mark());
}

#[tokio::test]
async fn a_job_that_ends_during_the_deletion_is_not_written() {
    let test_table = Arc::new(generous().await);
    let job = test_table.accept(at(0)).await;
    test_table.start(&job, at(1)).await.expect("started");
    let gate = test_table.script().hold("TransactWriteItems");
    let ending = tokio::spawn({
        let (test_table, job) = (test_table.clone(), job.clone());
        async move { test_table.complete(&job, at(2)).await }
    });
    gate.reached().await;
    test_table.table.erase(&test_table.account, at(99)).await.expect("erased");
    gate.open();
    let refused = ending.await.expect("no panic");
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::NoJob))), "{refused:?}");
    assert_eq!(rows(&test_table).await, the_mark());
}

#[tokio::test]
async fn rows_written_during_the_deletion_are_deleted_too() {
    let test_table = Arc::new(generous().await);
    let job = test_table.accept(at(0)).await;
    test_table.start(&job, at(1)).await.expect("started");
    let others = test_table.script().hold("BatchWriteItem");
    let erasing = tokio::spawn({
        let test_table = test_table.clone();
        async move { test_table.table.erase(&test_table.account, at(99)).await }
    });
    others.reached().await;
    test_table.complete(&job, at(2)).await.expect("the job still exists");
    others.open();
    erasing.await.expect("no panic").expect("erased");
    assert_eq!(rows(&test_table).await, the_mark());
}
