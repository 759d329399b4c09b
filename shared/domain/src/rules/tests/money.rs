//! Sequences of purchases, refunds, gifts and plans, and the resulting balance.

use super::*;
use crate::PerKind;
use crate::credits::{Period, PlanChange, Source};
use crate::plan::CurrentPlan;
use crate::record::Effect;

const DAY: i64 = 24 * 60 * 60;

fn credits(image: u32, video: u32) -> PerKind<Credits> {
    PerKind { image: Credits::whole(image), video: Credits::whole(video) }
}

fn bought(payment: &str, image: u32, video: u32) -> Purchase {
    let payment = payment.parse().expect("an id");
    Purchase { payment, product: "pack".to_owned(), credits: credits(image, video) }
}

fn given_back(refund: &str, payment: &str, image: u32) -> Refund {
    let (refund, payment) = (refund.parse().expect("an id"), payment.parse().expect("an id"));
    Refund { refund, payment, credits: credits(image, 0) }
}

fn gift(image: u32) -> Grant {
    Grant { grant: "welcome".parse().expect("an id"), credits: credits(image, 0) }
}

/// A month of a plan with 200 pictures, from a day on.
fn pro(payment: &str, from_day: i64) -> PlanPeriod {
    PlanPeriod {
        payment: payment.parse().expect("an id"),
        terms: Plan { name: "pro".to_owned(), images_per_month: 200, video_seconds: 600, ..Plan::default() },
        period: Period { starts_at: at(from_day * DAY), ends_at: at((from_day + 30) * DAY) },
    }
}

impl TestAccount {
    fn buy(&mut self, pack: &Purchase, second: i64) -> Vec<LedgerEntry> {
        self.write(purchase(&self.0.clone(), pack, at(second)))
    }

    fn refund(&mut self, back: &Refund, second: i64) -> Vec<LedgerEntry> {
        self.write(refund(&self.0.clone(), back, at(second)))
    }

    fn begin(&mut self, period: &PlanPeriod, second: i64) -> Vec<LedgerEntry> {
        self.write(start_plan(&self.0.clone(), period, at(second)))
    }

    /// Accepts a picture; returns the lines of the ledger.
    fn take(&mut self, second: i64, random: u8) -> Vec<(Source, String)> {
        self.0.job = None;
        let new = NewJob { id: JobId::mint(at(second), &[random; 10]), ..new_job(UploadMethod::Upload) };
        let lines = self.write(accept(&self.0.clone(), &new, &free(), at(second)));
        lines.iter().map(sourced).collect()
    }

    fn purchased(&self) -> PerKind<Credits> {
        self.balance().purchased
    }

    fn effect_of(&self, key: &RecordKey) -> &Effect {
        &self.0.records.iter().find(|record| record.key == *key).expect("a record").effect
    }
}

fn sourced(entry: &LedgerEntry) -> (Source, String) {
    let Cause::Job { source, .. } = entry.cause else { panic!("about a job: {entry:?}") };
    (source, entry.credits.to_string())
}

/// The kinds and credits of lines.
fn changes(lines: &[LedgerEntry]) -> Vec<(JobKind, String)> {
    lines.iter().map(|line| (line.kind, line.credits.to_string())).collect()
}

#[test]
fn a_purchase_gives_credits_and_a_line_of_the_ledger_per_kind() {
    let mut test_account = TestAccount::open();
    let pack = bought("cs_1", 50, 5);
    let lines = test_account.buy(&pack, 0);
    assert_eq!(changes(&lines), [(JobKind::Image, "50".to_owned()), (JobKind::Video, "5".to_owned())]);
    let cause = Cause::Purchase { payment: pack.payment, product: "pack".to_owned() };
    assert!(lines.iter().all(|line| line.cause == cause && line.at == at(0)), "{lines:?}");
    assert_eq!(test_account.purchased(), credits(50, 5));
    let only_videos = test_account.buy(&bought("cs_2", 0, 1), 1);
    assert_eq!(changes(&only_videos), [(JobKind::Video, "1".to_owned())]);
}

