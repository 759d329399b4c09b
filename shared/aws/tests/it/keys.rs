//! API keys.

use std::sync::Arc;

use sansfond_domain::api_key::{MAX_KEYS, Secret};
use sansfond_domain::ports::{Accounts, ApiKeys, KeyAdded, Records};
use sansfond_domain::{AccountId, ApiKey, KeyId};
use sansfond_embedded::{Reply, Step};

use crate::test_table::{TestTable, account, at};

fn key(owner: &AccountId, number: u8) -> ApiKey {
    let secret = Secret::mint(&[number; 32]);
    ApiKey {
        id: KeyId::mint(at(i64::from(number)), &[number; 10]),
        account: owner.clone(),
        label: format!("key {number}"),
        prefix: secret.prefix(),
        hash: secret.hash(),
        created_at: at(i64::from(number)),
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_hash_and_listed() {
    let test_table = TestTable::open().await;
    let (first, second) = (key(&test_table.account, 1), key(&test_table.account, 2));
    for key in [&first, &second] {
        assert_eq!(test_table.table.add(key, at(0)).await.expect("an answer"), KeyAdded::Added);
    }
    assert_eq!(test_table.table.by_hash(&first.hash).await.expect("an answer"), Some(first.clone()));
    assert_eq!(test_table.table.by_hash(&"0".repeat(64)).await.expect("an answer"), None);
    assert_eq!(test_table.table.keys(&test_table.account).await.expect("a list"), [second, first]);
    // On AWS, any other read may miss a key that was added just before.
    assert_eq!(test_table.script().seen("Query")[0]["ConsistentRead"], true);
    let other = "a-11".parse().expect("a name");
    assert_eq!(test_table.table.keys(&other).await.expect("a list"), []);
}

#[tokio::test]
async fn a_revoked_key_is_invalid_at_once() {
    let test_table = TestTable::open().await;
    let (first, second) = (key(&test_table.account, 1), key(&test_table.account, 2));
    for key in [&first, &second] {
        test_table.table.add(key, at(0)).await.expect("added");
    }
    assert!(test_table.table.revoke(&test_table.account, &first.id).await.expect("an answer"));
    assert_eq!(test_table.table.by_hash(&first.hash).await.expect("an answer"), None);
    assert_eq!(test_table.table.keys(&test_table.account).await.expect("a list"), [second]);
    assert!(
        !test_table.table.revoke(&test_table.account, &first.id).await.expect("an answer"),
        "it was revoked before"
    );
}

#[tokio::test]
async fn an_account_cannot_revoke_the_key_of_another() {
    let test_table = TestTable::open().await;
    let mine = key(&test_table.account, 1);
    test_table.table.add(&mine, at(0)).await.expect("added");
    let other = account("a-2");
    test_table.table.create(&other).await.expect("created");
    assert!(!test_table.table.revoke(&other.id, &mine.id).await.expect("an answer"));
    assert_eq!(test_table.table.by_hash(&mine.hash).await.expect("an answer"), Some(mine));
}

#[tokio::test]
async fn both_rows_of_a_key_are_written_or_none() {
    let test_table = TestTable::open().await;
    let mine = key(&test_table.account, 1);
    test_table.script().next("TransactWriteItems", 9, Step::Instead(Reply::broken()));
    test_table.table.add(&mine, at(0)).await.expect_err("an accident");
    assert_eq!(test_table.table.by_hash(&mine.hash).await.expect("an answer"), None);
    assert_eq!(test_table.table.keys(&test_table.account).await.expect("a list"), []);
}

#[tokio::test]
async fn a_deleted_account_gets_no_key() {
    // A session outlives its account by a quarter of an hour.
    let test_table = TestTable::open().await;
    test_table.table.erase(&test_table.account, at(0)).await.expect("erased");
    let late = key(&test_table.account, 1);
    assert_eq!(test_table.table.add(&late, at(0)).await.expect("an answer"), KeyAdded::SessionOver);
    assert_eq!(test_table.table.by_hash(&late.hash).await.expect("an answer"), None);
    assert_eq!(test_table.table.keys(&test_table.account).await.expect("a list"), []);
}

/// Adds keys at the same time and returns how many were added.
async fn add_at_once(test_table: &Arc<TestTable>, numbers: std::ops::Range<u8>) -> usize {
    let adding: Vec<_> = numbers
        .map(|number| {
            let test_table = test_table.clone();
            tokio::spawn(async move {
                let key = key(&test_table.account, number);
                test_table.table.add(&key, at(0)).await.expect("an answer")
            })
        })
        .collect();
    let mut added = 0;
    for one in adding {
        match one.await.expect("no panic") {
            KeyAdded::Added => added += 1,
            other => assert_eq!(other, KeyAdded::TooMany),
        }
    }
    added
}

#[tokio::test]
async fn concurrent_requests_cannot_exceed_the_number_of_keys() {
    let test_table = Arc::new(TestTable::open().await);
    assert_eq!(add_at_once(&test_table, 0..30).await, MAX_KEYS);
    let keys = test_table.table.keys(&test_table.account).await.expect("a list");
    assert_eq!(keys.len(), MAX_KEYS);
    // A key that is revoked twice at once makes room for one.
    let (first, again) = tokio::join!(
        test_table.table.revoke(&test_table.account, &keys[0].id),
        test_table.table.revoke(&test_table.account, &keys[0].id)
    );
    let mut revoked = [first.expect("an answer"), again.expect("an answer")];
    revoked.sort_unstable();
    assert_eq!(revoked, [false, true]);
    assert_eq!(add_at_once(&test_table, 30..40).await, 1);
    assert_eq!(test_table.table.keys(&test_table.account).await.expect("a list").len(), MAX_KEYS);
}

#[tokio::test]
async fn a_session_from_before_a_password_change_adds_no_key() {
    let test_table = TestTable::open().await;
    let account = &test_table.account;
    test_table.table.end_sessions_before(account, at(10)).await.expect("an answer");
    let mine = key(account, 1);
    assert_eq!(test_table.table.add(&mine, at(9)).await.expect("an answer"), KeyAdded::SessionOver);
    assert_eq!(test_table.table.by_hash(&mine.hash).await.expect("an answer"), None);
    assert_eq!(test_table.table.add(&mine, at(10)).await.expect("an answer"), KeyAdded::Added);
    let nobody = "nobody".parse().expect("a name");
    test_table.table.end_sessions_before(&nobody, at(10)).await.expect("no account, no effect");
    assert_eq!(test_table.table.account(&nobody).await.expect("an answer"), None);
}
