//! Deleting an account while other writes are in progress.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use sansfond_domain::api_key::Secret;
use sansfond_domain::ports::{Accounts, ApiKeys, Records, TransactionError};
use sansfond_domain::rules::{NamedRequest, NewJob, Refusal};
use sansfond_domain::{Account, ApiKey, KeyId, Plan};
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
        test_table.table.add(&key).await.expect("added");
    }
}

#[tokio::test]
async fn deleting_an_account_deletes_all_of_its_rows_and_no_others() {
    let test_table = generous().await;
    // Its ID starts with that of the deleted account.
    let stays = account("a-11");
    test_table.table.create(&stays).await.expect("created");
    fill(&test_table, &stays, 2, 2).await;
    let before: BTreeSet<_> =
        rows(&test_table).await.into_iter().filter(|(pk, _)| pk != "account#a-1").collect();
    for (jobs, keys) in [(0, 0), (5, 3), (11, 12), (40, 30)] {
        let leaves = account("a-1");
        test_table.table.create(&leaves).await.expect("created");
        fill(&test_table, &leaves, jobs, keys).await;
        let expected = before.len() + 1 + usize::from(jobs > 0) + jobs as usize * 3 + usize::from(keys) * 2;
        assert_eq!(rows(&test_table).await.len(), expected);
        test_table.table.erase(&leaves.id).await.expect("erased");
        assert_eq!(rows(&test_table).await, before, "{jobs} jobs and {keys} keys");
    }
    test_table.table.erase(&account("a-1").id).await.expect("repeating it is harmless");
    assert_eq!(rows(&test_table).await, before);
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
    test_table.table.erase(&test_table.account).await.expect("erased");
    gate.open();
    let refused = accepting.await.expect("no panic");
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::NoAccount))), "{refused:?}");
    assert_eq!(rows(&test_table).await, BTreeSet::new());
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
    test_table.table.erase(&test_table.account).await.expect("erased");
    gate.open();
    let refused = ending.await.expect("no panic");
    assert!(matches!(refused, Err(TransactionError::Refused(Refusal::NoJob))), "{refused:?}");
    assert_eq!(rows(&test_table).await, BTreeSet::new());
}

#[tokio::test]
async fn rows_written_during_the_deletion_are_deleted_too() {
    let test_table = Arc::new(generous().await);
    let job = test_table.accept(at(0)).await;
    test_table.start(&job, at(1)).await.expect("started");
    let profile = test_table.script().hold("BatchWriteItem");
    let others = test_table.script().hold("BatchWriteItem");
    let erasing = tokio::spawn({
        let test_table = test_table.clone();
        async move { test_table.table.erase(&test_table.account).await }
    });
    profile.reached().await;
    profile.open();
    others.reached().await;
    test_table.complete(&job, at(2)).await.expect("the job still exists");
    others.open();
    erasing.await.expect("no panic").expect("erased");
    assert_eq!(rows(&test_table).await, BTreeSet::new());
}
