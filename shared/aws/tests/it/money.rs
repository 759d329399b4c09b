//! Purchases, refunds, gifts and plans in the table, also repeated and concurrent.

use std::sync::Arc;

use sansfond_domain::credits::{Cause, Period};
use sansfond_domain::ports::{Accounts, Balances, Page, PageRequest, Records, TransactionError};
use sansfond_domain::rules::{self, Decision, Grant, PlanPeriod, Purchase, Refund, Refusal};
use sansfond_domain::{Credits, JobKind, PerKind, Plan, Timestamp};
use sansfond_embedded::{Reply, Step};

use crate::contention::at_once;
use crate::test_table::{TestTable, at, wrote};

type Answer = Result<Decision, TransactionError>;

fn images(quarters: u32) -> PerKind<Credits> {
    PerKind { image: Credits::from_quarters(quarters), video: Credits::ZERO }
}

fn bought(payment: &str, quarters: u32) -> Purchase {
    let payment = payment.parse().expect("an id");
    Purchase { payment, product: "images".to_owned(), credits: images(quarters) }
}

fn given_back(refund: &str, payment: &str, quarters: u32) -> Refund {
    let (refund, payment) = (refund.parse().expect("an id"), payment.parse().expect("an id"));
    Refund { refund, payment, credits: images(quarters) }
}

fn pro(payment: &str) -> PlanPeriod {
    PlanPeriod {
        payment: payment.parse().expect("an id"),
        terms: Plan { name: "pro".to_owned(), images_per_month: 200, ..Plan::default() },
        period: Period { starts_at: at(0), ends_at: at(30 * 24 * 60 * 60) },
    }
}

impl TestTable {
    async fn buy(&self, purchase: &Purchase, now: Timestamp) -> Answer {
        self.apply_to(purchase.records(), &|seen| rules::purchase(seen, purchase, now)).await
    }

    async fn refund(&self, refund: &Refund, now: Timestamp) -> Answer {
        self.apply_to(refund.records(), &|seen| rules::refund(seen, refund, now)).await
    }

    async fn give(&self, grant: &Grant, now: Timestamp) -> Answer {
        self.apply_to(grant.records(), &|seen| rules::grant(seen, grant, now)).await
    }

    async fn begin(&self, period: &PlanPeriod, now: Timestamp) -> Answer {
        self.apply_to(period.records(), &|seen| rules::start_plan(seen, period, now)).await
    }

    async fn purchased(&self) -> PerKind<Credits> {
        self.balance().await.purchased
    }
}

#[tokio::test]
async fn a_purchase_writes_credits_record_and_ledger_in_one_transaction() {
    let test_table = TestTable::open().await;
    let purchase = Purchase {
        credits: PerKind { image: Credits::from_quarters(9), video: Credits::whole(5) },
        ..bought("cs_1", 0)
    };
    let answer = test_table.buy(&purchase, at(0)).await.expect("bought");
    let Decision::Write(change) = answer else { panic!("nothing was written") };
    assert_eq!(test_table.script().seen("TransactWriteItems").len(), 1);
    assert_eq!(Some(test_table.balance().await), change.balance);
    assert_eq!(test_table.purchased().await, purchase.credits, "quarters are read as written");
    let mut ledger = test_table.ledger().await;
    ledger.reverse();
    assert_eq!(ledger, change.entries);
    assert_eq!(ledger.iter().map(|line| line.kind).collect::<Vec<_>>(), JobKind::ALL);
}

#[tokio::test]
async fn a_repeated_purchase_gives_its_credits_once() {
    let test_table = TestTable::open().await;
    let purchase = bought("cs_1", 40);
    assert!(wrote(&test_table.buy(&purchase, at(0)).await));
    for second in [0, 1, 400 * 24 * 60 * 60] {
        assert_eq!(test_table.buy(&purchase, at(second)).await.expect("no error"), Decision::Nothing);
    }
    let other = test_table.buy(&bought("cs_1", 41), at(2)).await;
    assert!(matches!(other, Err(TransactionError::Refused(Refusal::KeyReused))), "{other:?}");
    assert_eq!(test_table.purchased().await, images(40));
    assert_eq!(test_table.ledger().await.len(), 1);
}

#[tokio::test]
async fn twenty_simultaneous_copies_of_a_purchase_give_its_credits_once() {
    let test_table = Arc::new(TestTable::open().await);
    let deliveries = (0..20).map(|_| {
        let test_table = test_table.clone();
        async move { test_table.buy(&bought("cs_1", 40), at(0)).await }
    });
    let answers = at_once(deliveries).await;
    assert_eq!(answers.iter().filter(|answer| wrote(answer)).count(), 1);
    for answer in answers.into_iter().filter(|answer| !wrote(answer)) {
        assert_eq!(answer.expect("no error"), Decision::Nothing);
    }
    assert_eq!(test_table.purchased().await, images(40));
    assert_eq!(test_table.ledger().await.len(), 1);
}

#[tokio::test]
async fn simultaneous_purchases_and_jobs_are_all_counted() {
    let test_table = Arc::new(TestTable::with(Plan { images_per_month: 0, ..Plan::default() }).await);
    test_table.buy(&bought("cs_0", 8 * 4), at(0)).await.expect("bought");
    let works = (0..16).map(|index| {
        let test_table = test_table.clone();
        async move {
            if index % 2 == 0 {
                test_table.create(&test_table.new_job(at(1)), at(1)).await
            } else {
                test_table.buy(&bought(&format!("cs_{index}"), 4), at(1)).await
            }
        }
    });
    let answers = at_once(works).await;
    assert!(answers.iter().all(wrote), "{answers:?}");
    assert_eq!((test_table.purchased().await, test_table.balance().await.open_jobs), (images(8 * 4), 8));
    assert_eq!(test_table.ledger().await.len(), 17);
}

