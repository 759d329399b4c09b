//! The price of a video by its length, which is known after the probe.

use super::*;
use crate::PerKind;

const DAY: i64 = 24 * 60 * 60;
/// Costs three credits.
const LONG: VideoProperties = VideoProperties { duration_ms: 75_000, ..FOUND };

fn plan(videos_per_month: u32) -> Plan {
    Plan { videos_per_month, video_seconds: 600, ..free() }
}

/// A job whose video has not been uploaded; it holds one credit.
fn pending(plan: &Plan) -> TestAccount {
    let mut test_account = TestAccount::open();
    test_account.write(accept(&test_account.0, &new_video(VideoOptions::default()), plan, at(0)));
    assert_eq!(test_account.videos(), counted(1, 1));
    test_account
}

fn admit_long(test_account: &TestAccount, plan: &Plan, second: i64) -> Result<Decision, Refusal> {
    admit(&test_account.0, "v1", ProbeOutcome::Readable(LONG), plan, at(second))
}

#[test]
fn the_rest_of_the_price_is_reserved_when_the_length_is_known() {
    let plan = plan(5);
    let mut test_account = pending(&plan);
    let rest = test_account.line(admit_long(&test_account.clone(), &plan, 5));
    assert_eq!((rest, test_account.videos()), (line(Reason::Reserved, "-2"), counted(3, 1)));
    assert_eq!(admit_long(&test_account, &plan, 6), Ok(Decision::Nothing), "twice is once");
    test_account.write(start(&test_account.0, WHOLE_JOB, &StartReason::Again, LEASE, at(10)));
    test_account.write(complete(&test_account.0, &output(), Timings::default(), at(20)));
    assert_eq!((test_account.job().state, test_account.videos()), (JobState::Completed, counted(3, 0)));
}

#[test]
fn a_failure_returns_the_whole_price_and_a_retry_reserves_it_again() {
    let plan = plan(5);
    let mut test_account = pending(&plan);
    test_account.write(admit_long(&test_account, &plan, 5));
    let failed = test_account.line(fail(&test_account.0.clone(), Failure::NoSubject, at(9)));
    assert_eq!((failed, test_account.videos()), (line(Reason::Failed, "3"), counted(0, 0)));
    let again = test_account.line(retry(&test_account.0.clone(), &plan, at(10)));
    assert_eq!((again, test_account.videos()), (line(Reason::Reserved, "-3"), counted(3, 1)));
}

#[test]
fn a_video_that_costs_too_much_fails_before_any_work_and_returns_its_credit() {
    let plan = plan(2);
    let mut test_account = pending(&plan);
    let failed = test_account.line(admit_long(&test_account.clone(), &plan, 5));
    assert_eq!((failed, test_account.videos()), (line(Reason::Failed, "1"), counted(0, 0)));
    assert_eq!(test_account.job().failure, Some(Failure::NotEnoughCredits));
    let refused = retry(&test_account.0, &plan, at(6));
    assert!(matches!(refused, Err(Refusal::Exhausted { .. })), "{refused:?}");

    // A shorter part of the same video is affordable, and with one more credit the whole video is.
    let mut shorter = test_account.clone();
    let part = reuse(&shorter, VideoOptions { until_ms: Some(60_000), ..VideoOptions::default() });
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
fn only_the_allowance_of_the_current_period_is_returned() {
    let plan = plan(5);
    let mut test_account = pending(&plan);
    let next_month = 20 * DAY;
    test_account.write(admit_long(&test_account, &plan, next_month));
    assert_eq!(test_account.videos(), counted(2, 1), "one credit was of the previous month");
    let failed = test_account.line(fail(&test_account.0.clone(), Failure::NoSubject, at(next_month + 1)));
    assert_eq!((failed, test_account.videos()), (line(Reason::Failed, "2"), counted(0, 0)));
}

#[test]
fn half_a_minute_costs_no_more_than_the_first_credit() {
    let test_account = pending(&plan(1));
    for duration_ms in [1, 30_000, 30_100] {
        let found = ProbeOutcome::Readable(VideoProperties { duration_ms, ..FOUND });
        let Ok(Decision::Write(change)) = admit(&test_account.0, "v1", found, &plan(1), at(5)) else {
            panic!("the job is queued")
        };
        assert_eq!((change.balance, change.entries), (None, Vec::new()), "{duration_ms}");
    }
}

#[test]
fn a_video_without_a_readable_part_cannot_be_retried() {
    let short = Plan { video_seconds: 30, ..plan(5) };
    for outcome in [ProbeOutcome::Readable(LONG), ProbeOutcome::Unsuitable(Failure::UnreadableVideo)] {
        let mut test_account = pending(&short);
        test_account.write(admit(&test_account.0, "v1", outcome, &short, at(5)));
        assert_eq!(test_account.job().state, JobState::Failed);
        assert_eq!(
            retry(&test_account.0, &plan(5), at(6)),
            Err(Refusal::NoUpload),
            "no machine is started for it"
        );
        assert_eq!(test_account.videos(), counted(0, 0));
    }
}