#[test]
fn a_repeated_purchase_gives_its_credits_once_even_years_later() {
    let mut test_account = TestAccount::open();
    let pack = bought("cs_1", 50, 0);
    test_account.buy(&pack, 0);
    for second in [1, 3 * DAY, 3000 * DAY] {
        assert_eq!(purchase(&test_account.0, &pack, at(second)), Ok(Decision::Nothing));
    }
    let other = Purchase { credits: credits(51, 0), ..pack };
    assert_eq!(purchase(&test_account.0, &other, at(1)), Err(Refusal::KeyReused));
    test_account.buy(&bought("cs_2", 50, 0), 2);
    assert_eq!(test_account.purchased(), credits(100, 0), "another payment is another purchase");
}

#[test]
fn payments_need_an_account() {
    let mut test_account = TestAccount::open();
    test_account.0.account = None;
    let no_account = Err(Refusal::NoAccount);
    assert_eq!(purchase(&test_account.0, &bought("cs_1", 1, 0), at(0)), no_account);
    assert_eq!(refund(&test_account.0, &given_back("re_1", "cs_1", 1), at(0)), no_account);
    assert_eq!(grant(&test_account.0, &gift(1), at(0)), no_account);
    assert_eq!(start_plan(&test_account.0, &pro("in_1", 0), at(0)), no_account);
}

#[test]
fn a_refund_takes_the_remaining_credits_and_records_the_missing_ones() {
    let mut test_account = TestAccount::open();
    test_account.buy(&bought("cs_1", 3, 1), 0);
    // Two credits of the allowance, then two purchased ones.
    for random in 1..=4 {
        test_account.take(1, random);
    }
    assert_eq!(test_account.purchased(), credits(1, 1));
    let back = given_back("re_1", "cs_1", 3);
    let lines = test_account.refund(&back, 2);
    assert_eq!(changes(&lines), [(JobKind::Image, "-1".to_owned())]);
    assert_eq!(lines[0].cause, Cause::Refund { refund: back.refund.clone(), payment: back.payment.clone() });
    assert_eq!(test_account.purchased(), credits(0, 1), "videos were not refunded");
    let effect = Effect::Refund { taken: credits(1, 0), missing: credits(2, 0) };
    assert_eq!(test_account.effect_of(&RecordKey::Refund(back.refund.clone())), &effect);
    test_account.buy(&bought("cs_2", 10, 0), 3);
    assert_eq!(test_account.purchased(), credits(10, 1), "missing credits are not a debt");
    assert_eq!(refund(&test_account.0, &back, at(4)), Ok(Decision::Nothing), "it was delivered twice");
    assert_eq!(test_account.purchased(), credits(10, 1));
}

#[test]
fn a_refund_of_used_credits_leaves_a_line_with_zero_credits() {
    let mut test_account = TestAccount::open();
    test_account.buy(&bought("cs_1", 1, 0), 0);
    for random in 1..=3 {
        test_account.take(1, random);
    }
    let lines = test_account.refund(&given_back("re_1", "cs_1", 1), 2);
    assert_eq!(changes(&lines), [(JobKind::Image, "0".to_owned())]);
}

#[test]
fn the_refunds_of_a_payment_take_at_most_its_credits() {
    let mut test_account = TestAccount::open();
    test_account.buy(&bought("cs_1", 10, 0), 0);
    test_account.buy(&bought("cs_2", 10, 0), 1);
    test_account.refund(&given_back("re_1", "cs_1", 6), 2);
    test_account.refund(&given_back("re_2", "cs_1", 6), 3);
    test_account.refund(&given_back("re_3", "cs_1", 6), 4);
    assert_eq!(test_account.purchased(), credits(10, 0), "the second purchase is untouched");
    let other = Refund { payment: "cs_2".parse().expect("an id"), ..given_back("re_1", "cs_1", 6) };
    assert_eq!(refund(&test_account.0, &other, at(5)), Err(Refusal::KeyReused));
}

