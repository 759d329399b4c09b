//! The daily limit on jobs that cost the account nothing.

use super::*;
use crate::PerKind;

/// As [`free`]: ten jobs for the allowance of two, and twenty more.
const LIMIT: u32 = 30;

fn limit_reached() -> Refusal {
    Refusal::DailyLimit { limit: LIMIT, ends_at: at(0).next_midnight() }
}

impl TestAccount {
    fn accept_new(&mut self, new: &NewJob, second: i64) -> Result<Decision, Refusal> {
        self.0.job = None;
        accept(&self.0, new, &free(), at(second))
    }

    /// Accepts jobs and cancels each.
    fn cancel_new(&mut self, new: &NewJob, times: u32) {
        for _ in 0..times {
            let decision = self.accept_new(new, 0);
            self.write(decision);
            self.write(cancel(&self.0, at(0)));
        }
    }

    fn uncharged(&self, kind: JobKind) -> u32 {
        self.balance().uncharged.count(kind)
    }
}

#[test]
fn cancelled_jobs_are_refused_until_the_next_day() {
    let (mut test_account, new) = (TestAccount::open(), new_job(UploadMethod::Upload));
    test_account.cancel_new(&new, LIMIT);
    assert_eq!(test_account.used(), counted(0, 0), "every credit was returned");
    assert_eq!(test_account.accept_new(&new, 1), Err(limit_reached()));
    assert_eq!(check_new_job(&test_account.0, &new.options, &free(), at(1)), Err(limit_reached()));
    assert!(
        test_account.accept_new(&new_video(VideoOptions::default()), 1).is_ok(),
        "each kind has its limit"
    );
    let next_day = (at(0).next_midnight().millis() - at(0).millis()) / 1000;
    assert!(test_account.accept_new(&new, next_day - 1).is_err());
    let decision = test_account.accept_new(&new, next_day);
    test_account.write(decision);
    test_account.write(cancel(&test_account.0, at(next_day)));
    assert_eq!(test_account.uncharged(JobKind::Image), 1);
}

#[test]
fn a_cancelled_video_cannot_be_retried_for_ever() {
    let mut test_account = TestAccount::queued_video(VideoOptions::default(), FOUND);
    for _ in 1..LIMIT {
        test_account.write(cancel(&test_account.0, at(10)));
        test_account.write(retry(&test_account.0, &free(), at(11)));
    }
    test_account.write(cancel(&test_account.0, at(12)));
    assert_eq!(test_account.videos(), counted(0, 0));
    assert_eq!(retry(&test_account.0, &free(), at(13)), Err(limit_reached()));
}

#[test]
fn free_previews_count_although_they_complete() {
    let mut test_account = TestAccount::open();
    let preview = VideoOptions { preview: true, ..VideoOptions::default() };
    for _ in 0..3 {
        test_account.0.job = None;
        test_account.write(accept(&test_account.0, &new_video(preview.clone()), &free(), at(0)));
        test_account.write(admit(&test_account.0, "v1", ProbeOutcome::Readable(FOUND), &free(), at(5)));
        test_account.write(start(&test_account.0, WHOLE_JOB, &StartReason::Again, LEASE, at(10)));
        test_account.write(complete(&test_account.0, &output(), Timings::default(), at(20)));
    }
    assert_eq!((test_account.videos(), test_account.uncharged(JobKind::Video)), (counted(0, 0), 3));
}

#[test]
fn a_charged_job_does_not_count_and_makes_up_for_a_failed_one() {
    let mut test_account = TestAccount::open();
    test_account.cancel_new(&new_job(UploadMethod::Upload), 2);
    test_account.accept(UploadMethod::Upload);
    assert_eq!(test_account.uncharged(JobKind::Image), 2, "an open job may still be charged");
    let decision = test_account.start("v1", 1);
    test_account.write(decision);
    test_account.write(complete(&test_account.0, &output(), Timings::default(), at(2)));
    assert_eq!((test_account.used(), test_account.uncharged(JobKind::Image)), (counted(1, 0), 1));
}

#[test]
fn a_download_that_leads_to_no_job_counts() {
    let (mut test_account, new) = (TestAccount::open(), new_job(UploadMethod::Direct(LEASE)));
    for second in 0..i64::from(LIMIT) {
        assert_eq!(check_new_job(&test_account.0, &new.options, &free(), at(second)), Ok(()));
        test_account.write(download_failed(&test_account.0, &new.options, at(second)));
    }
    assert_eq!(test_account.used(), counted(0, 0));
    assert_eq!(check_new_job(&test_account.0, &new.options, &free(), at(1)), Err(limit_reached()));
    test_account.0.account = None;
    assert_eq!(check_new_job(&test_account.0, &new.options, &free(), at(1)), Err(Refusal::NoAccount));
    assert_eq!(download_failed(&test_account.0, &new.options, at(1)), Err(Refusal::NoAccount));
}

#[test]
fn the_error_names_the_limit_that_lasts_longest() {
    let (mut test_account, new) = (TestAccount::open(), new_job(UploadMethod::Upload));
    test_account.cancel_new(&new, LIMIT);
    let balance = test_account.0.balance.as_mut().expect("a balance");
    balance.open_jobs = 5;
    assert_eq!(test_account.accept_new(&new, 1), Err(limit_reached()));
    let balance = test_account.0.balance.as_mut().expect("a balance");
    balance.used = PerKind { image: Credits::whole(2), video: Credits::ZERO };
    assert!(matches!(test_account.accept_new(&new, 1), Err(Refusal::Exhausted { .. })));
}
