//! Events about the end of jobs, and the emails about them, which are sent once.

use super::*;
use crate::event::{EVENT_KEPT, EventKind};
use crate::record::Effect;

fn notify() -> VideoOptions {
    VideoOptions { notify: true, ..VideoOptions::default() }
}

/// The events of a decision.
fn events(decision: Result<Decision, Refusal>) -> Vec<Event> {
    match decision.expect("allowed") {
        Decision::Write(change) => change.events,
        Decision::Nothing | Decision::Earlier(_) => Vec::new(),
    }
}

/// The final state in the only event of a decision.
fn end(decision: Result<Decision, Refusal>) -> JobState {
    let [event] = &events(decision)[..] else { panic!("one event") };
    let EventKind::JobEnded { state, .. } = event.kind else { panic!("{event:?}") };
    state
}

#[test]
fn a_job_that_ends_without_its_owner_causes_an_event() {
    let queued = TestAccount::queued_video(notify(), FOUND);
    let mut working = queued.clone();
    working.write(start(&working.0, WHOLE_JOB, &StartReason::Again, LEASE, at(10)));
    assert_eq!(end(complete(&working.0, &output(), Timings::default(), at(20))), JobState::Completed);
    assert_eq!(end(fail_attempt(&working.0, claim(1), Failure::TookTooLong, at(20))), JobState::Failed);
    assert_eq!(end(lose(&queued.0, 0, at(20))), JobState::Failed);
    assert_eq!(end(sweep(&queued.0, at(7 * 60 * 60))), JobState::Failed, "no worker finished it");
    let mut waiting = TestAccount::open();
    waiting.write(accept(&waiting.0, &new_video(notify()), &free(), at(0)));
    let refused = ProbeOutcome::Unsuitable(Failure::NoVideo);
    assert_eq!(end(admit(&waiting.0, "v", refused, &free(), at(5))), JobState::Failed);

    assert_eq!(events(cancel(&queued.0, at(20))), [], "its owner cancelled it");
    assert_eq!(events(sweep(&waiting.0, at(3 * 24 * 60 * 60))), [], "its owner never sent it");
    assert_eq!(
        events(start(&queued.0, WHOLE_JOB, &StartReason::Again, LEASE, at(10))),
        [],
        "it has not ended"
    );
}

#[test]
fn a_job_without_notification_causes_no_event() {
    let preview = VideoOptions { preview: true, ..notify() };
    for options in [VideoOptions::default(), preview] {
        let test_account = TestAccount::queued_video(options, FOUND);
        assert_eq!(events(fail(&test_account.0, Failure::NoSubject, at(9))), []);
    }
    let mut picture = TestAccount::open();
    picture.accept(UploadMethod::Upload);
    assert_eq!(events(fail(&picture.0, Failure::NoSubject, at(9))), []);
}

#[test]
fn each_try_of_a_job_causes_one_event() {
    let mut test_account = TestAccount::queued_video(notify(), FOUND);
    let mut ids = Vec::new();
    for second in [10, 20] {
        let ended = lose(&test_account.0, test_account.job().retries, at(second));
        ids.extend(events(ended.clone()).iter().map(Event::id));
        test_account.write(ended);
        assert_eq!(events(lose(&test_account.0, test_account.job().retries, at(second))), []);
        test_account.write(retry(&test_account.0, &free(), at(second + 1)));
    }
    let job = test_account.job().id.clone();
    assert_eq!(ids, [format!("job_ended#{job}#0"), format!("job_ended#{job}#1")]);
}

#[test]
fn an_event_survives_a_round_trip_through_json() {
    let test_account = TestAccount::queued_video(notify(), FOUND);
    for event in events(fail(&test_account.0, Failure::NoSubject, at(9))) {
        let json = serde_json::to_value(&event).expect("JSON");
        assert_eq!(json["kind"]["type"], "job_ended");
        assert_eq!(serde_json::from_value::<Event>(json).expect("an event"), event);
    }
}

/// An account with a failed video, and the event about it.
fn failed() -> (TestAccount, Event) {
    let mut test_account = TestAccount::queued_video(notify(), FOUND);
    let failed = fail(&test_account.0, Failure::NoSubject, at(9));
    let event = events(failed.clone()).remove(0);
    test_account.write(failed);
    (test_account, event)
}

#[test]
fn an_email_is_due_until_it_has_been_sent() {
    let (mut test_account, event) = failed();
    let (account, subject) = mail_due(&test_account.0, &event, at(10)).expect("due");
    assert_eq!((account.email.as_str(), subject), ("ada@example.org", MailSubject::Job(test_account.job())));
    test_account.write(mail_sent(&test_account.0, &event, at(11)));
    assert_eq!(mail_due(&test_account.0, &event, at(12)), None);
    assert_eq!(mail_sent(&test_account.0, &event, at(12)), Ok(Decision::Nothing));
    let [record] = &test_account.0.records[..] else { panic!("one record") };
    assert_eq!((&record.key, &record.effect), (&mail_scope(&event).records[0], &Effect::Mailed));
    assert_eq!(record.until, Some(at(11).plus(EVENT_KEPT)), "as long as the event can be redelivered");
}

#[test]
fn no_email_is_due_about_a_deleted_or_retried_job() {
    let (test_account, event) = failed();
    let mut tried_again = test_account.clone();
    tried_again.write(retry(&tried_again.0, &free(), at(10)));
    assert_eq!(mail_due(&tried_again.0, &event, at(11)), None);
    let mut deleted = test_account.clone();
    deleted.0.job = None;
    assert_eq!(mail_due(&deleted.0, &event, at(11)), None);
    let mut left = test_account;
    left.0.account = None;
    assert_eq!(mail_due(&left.0, &event, at(11)), None);
    assert_eq!(mail_sent(&left.0, &event, at(11)), Err(Refusal::NoAccount));
}
