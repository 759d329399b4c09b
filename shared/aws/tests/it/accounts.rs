//! Accounts.

use sansfond_domain::ports::Accounts;
use sansfond_domain::{Account, Language};

use crate::test_table::{TestTable, account};

fn french() -> Language {
    "fr".parse().expect("a language")
}

#[tokio::test]
async fn an_account_is_read_as_written() {
    let test_table = TestTable::open().await;
    let found = test_table.table.account(&test_table.account).await.expect("an answer");
    assert_eq!(found, Some(account("a-1")));
    let nobody = "nobody".parse().expect("a name");
    assert_eq!(test_table.table.account(&nobody).await.expect("an answer"), None);
}

#[tokio::test]
async fn creating_an_existing_account_changes_nothing() {
    let test_table = TestTable::open().await;
    let other = Account { email: "other@example.org".to_owned(), ..account("a-1") };
    test_table.table.create(&other).await.expect("no error");
    assert_eq!(test_table.table.account(&test_table.account).await.expect("an answer"), Some(account("a-1")));
}

#[tokio::test]
async fn setting_the_language_changes_nothing_else() {
    let test_table = TestTable::open().await;
    let french = french();
    assert!(test_table.table.set_language(&test_table.account, french).await.expect("an answer"));
    let found = test_table.table.account(&test_table.account).await.expect("an answer");
    assert_eq!(found, Some(Account { language: french, ..account("a-1") }));
}

#[tokio::test]
async fn setting_the_language_of_a_missing_account_creates_nothing() {
    let test_table = TestTable::open().await;
    let nobody = "nobody".parse().expect("a name");
    assert!(!test_table.table.set_language(&nobody, french()).await.expect("an answer"));
    assert_eq!(test_table.table.account(&nobody).await.expect("an answer"), None);
}