#[tokio::test]
async fn a_purchase_with_lost_responses_gives_its_credits_once() {
    let test_table = TestTable::open().await;
    test_table.script().next("TransactWriteItems", 3, Step::Afterwards(Reply::broken()));
    let error = test_table.buy(&bought("cs_1", 40), at(0)).await.expect_err("all responses were lost");
    assert!(matches!(&error, TransactionError::Port(port) if port.retryable), "{error:?}");
    assert_eq!(test_table.buy(&bought("cs_1", 40), at(1)).await.expect("no error"), Decision::Nothing);
    assert_eq!(test_table.purchased().await, images(40));
}

#[tokio::test]
async fn a_refund_takes_the_remaining_credits_once_and_waits_for_its_payment() {
    let test_table = Arc::new(TestTable::with(Plan { images_per_month: 0, ..Plan::default() }).await);
    let early = test_table.refund(&given_back("re_1", "cs_1", 40), at(0)).await;
    assert!(matches!(early, Err(TransactionError::Refused(Refusal::NoPurchase))), "{early:?}");
    test_table.buy(&bought("cs_1", 40), at(1)).await.expect("bought");
    test_table.create(&test_table.new_job(at(2)), at(2)).await.expect("accepted");
    let deliveries = (0..4).map(|_| {
        let test_table = test_table.clone();
        async move { test_table.refund(&given_back("re_1", "cs_1", 40), at(3)).await }
    });
    assert_eq!(at_once(deliveries).await.iter().filter(|answer| wrote(answer)).count(), 1);
    assert_eq!(test_table.purchased().await, images(0));
    let ledger = test_table.ledger().await;
    let refunds = ledger.iter().filter(|line| matches!(line.cause, Cause::Refund { .. }));
    assert_eq!(refunds.map(|line| line.credits.to_string()).collect::<Vec<_>>(), ["-9"]);
}

#[tokio::test]
async fn two_simultaneous_refunds_take_at_most_the_credits_of_the_payment() {
    let test_table = Arc::new(TestTable::open().await);
    test_table.buy(&bought("cs_1", 40), at(0)).await.expect("bought");
    test_table.buy(&bought("cs_2", 40), at(0)).await.expect("bought");
    let refunds = (0..4).map(|index| {
        let test_table = test_table.clone();
        async move { test_table.refund(&given_back(&format!("re_{index}"), "cs_1", 24), at(1)).await }
    });
    assert!(at_once(refunds).await.iter().all(wrote));
    assert_eq!(test_table.purchased().await, images(40));
}

#[tokio::test]
async fn a_gift_and_a_plan_period_are_given_once() {
    let test_table = TestTable::open().await;
    let gift = Grant { grant: "welcome".parse().expect("an id"), credits: images(1) };
    assert!(wrote(&test_table.give(&gift, at(0)).await));
    assert!(wrote(&test_table.begin(&pro("in_1"), at(1)).await));
    test_table.accept(at(2)).await;
    assert_eq!(test_table.give(&gift, at(3)).await.expect("no error"), Decision::Nothing);
    assert_eq!(test_table.begin(&pro("in_1"), at(3)).await.expect("no error"), Decision::Nothing);
    let balance = test_table.balance().await;
    assert_eq!((balance.used, balance.granted), (images(4), images(1)));
    assert_eq!(
        balance.available(JobKind::Image, &test_table.free).to_string(),
        "199.25",
        "terms are read as written"
    );
}

#[tokio::test]
async fn lines_of_every_cause_are_listed_newest_first() {
    let test_table = TestTable::open().await;
    test_table.buy(&bought("cs_1", 40), at(0)).await.expect("bought");
    test_table.accept(at(1)).await;
    test_table.begin(&pro("in_1"), at(2)).await.expect("begun");
    test_table.refund(&given_back("re_1", "cs_1", 4), at(3)).await.expect("refunded");
    let (mut seen, mut page) = (Vec::new(), PageRequest { limit: 2, after: None });
    loop {
        let Page { items, next } = test_table.table.ledger(&test_table.account, &page).await.expect("a page");
        seen.extend(items.into_iter().map(|line| line.at));
        page.after = next;
        if page.after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [3, 2, 2, 1, 0].map(at));
}

#[tokio::test]
async fn a_purchase_of_a_deleted_account_writes_nothing() {
    let test_table = TestTable::open().await;
    test_table.buy(&bought("cs_1", 40), at(0)).await.expect("bought");
    test_table.table.erase(&test_table.account, at(99)).await.expect("erased");
    let late = test_table.buy(&bought("cs_2", 40), at(1)).await;
    assert!(matches!(late, Err(TransactionError::Refused(Refusal::NoAccount))), "{late:?}");
    assert_eq!(test_table.table.balance(&test_table.account).await.expect("an answer"), None);
    assert_eq!(test_table.ledger().await, []);
    // The same if the account is deleted between the read and the write.
    let test_table = TestTable::open().await;
    let bought = bought("cs_1", 40);
    let account = test_table.table.account(&test_table.account).await.expect("an answer");
    test_table.table.erase(&test_table.account, at(99)).await.expect("erased");
    let behind = test_table
        .apply_to(bought.records(), &|seen| {
            let seen = rules::Snapshot { account: account.clone(), ..seen.clone() };
            rules::purchase(&seen, &bought, at(0))
        })
        .await;
    assert!(matches!(behind, Err(TransactionError::Contended)), "{behind:?}");
    assert_eq!(test_table.table.balance(&test_table.account).await.expect("an answer"), None);
}
