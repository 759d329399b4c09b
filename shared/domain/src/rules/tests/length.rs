//! The price of a video by its length, which is known when it has been looked into.

use super::*;
use crate::PerKind;

const DAY: i64 = 24 * 60 * 60;
/// Three half minutes are begun.
const LONG: VideoProperties = VideoProperties { duration_ms: 75_000, ..FOUND };

fn plan(videos_per_month: u32) -> Plan {
    Plan { videos_per_month, video_seconds: 600, ..free() }
}

/// A job whose video has not come; it holds one credit.
fn announced(plan: &Plan) -> TestAccount {
    let mut test_account = TestAccount::open();
    test_account.write(accept(&test_account.0, &new_video(VideoOptions::default()), plan, at(0)));
    assert_eq!(test_account.videos(), counted(1, 1));
    test_account
}

fn look_into(test_account: &TestAccount, plan: &Plan, second: i64) -> Result<Decision, Refusal> {
    admit(&test_account.0, "v1", ProbeOutcome::Readable(LONG), plan, at(second))
}

#[test]
fn the_rest_of_the_price_is_taken_when_the_length_is_known_and_kept_with_the_job() {
    let plan = plan(5);
    let mut test_account = announced(&plan);
    let rest = test_account.line(look_into(&test_account.clone(), &plan, 5));
    assert_eq!((rest, test_account.videos()), (line(Reason::Reserved, "-2"), counted(3, 1)));
    assert_eq!(look_into(&test_account, &plan, 6), Ok(Decision::Nothing), "twice is once");
    test_account.write(start(&test_account.0, WHOLE_JOB, &StartReason::Again, LEASE, at(10)));
    test_account.write(complete(&test_account.0, &output(), Timings::default(), at(20)));
    assert_eq!((test_account.job().state, test_account.videos()), (JobState::Completed, counted(3, 0)));
}

#[test]
fn all_of_the_price_comes_back_and_a_retry_takes_all_of_it() {
    let plan = plan(5);
    let mut test_account = announced(&plan);
    test_account.write(look_into(&test_account, &plan, 5));
    let failed = test_account.line(fail(&test_account.0.clone(), Failure::NoSubject, at(9)));
    assert_eq!((failed, test_account.videos()), (line(Reason::Failed, "3"), counted(0, 0)));
    let again = test_account.line(retry(&test_account.0.clone(), &plan, at(10)));
    assert_eq!((again, test_account.videos()), (line(Reason::Reserved, "-3"), counted(3, 1)));
}

#[test]
fn a_video_that_costs_more_than_there_is_fails_before_any_work_and_its_credit_comes_back() {
    let plan = plan(2);
    let mut test_account = announced(&plan);
    let failed = test_account.line(look_into(&test_account.clone(), &plan, 5));
    assert_eq!((failed, test_account.videos()), (line(Reason::Failed, "1"), counted(0, 0)));
    assert_eq!(test_account.job().failure, Some(Failure::NotEnoughCredits));
    let refused = retry(&test_account.0, &plan, at(6));
    assert!(matches!(refused, Err(Refusal::Exhausted { .. })), "{refused:?}");

    // A shorter part of the same video can be had, and with one credit more all of it.
    let mut shorter = test_account.clone();
    let part = another(&shorter, VideoOptions { until_ms: Some(60_000), ..VideoOptions::default() });
    (shorter.0.job, shorter.0.source_is_held) = (None, true);
    shorter.write(accept(&shorter.0, &part, &plan, at(7)));
    assert_eq!((shorter.job().state, shorter.videos()), (JobState::Queued, counted(2, 1)));
    let credits = PerKind { image: Credits::ZERO, video: Credits::ONE };
    let gift = Grant { grant: "welcome".parse().expect("an id"), credits };
    test_account.write(grant(&test_account.0, &gift, at(7)));
    test_account.write(retry(&test_account.0, &plan, at(8)));
    assert_eq!((test_account.job().state, test_account.videos()), (JobState::Queued, counted(2, 1)));
    assert!(test_account.balance().granted.video.is_zero());
}

#[test]
fn what_was_taken_in_a_period_that_is_over_does_not_come_back_and_the_rest_does() {
    let plan = plan(5);
    let mut test_account = announced(&plan);
    let next_month = 20 * DAY;
    test_account.write(look_into(&test_account, &plan, next_month));
    assert_eq!(test_account.videos(), counted(2, 1), "one was of the month before");
    let failed = test_account.line(fail(&test_account.0.clone(), Failure::NoSubject, at(next_month + 1)));
    assert_eq!((failed, test_account.videos()), (line(Reason::Failed, "2"), counted(0, 0)));
}

#[test]
fn half_a_minute_changes_nothing_when_it_is_looked_into() {
    let test_account = announced(&plan(1));
    for duration_ms in [1, 30_000, 30_100] {
        let found = ProbeOutcome::Readable(VideoProperties { duration_ms, ..FOUND });
        let Ok(Decision::Write(change)) = admit(&test_account.0, "v1", found, &plan(1), at(5)) else {
            panic!("it is queued")
        };
        assert_eq!((change.balance, change.entries), (None, Vec::new()), "{duration_ms}");
    }
}

#[test]
fn a_video_without_a_readable_part_is_not_tried_again() {
    let short = Plan { video_seconds: 30, ..plan(5) };
    for outcome in [ProbeOutcome::Readable(LONG), ProbeOutcome::Unsuitable(Failure::UnreadableVideo)] {
        let mut test_account = announced(&short);
        test_account.write(admit(&test_account.0, "v1", outcome, &short, at(5)));
        assert_eq!(test_account.job().state, JobState::Failed);
        assert_eq!(
            retry(&test_account.0, &plan(5), at(6)),
            Err(Refusal::NoUpload),
            "no machine starts for it"
        );
        assert_eq!(test_account.videos(), counted(0, 0));
    }
}
