//! Profiles.

use sansfond_domain::ports::Accounts;
use sansfond_domain::{Account, Language};

use crate::desk::{Desk, account};

#[tokio::test]
async fn an_account_is_found_as_it_was_written() {
    let desk = Desk::open().await;
    let found = desk.table.account(&desk.account).await.expect("an answer");
    assert_eq!(found, Some(account("a-1")));
    let nobody = "nobody".parse().expect("a name");
    assert_eq!(desk.table.account(&nobody).await.expect("an answer"), None);
}

#[tokio::test]
async fn an_account_that_is_there_stays_as_it_is() {
    let desk = Desk::open().await;
    let other = Account { email: "other@example.org".to_owned(), ..account("a-1") };
    desk.table.create(&other).await.expect("no error");
    assert_eq!(desk.table.account(&desk.account).await.expect("an answer"), Some(account("a-1")));
}

#[tokio::test]
async fn the_language_of_an_account_changes_and_nothing_else() {
    let desk = Desk::open().await;
    assert!(desk.table.set_language(&desk.account, Language::Fr).await.expect("an answer"));
    let found = desk.table.account(&desk.account).await.expect("an answer");
    assert_eq!(found, Some(Account { language: Language::Fr, ..account("a-1") }));
}

#[tokio::test]
async fn the_language_of_nobody_cannot_change_and_makes_no_account() {
    let desk = Desk::open().await;
    let nobody = "nobody".parse().expect("a name");
    assert!(!desk.table.set_language(&nobody, Language::Fr).await.expect("an answer"));
    assert_eq!(desk.table.account(&nobody).await.expect("an answer"), None);
}