#[test]
fn a_refund_is_rejected_until_its_payment_arrives() {
    let mut test_account = TestAccount::open();
    test_account.buy(&bought("cs_0", 10, 0), 0);
    let back = given_back("re_1", "cs_1", 5);
    assert_eq!(refund(&test_account.0, &back, at(1)), Err(Refusal::NoPurchase));
    test_account.buy(&bought("cs_1", 5, 0), 2);
    test_account.refund(&back, 3);
    assert_eq!(test_account.purchased(), credits(10, 0));
}

#[test]
fn a_gift_is_given_once_and_no_refund_takes_it_back() {
    let mut test_account = TestAccount::open();
    let lines = test_account.write(grant(&test_account.0.clone(), &gift(5), at(0)));
    assert_eq!(changes(&lines), [(JobKind::Image, "5".to_owned())]);
    assert_eq!(lines[0].cause, Cause::Grant { grant: gift(5).grant });
    assert_eq!(grant(&test_account.0, &gift(5), at(1)), Ok(Decision::Nothing));
    assert_eq!(grant(&test_account.0, &gift(6), at(1)), Err(Refusal::KeyReused));
    test_account.buy(&bought("cs_1", 1, 0), 2);
    test_account.refund(&given_back("re_1", "cs_1", 1), 3);
    assert_eq!((test_account.balance().granted, test_account.purchased()), (credits(5, 0), credits(0, 0)));
}

#[test]
fn a_job_returns_its_credits_to_each_source() {
    let mut test_account = TestAccount::open();
    test_account.write(grant(&test_account.0.clone(), &Grant { credits: quarters(2), ..gift(0) }, at(0)));
    let pack = Purchase { credits: quarters(9), ..bought("cs_1", 0, 0) };
    test_account.buy(&pack, 0);
    let mut balance = test_account.balance().clone();
    balance.used = quarters(7);
    test_account.0.balance = Some(balance);
    let expected = |sign: &str| {
        [(Source::Allowance, "0.25"), (Source::Granted, "0.5"), (Source::Purchased, "0.25")]
            .map(|(source, credits)| (source, format!("{sign}{credits}")))
    };
    assert_eq!(test_account.take(1, 1), expected("-"));
    assert_eq!(test_account.balance().available(JobKind::Image, &free()).to_string(), "2");
    let lines = test_account.write(cancel(&test_account.0.clone(), at(2)));
    assert_eq!(lines.iter().map(sourced).collect::<Vec<_>>(), expected(""));
    assert_eq!(test_account.balance().available(JobKind::Image, &free()).to_string(), "3");
}

fn quarters(image: u32) -> PerKind<Credits> {
    PerKind { image: Credits::from_quarters(image), video: Credits::ZERO }
}

#[test]
fn a_new_month_expires_reserved_allowance_but_not_purchased_credits() {
    let mut test_account = TestAccount::open();
    test_account.buy(&bought("cs_1", 1, 0), 0);
    let mut jobs = Vec::new();
    for random in 1..=3 {
        test_account.take(1, random);
        jobs.push(test_account.job().clone());
    }
    let next_month = 31 * DAY;
    let mut returned = Vec::new();
    for job in jobs {
        test_account.0.job = Some(job);
        let lines = test_account.write(cancel(&test_account.0.clone(), at(next_month)));
        returned.extend(lines.iter().map(sourced));
    }
    let expected = [(Source::Allowance, "0"), (Source::Allowance, "0"), (Source::Purchased, "1")];
    assert_eq!(returned, expected.map(|(source, credits)| (source, credits.to_owned())));
    assert_eq!((test_account.used(), test_account.purchased()), (counted(0, 0), credits(1, 0)));
    assert_eq!(test_account.balance().period, Period::month_of(at(next_month)));
}

