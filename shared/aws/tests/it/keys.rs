//! API keys.

use sansfond_domain::api_key::Secret;
use sansfond_domain::ports::{Accounts, ApiKeys, Records};
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
        assert!(test_table.table.add(key).await.expect("an answer"));
    }
    assert_eq!(test_table.table.by_hash(&first.hash).await.expect("an answer"), Some(first.clone()));
    assert_eq!(test_table.table.by_hash(&"0".repeat(64)).await.expect("an answer"), None);
    assert_eq!(test_table.table.keys(&test_table.account).await.expect("a list"), [second, first]);
    let other = "a-11".parse().expect("a name");
    assert_eq!(test_table.table.keys(&other).await.expect("a list"), []);
}

#[tokio::test]
async fn a_revoked_key_is_invalid_at_once() {
    let test_table = TestTable::open().await;
    let (first, second) = (key(&test_table.account, 1), key(&test_table.account, 2));
    for key in [&first, &second] {
        test_table.table.add(key).await.expect("added");
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
    test_table.table.add(&mine).await.expect("added");
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
    test_table.table.add(&mine).await.expect_err("an accident");
    assert_eq!(test_table.table.by_hash(&mine.hash).await.expect("an answer"), None);
    assert_eq!(test_table.table.keys(&test_table.account).await.expect("a list"), []);
}

#[tokio::test]
async fn a_deleted_account_gets_no_key() {
    // A session outlives its account by a quarter of an hour.
    let test_table = TestTable::open().await;
    test_table.table.erase(&test_table.account).await.expect("erased");
    let late = key(&test_table.account, 1);
    assert!(!test_table.table.add(&late).await.expect("an answer"));
    assert_eq!(test_table.table.by_hash(&late.hash).await.expect("an answer"), None);
    assert_eq!(test_table.table.keys(&test_table.account).await.expect("a list"), []);
}
