//! Lists of one account: newest first, in pages.

use sansfond_domain::credits::Cause;
use sansfond_domain::ports::{Accounts, Balances, JobFilter, Jobs, Page, PageRequest};
use sansfond_domain::rules::NewJob;
use sansfond_domain::{Job, JobId, JobKind, JobState, LedgerEntry, Plan};
use sansfond_embedded::{Reply, Step};
use serde_json::json;

use crate::test_table::{TestTable, account, at};

const ANY: JobFilter = JobFilter { state: None, kind: None };

async fn page(test_table: &TestTable, filter: &JobFilter, limit: u32, after: Option<String>) -> Page<Job> {
    test_table.table.jobs(&test_table.account, filter, &PageRequest { limit, after }).await.expect("a page")
}

async fn pages(test_table: &TestTable, limit: u32) -> Vec<Vec<JobId>> {
    pages_of(test_table, &ANY, limit).await
}

async fn pages_of(test_table: &TestTable, filter: &JobFilter, limit: u32) -> Vec<Vec<JobId>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = page(test_table, filter, limit, after).await;
        pages.push(page.items.into_iter().map(|job| job.id).collect());
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn jobs_are_listed_newest_first_until_the_last_page() {
    let test_table = TestTable::open().await;
    assert_eq!(pages(&test_table, 5).await, [Vec::new()]);
    let mut newest_first = Vec::new();
    for second in 0..6 {
        newest_first.insert(0, test_table.accept(at(second)).await);
    }
    for limit in [1, 2, 3, 4, 5, 6, 7] {
        let expected: Vec<_> = newest_first.chunks(limit).map(<[JobId]>::to_vec).collect();
        assert_eq!(
            pages(&test_table, u32::try_from(limit).expect("small")).await,
            expected,
            "{limit} a page"
        );
    }
}

#[tokio::test]
async fn a_page_starts_after_the_previous_one_even_if_jobs_change() {
    let test_table = TestTable::open().await;
    let (first, second, third) =
        (test_table.accept(at(1)).await, test_table.accept(at(2)).await, test_table.accept(at(3)).await);
    let first_page = page(&test_table, &ANY, 2, None).await;
    assert_eq!(first_page.items[0].id, third);
    test_table.accept(at(4)).await;
    test_table.cancel(&second, at(5)).await.expect("cancelled");
    assert!(test_table.table.forget(&test_table.account, &second).await.expect("an answer"));
    let page = page(&test_table, &ANY, 2, first_page.next).await;
    assert_eq!((page.items.len(), &page.items[0].id, page.next), (1, &first, None));
}

#[tokio::test]
async fn an_invented_cursor_is_harmless() {
    let test_table = TestTable::open().await;
    test_table.accept(at(0)).await;
    for (after, expected) in [("zzz", 1), ("0", 0), ("../ledger#", 0)] {
        let page = page(&test_table, &ANY, 5, Some(after.to_owned())).await;
        assert_eq!((page.items.len(), page.next), (expected, None), "{after}");
    }
}

#[tokio::test]
async fn jobs_are_filtered_by_state_and_kind_across_pages() {
    let test_table =
        TestTable::with(Plan { images_per_month: 100, jobs_at_once: 100, ..Plan::default() }).await;
    let (mut cancelled, mut pending) = (Vec::new(), Vec::new());
    for second in 0..9 {
        let job = test_table.accept(at(second)).await;
        if second % 3 == 0 {
            test_table.cancel(&job, at(20)).await.expect("cancelled");
            cancelled.insert(0, job);
        } else {
            pending.insert(0, job);
        }
    }
    let of = |state| JobFilter { state: Some(state), kind: Some(JobKind::Image) };
    for limit in [1, 2, 3, 4, 6, 7] {
        for (state, jobs) in [(JobState::Cancelled, &cancelled), (JobState::Pending, &pending)] {
            let expected: Vec<_> = jobs.chunks(limit).map(<[JobId]>::to_vec).collect();
            let found = pages_of(&test_table, &of(state), u32::try_from(limit).expect("small")).await;
            assert_eq!(found, expected, "{limit} a page");
        }
    }
    assert_eq!(pages_of(&test_table, &of(JobState::Completed), 5).await, [Vec::new()]);
    assert_eq!(
        pages_of(&test_table, &JobFilter { kind: Some(JobKind::Video), ..ANY }, 5).await,
        [Vec::new()]
    );
}

#[tokio::test]
async fn a_page_of_a_rare_state_ends_early_with_a_cursor() {
    let test_table = TestTable::open().await;
    let oldest = test_table.accept(at(0)).await;
    test_table.cancel(&oldest, at(1)).await.expect("cancelled");
    let newer = test_table.accept(at(2)).await;
    let place = json!({ "pk": { "S": format!("account#{}", test_table.account) }, "sk": { "S": format!("job#{newer}") } });
    let nothing = json!({ "Items": [], "Count": 0, "ScannedCount": 250, "LastEvaluatedKey": place });
    test_table.script().next("Query", 8, Step::Instead(Reply::ok(nothing)));
    let rare = JobFilter { state: Some(JobState::Cancelled), ..ANY };
    let first = page(&test_table, &rare, 5, None).await;
    assert_eq!((first.items, test_table.script().seen("Query").len()), (Vec::new(), 8));
    let second = page(&test_table, &rare, 5, first.next).await;
    let found: Vec<_> = second.items.into_iter().map(|job| job.id).collect();
    assert_eq!((found, second.next), (vec![oldest], None));
}

#[tokio::test]
async fn a_list_contains_nothing_of_another_account() {
    let test_table = TestTable::open().await;
    let mine = test_table.accept(at(0)).await;
    let other = account("a-11");
    test_table.table.create(&other).await.expect("created");
    let new = NewJob { account: other.id.clone(), ..test_table.new_job(at(1)) };
    test_table.create(&new, at(1)).await.expect("accepted");
    assert_eq!(pages(&test_table, 10).await, [vec![mine.clone()]]);
    let ledger = test_table.ledger().await;
    let [LedgerEntry { cause: Cause::Job { job, .. }, .. }] = &ledger[..] else { panic!("{ledger:?}") };
    assert_eq!(job, &mine);
    assert_eq!(test_table.table.job(&test_table.account, &new.id).await.expect("an answer"), None);
}

#[tokio::test]
async fn the_ledger_is_listed_newest_first() {
    let test_table =
        TestTable::with(Plan { images_per_month: 100, jobs_at_once: 100, ..Plan::default() }).await;
    for second in 0..4 {
        let job = test_table.accept(at(second * 10)).await;
        test_table.cancel(&job, at(second * 10 + 5)).await.expect("cancelled");
    }
    let ledger = test_table.ledger().await;
    let times: Vec<_> = ledger.iter().map(|entry| entry.at).collect();
    let expected: Vec<_> = (0..8).rev().map(|five| at(five * 5)).collect();
    assert_eq!(times, expected);
    let credits: Vec<_> = ledger.iter().map(|entry| entry.credits.to_string()).collect();
    assert_eq!(credits, ["1", "-1", "1", "-1", "1", "-1", "1", "-1"]);
    let page = PageRequest { limit: 3, after: None };
    let page = test_table.table.ledger(&test_table.account, &page).await.expect("a page");
    let rest = PageRequest { limit: 100, after: page.next };
    let rest = test_table.table.ledger(&test_table.account, &rest).await.expect("a page");
    assert_eq!((page.items, rest.items), (ledger[..3].to_vec(), ledger[3..].to_vec()));
}