#[test]
fn a_plan_gives_its_allowance_at_once_in_the_middle_of_a_month() {
    let mut test_account = TestAccount::open();
    test_account.take(0, 1);
    let waiting = test_account.job().clone();
    let lines = test_account.begin(&pro("in_1", 0), 10);
    assert_eq!(changes(&lines), [(JobKind::Image, "200".to_owned()), (JobKind::Video, "2".to_owned())]);
    let plan =
        |change| Cause::Plan { payment: "in_1".parse().expect("an id"), plan: "pro".to_owned(), change };
    assert!(lines.iter().all(|line| line.cause == plan(PlanChange::Started)), "{lines:?}");
    assert_eq!(test_account.used(), counted(0, 1), "jobs stay open");
    assert_eq!(test_account.0.plan(&free(), at(10)).video_seconds, 600);
    test_account.take(11, 2);
    test_account.0.job = Some(waiting);
    test_account.write(cancel(&test_account.0.clone(), at(12)));
    assert_eq!(test_account.used(), counted(1, 1), "the allowance of the free month is not returned");
    assert_eq!(
        start_plan(&test_account.0, &pro("in_1", 0), at(13)),
        Ok(Decision::Nothing),
        "it was delivered twice"
    );
    assert_eq!(test_account.used(), counted(1, 1));
    let other = pro("in_1", 1);
    assert_eq!(start_plan(&test_account.0, &other, at(13)), Err(Refusal::KeyReused));
}

#[test]
fn a_paid_plan_keeps_its_terms_across_the_end_of_a_month() {
    let mut test_account = TestAccount::open();
    test_account.begin(&pro("in_1", 0), 0);
    test_account.take(1, 1);
    assert_eq!(at(29 * DAY).month(), at(0).month().end().month(), "another month");
    let poor = Plan { images_per_month: 0, ..free() };
    assert_eq!(
        test_account.balance().at(at(29 * DAY)).allowance_left(JobKind::Image, &poor),
        Credits::whole(199)
    );
    let renewed = test_account.begin(&pro("in_2", 30), 30 * DAY + 5);
    let renewals =
        renewed.iter().filter(|line| matches!(line.cause, Cause::Plan { change: PlanChange::Renewed, .. }));
    assert_eq!(renewals.count(), 2);
    assert_eq!(test_account.balance().allowance_left(JobKind::Image, &poor), Credits::whole(200));
}

#[test]
fn a_plan_without_renewal_ends_with_its_period_and_keeps_purchased_credits() {
    let mut test_account = TestAccount::open();
    test_account.buy(&bought("cs_1", 7, 0), 0);
    test_account.begin(&pro("in_1", 0), 0);
    let after = test_account.balance().at(at(30 * DAY));
    assert_eq!((&after.plan, after.purchased), (&CurrentPlan::Free, credits(7, 0)));
    assert_eq!(after.available(JobKind::Image, &free()), Credits::whole(9));
    let late = test_account.begin(&pro("in_2", 30), 35 * DAY);
    assert!(matches!(late[0].cause, Cause::Plan { change: PlanChange::Renewed, .. }), "{late:?}");
}

#[test]
fn a_late_event_about_an_earlier_period_changes_nothing() {
    let mut test_account = TestAccount::open();
    test_account.begin(&pro("in_2", 30), 30 * DAY);
    assert_eq!(
        start_plan(&test_account.0, &pro("in_1", 20), at(31 * DAY)),
        Ok(Decision::Nothing),
        "a later period has started"
    );
    assert_eq!(
        start_plan(&test_account.0, &pro("in_0", 0), at(31 * DAY)),
        Ok(Decision::Nothing),
        "the period is over"
    );
}

#[test]
fn a_change_of_the_free_plan_applies_at_once() {
    let mut test_account = TestAccount::open();
    test_account.take(0, 1);
    test_account.take(0, 2);
    let exhausted = |free: &Plan| {
        let seen = Snapshot { job: None, ..test_account.0.clone() };
        let new = NewJob { id: JobId::mint(at(1), &[9; 10]), ..new_job(UploadMethod::Upload) };
        accept(&seen, &new, free, at(1)).is_err()
    };
    assert!(exhausted(&free()));
    assert!(!exhausted(&Plan { images_per_month: 3, ..free() }), "in the same month");
}
