//! API keys.

use sansfond_domain::api_key::Secret;
use sansfond_domain::ports::{Accounts, ApiKeys, Records};
use sansfond_domain::{AccountId, ApiKey, KeyId};
use sansfond_embedded::{Reply, Step};

use crate::desk::{Desk, account, at};

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
async fn a_key_is_found_by_its_hash_and_in_its_owners_list() {
    let desk = Desk::open().await;
    let (first, second) = (key(&desk.account, 1), key(&desk.account, 2));
    for key in [&first, &second] {
        assert!(desk.table.add(key).await.expect("an answer"));
    }
    assert_eq!(desk.table.by_hash(&first.hash).await.expect("an answer"), Some(first.clone()));
    assert_eq!(desk.table.by_hash(&"0".repeat(64)).await.expect("an answer"), None);
    assert_eq!(desk.table.keys(&desk.account).await.expect("a list"), [second, first]);
    let other = "a-11".parse().expect("a name");
    assert_eq!(desk.table.keys(&other).await.expect("a list"), []);
}

#[tokio::test]
async fn a_key_that_is_taken_away_opens_nothing_at_once() {
    let desk = Desk::open().await;
    let (first, second) = (key(&desk.account, 1), key(&desk.account, 2));
    for key in [&first, &second] {
        desk.table.add(key).await.expect("added");
    }
    assert!(desk.table.revoke(&desk.account, &first.id).await.expect("an answer"));
    assert_eq!(desk.table.by_hash(&first.hash).await.expect("an answer"), None);
    assert_eq!(desk.table.keys(&desk.account).await.expect("a list"), [second]);
    assert!(!desk.table.revoke(&desk.account, &first.id).await.expect("an answer"), "it is gone");
}

#[tokio::test]
async fn nobody_takes_away_the_key_of_somebody_else() {
    let desk = Desk::open().await;
    let mine = key(&desk.account, 1);
    desk.table.add(&mine).await.expect("added");
    let other = account("a-2");
    desk.table.create(&other).await.expect("created");
    assert!(!desk.table.revoke(&other.id, &mine.id).await.expect("an answer"));
    assert_eq!(desk.table.by_hash(&mine.hash).await.expect("an answer"), Some(mine));
}

#[tokio::test]
async fn half_a_key_is_never_written() {
    let desk = Desk::open().await;
    let mine = key(&desk.account, 1);
    desk.script().next("TransactWriteItems", 9, Step::Instead(Reply::broken()));
    desk.table.add(&mine).await.expect_err("an accident");
    assert_eq!(desk.table.by_hash(&mine.hash).await.expect("an answer"), None);
    assert_eq!(desk.table.keys(&desk.account).await.expect("a list"), []);
}

#[tokio::test]
async fn an_account_that_is_gone_gets_no_key() {
    // A session outlives its account by a quarter of an hour.
    let desk = Desk::open().await;
    desk.table.erase(&desk.account).await.expect("erased");
    let late = key(&desk.account, 1);
    assert!(!desk.table.add(&late).await.expect("an answer"));
    assert_eq!(desk.table.by_hash(&late.hash).await.expect("an answer"), None);
    assert_eq!(desk.table.keys(&desk.account).await.expect("a list"), []);
}
