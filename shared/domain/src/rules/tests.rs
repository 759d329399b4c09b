//! Sequences of rules on one account. Payments are in `money`, events and emails in `events`, the price of long
//! videos in `length`, jobs of several pieces in `pieces`, and jobs that cost nothing in `daily_limit`.

mod daily_limit;
mod events;
mod length;
mod money;
mod pieces;

use std::time::Duration;

use super::*;
use crate::credits::{Cause, Reason};
use crate::job::{Claim, Output, Timings, VideoProgress, WHOLE_JOB};
use crate::storage_key::Deletions;
use crate::upload::DeclaredUpload;
use crate::{AccountId, Credits, Failure, ImageOptions, Language, Plan, VideoOptions};

const LEASE: Duration = Duration::from_secs(60);

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + second * 1000)
}

fn free() -> Plan {
    Plan { images_per_month: 2, jobs_at_once: 5, ..Plan::default() }
}

/// Credits and open jobs, as [`TestAccount::used`] and [`TestAccount::videos`] return them.
fn counted(credits: u32, open_jobs: u32) -> (Credits, u32) {
    (Credits::whole(credits), open_jobs)
}

/// An account's rows in memory. It writes decisions like `Transactions::apply`, without a table.
#[derive(Clone)]
struct TestAccount(Snapshot);

const fn claim(attempt: u32) -> Claim {
    Claim { piece: WHOLE_JOB, attempt }
}

impl TestAccount {
    fn open() -> Self {
        let account = Account {
            id: "a-1".parse::<AccountId>().expect("a name"),
            email: "ada@example.org".to_owned(),
            language: Language::ENGLISH,
            created_at: at(0),
        };
        Self(Snapshot {
            account: Some(account),
            balance: None,
            job: None,
            records: Vec::new(),
            source_is_held: false,
        })
    }

    fn write(&mut self, decision: Result<Decision, Refusal>) -> Vec<LedgerEntry> {
        match decision.expect("allowed") {
            Decision::Nothing | Decision::Earlier(_) => Vec::new(),
            Decision::Write(change) => {
                let Change { job, balance, entries, records, events: _ } = *change;
                self.0.job = job.or(self.0.job.take());
                self.0.balance = balance.or(self.0.balance.take());
                for record in records {
                    self.0.records.retain(|earlier| earlier.key != record.key);
                    self.0.records.push(record);
                }
                entries
            }
        }
    }

    /// Writes a decision with one line of the ledger about a job; returns the line's reason and credits.
    fn line(&mut self, decision: Result<Decision, Refusal>) -> (Reason, String) {
        let [line] = &self.write(decision)[..] else { panic!("one line") };
        let Cause::Job { job, reason, .. } = &line.cause else { panic!("about a job: {line:?}") };
        assert_eq!((job, line.kind), (&self.job().id, self.job().kind));
        (*reason, line.credits.to_string())
    }

    fn accept(&mut self, upload_method: UploadMethod) {
        self.0.job = None;
        let decision = accept(&self.0, &new_job(upload_method), &free(), at(0));
        assert_eq!(self.line(decision), (Reason::Reserved, "-1".to_owned()));
    }

    fn start(&mut self, version: &str, second: i64) -> Result<Decision, Refusal> {
        start(&self.0, WHOLE_JOB, &StartReason::Upload { version: version.to_owned() }, LEASE, at(second))
    }

    fn job(&self) -> &Job {
        self.0.job.as_ref().expect("a job")
    }

    fn balance(&self) -> &Balance {
        self.0.balance.as_ref().expect("a balance")
    }

    /// The used credits for pictures, and the number of open jobs.
    fn used(&self) -> (Credits, u32) {
        (self.balance().used.image, self.balance().open_jobs)
    }
}

fn new_job(upload_method: UploadMethod) -> NewJob {
    NewJob {
        id: JobId::mint(at(0), &[1; 10]),
        account: "a-1".parse().expect("a name"),
        options: ImageOptions::default().into(),
        declared: DeclaredUpload::check("cat.png", "image/png", 10, &Plan::default()).expect("fine"),
        upload_method,
        request: None,
    }
}

fn line(reason: Reason, credits: &str) -> (Reason, String) {
    (reason, credits.to_owned())
}

fn output() -> Output {
    Output {
        media_type: "image/png".to_owned(),
        extension: "png".to_owned(),
        size_bytes: 9,
        width: 3,
        height: 2,
        stored: true,
    }
}

fn new_video(options: VideoOptions) -> NewJob {
    let declared = DeclaredUpload::check_video("walk.mp4", "video/mp4", 10, &Plan::default()).expect("fine");
    NewJob { options: options.into(), declared, ..new_job(UploadMethod::Multipart) }
}

const FOUND: VideoProperties = VideoProperties { width: 1280, height: 720, duration_ms: 20_000, frames: 500 };

impl TestAccount {
    /// An account with an uploaded video that waits for a worker.
    fn queued_video(options: VideoOptions, found: VideoProperties) -> Self {
        let mut test_account = Self::open();
        test_account.write(accept(&test_account.0, &new_video(options), &free(), at(0)));
        test_account.write(admit(&test_account.0, "v1", ProbeOutcome::Readable(found), &free(), at(5)));
        test_account
    }

    /// The used credits for videos, and the number of open jobs.
    fn videos(&self) -> (Credits, u32) {
        (self.balance().used.video, self.balance().open_jobs)
    }
}

#[test]
fn a_video_is_admitted_once_and_shows_the_progress_of_its_worker() {
    let mut test_account = TestAccount::queued_video(VideoOptions::default(), FOUND);
    assert_eq!((test_account.job().state, test_account.videos()), (JobState::Queued, counted(1, 1)));
    let clip = test_account.job().input.clip.expect("a clip");
    assert_eq!((clip.from_ms, clip.until_ms), (0, 20_000));
    let twice = admit(&test_account.0, "v1", ProbeOutcome::Readable(FOUND), &free(), at(6));
    assert_eq!(twice, Ok(Decision::Nothing), "the event was delivered twice");

    test_account.write(start(&test_account.0, WHOLE_JOB, &StartReason::Again, LEASE, at(10)));
    let work = |frames| VideoProgress { frames, of: 500, per_10_s: 50, left_s: Some(9) };
    test_account.write(advance(&test_account.0, claim(1), work(250), LEASE, at(20)));
    assert_eq!((test_account.job().progress, test_account.job().work), (50, Some(work(250))));
    assert_eq!(test_account.job().next_expiry(), Some(at(80)), "a report of progress extends the lease");
    assert_eq!(
        advance(&test_account.0, claim(2), work(9), LEASE, at(21)),
        Ok(Decision::Nothing),
        "another attempt"
    );

    test_account.write(hand_over(&test_account.0, claim(1), at(30)));
    test_account.write(start(&test_account.0, WHOLE_JOB, &StartReason::Again, LEASE, at(31)));
    assert_eq!(test_account.job().attempts(), 2, "the next worker does not wait for the lease");
    assert_eq!(
        advance(&test_account.0, claim(1), work(9), LEASE, at(32)),
        Ok(Decision::Nothing),
        "the first worker no longer holds the piece"
    );
    test_account.write(advance(&test_account.0, claim(2), work(100), LEASE, at(33)));
    assert_eq!(test_account.job().progress, 50, "progress never decreases");
    test_account.write(cancel(&test_account.0, at(34)));
    assert_eq!(
        advance(&test_account.0, claim(2), work(9), LEASE, at(35)),
        Ok(Decision::Nothing),
        "it was cancelled"
    );
    assert_eq!(test_account.videos(), counted(0, 0));
}

#[test]
fn an_unsuitable_video_returns_its_credit() {
    let long = VideoProperties { duration_ms: 36_000_000, ..FOUND };
    let test_account = TestAccount::queued_video(VideoOptions::default(), long);
    assert_eq!(
        (test_account.job().state, test_account.job().failure),
        (JobState::Failed, Some(Failure::VideoTooLong))
    );
    assert_eq!(test_account.videos(), counted(0, 0));
    let trimmed = VideoOptions { from_ms: 60_000, until_ms: Some(90_000), ..VideoOptions::default() };
    assert_eq!(
        TestAccount::queued_video(trimmed, long).job().state,
        JobState::Queued,
        "its part is short enough"
    );
    let out_of_range = VideoOptions { from_ms: 20_000, ..VideoOptions::default() };
    assert_eq!(
        TestAccount::queued_video(out_of_range, FOUND).job().failure,
        Some(Failure::UnsuitableOptions)
    );

    let mut test_account = TestAccount::open();
    test_account.write(accept(&test_account.0, &new_video(VideoOptions::default()), &free(), at(0)));
    test_account.write(admit(
        &test_account.0,
        "v",
        ProbeOutcome::Unsuitable(Failure::NoVideo),
        &free(),
        at(5),
    ));
    assert_eq!((test_account.job().failure, test_account.videos()), (Some(Failure::NoVideo), counted(0, 0)));
}

#[test]
fn a_preview_costs_nothing_and_returns_nothing() {
    let preview = VideoOptions { preview: true, ..VideoOptions::default() };
    let mut test_account =
        TestAccount::queued_video(preview, VideoProperties { duration_ms: 36_000_000, ..FOUND });
    assert_eq!((test_account.job().state, test_account.videos()), (JobState::Queued, counted(0, 1)));
    assert_eq!(test_account.job().input.clip.map(|clip| clip.until_ms), Some(3_000));
    let failed = test_account.line(fail(&test_account.0.clone(), Failure::NoSubject, at(9)));
    assert_eq!((failed, test_account.videos()), (line(Reason::Failed, "0"), counted(0, 0)));
}

#[test]
fn a_multipart_upload_keeps_its_first_id() {
    let mut test_account = TestAccount::open();
    test_account.write(accept(&test_account.0, &new_video(VideoOptions::default()), &free(), at(0)));
    assert!(test_account.job().due_at > Some(at(3600)), "it may take hours");
    test_account.write(open_multipart(&test_account.0, "one", at(1)));
    assert_eq!(open_multipart(&test_account.0, "two", at(2)), Ok(Decision::Nothing));
    assert_eq!(test_account.job().input.multipart.as_deref(), Some("one"));
    test_account.write(admit(&test_account.0, "v1", ProbeOutcome::Readable(FOUND), &free(), at(5)));
    assert!(matches!(open_multipart(&test_account.0, "three", at(6)), Err(Refusal::WrongState { .. })));
}

/// A job that reuses the video of an earlier one.
fn reuse(test_account: &TestAccount, options: VideoOptions) -> NewJob {
    let source = Source::of(test_account.job()).expect("a video");
    NewJob {
        id: JobId::mint(at(60), &[2; 10]),
        upload_method: UploadMethod::Earlier(source),
        ..new_video(options)
    }
}

#[test]
fn a_job_with_the_video_of_an_earlier_one_is_queued_at_once() {
    let mut test_account =
        TestAccount::queued_video(VideoOptions { preview: true, ..VideoOptions::default() }, FOUND);
    let first = test_account.job().clone();
    let second = reuse(&test_account, VideoOptions { from_ms: 2_000, ..VideoOptions::default() });
    test_account.0.job = None;
    assert_eq!(
        accept(&test_account.0, &second, &free(), at(60)),
        Err(Refusal::SourceGone),
        "the video is no longer stored"
    );
    test_account.0.source_is_held = true;
    test_account.write(accept(&test_account.0, &second, &free(), at(60)));
    let job = test_account.job();
    assert_eq!((job.state, &job.input.version), (JobState::Queued, &first.input.version));
    assert_eq!((job.source(), job.source_key()), (&first.id, first.source_key()));
    let clip = job.input.clip.expect("a clip");
    assert_eq!(
        (clip.from_ms, clip.until_ms, clip.frames),
        (2_000, 20_000, FOUND.frames),
        "each job has its own part"
    );
    assert_eq!(job.due_at, Some(at(60).plus(MAX_QUEUED)));
    assert_eq!(test_account.videos(), counted(1, 2), "it costs a credit");

    let third = Source::of(job).expect("a video");
    assert_eq!(third.job, first.id, "the source is always the job of the upload");
    let twice = admit(&test_account.0, "v1", ProbeOutcome::Readable(FOUND), &free(), at(61));
    assert_eq!(twice, Ok(Decision::Nothing), "a late event about the file");
    test_account.write(cancel(&test_account.0, at(62)));
    assert_eq!(test_account.videos(), counted(0, 1));
    test_account.write(retry(&test_account.0, &free(), at(63)));
    assert_eq!((test_account.job().state, test_account.job().source()), (JobState::Queued, &first.id));
}

#[test]
fn an_unsuitable_part_of_an_earlier_video_costs_nothing() {
    let long = VideoProperties { duration_ms: 36_000_000, ..FOUND };
    let mut test_account =
        TestAccount::queued_video(VideoOptions { preview: true, ..VideoOptions::default() }, long);
    let whole = reuse(&test_account, VideoOptions::default());
    let behind =
        reuse(&test_account, VideoOptions { from_ms: u64::MAX, preview: true, ..VideoOptions::default() });
    (test_account.0.job, test_account.0.source_is_held) = (None, true);
    let refused = |failure| Err(Refusal::Unsuitable(failure));
    assert_eq!(accept(&test_account.0, &whole, &free(), at(60)), refused(Failure::VideoTooLong));
    assert_eq!(accept(&test_account.0, &behind, &free(), at(60)), refused(Failure::UnsuitableOptions));
    assert_eq!(test_account.videos(), counted(0, 1));
}

#[test]
fn a_missing_or_rejected_video_is_not_a_source() {
    let mut test_account = TestAccount::open();
    test_account.write(accept(&test_account.0, &new_video(VideoOptions::default()), &free(), at(0)));
    assert_eq!(Source::of(test_account.job()), None);
    test_account.write(admit(
        &test_account.0,
        "v",
        ProbeOutcome::Unsuitable(Failure::NoVideo),
        &free(),
        at(5),
    ));
    assert_eq!(Source::of(test_account.job()), None);
}

#[test]
fn a_video_is_deleted_with_the_last_job_that_needs_it() {
    let mut test_account = TestAccount::queued_video(VideoOptions::default(), FOUND);
    let first = test_account.job().clone();
    let second = reuse(&test_account, VideoOptions::default());
    (test_account.0.job, test_account.0.source_is_held) = (None, true);
    test_account.write(accept(&test_account.0, &second, &free(), at(60)));
    let second = test_account.job().clone();
    let is_deleted = |job: &Job, is_needed, file: &str| {
        let Deletions { folders, files } = Deletions::of(job, is_needed);
        folders.iter().any(|folder| file.starts_with(folder)) || files.iter().any(|one| one == file)
    };
    for (job, is_needed) in [(&first, true), (&first, false), (&second, true), (&second, false)] {
        assert_eq!(is_deleted(job, is_needed, &first.source_key()), !is_needed, "{} {is_needed}", job.id);
        for own in ["results/a-1/JOB/cutout.webm", "videos/a-1/JOB/backdrop", "uploads/a-1/JOB/source"] {
            let own = own.replace("JOB", job.id.as_ref());
            assert!(is_deleted(job, is_needed, &own), "{own} {is_needed}");
        }
    }
    assert!(!is_deleted(&first, false, &format!("results/a-1/{}/cutout.webm", second.id)));
    assert!(!is_deleted(&second, false, &format!("results/a-1/{}/cutout.webm", first.id)));
}

#[test]
fn a_file_expires_by_the_age_of_the_job_that_it_was_uploaded_for() {
    let day = Duration::from_secs(24 * 60 * 60);
    let mut test_account = TestAccount::queued_video(VideoOptions::default(), FOUND);
    assert!(
        test_account.job().source_is_kept(at(86_399), day)
            && !test_account.job().source_is_kept(at(86_400), day)
    );
    let second = reuse(&test_account, VideoOptions::default());
    (test_account.0.job, test_account.0.source_is_held) = (None, true);
    test_account.write(accept(&test_account.0, &second, &free(), at(86_000)));
    assert!(!test_account.job().source_is_kept(at(86_400), day));
    test_account.write(accept(&TestAccount::open().0, &new_video(VideoOptions::default()), &free(), at(0)));
    assert!(!test_account.job().source_is_kept(at(1), day), "it has not been uploaded");
}

#[test]
fn a_completed_job_uses_its_credit() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    assert_eq!((test_account.job().state, test_account.used()), (JobState::Pending, counted(1, 1)));
    let started = test_account.start("v1", 5);
    test_account.write(started);
    assert_eq!((test_account.job().state, test_account.job().attempts()), (JobState::Processing, 1));
    let kept = test_account.line(complete(&test_account.0.clone(), &output(), Timings::default(), at(7)));
    assert_eq!(kept, line(Reason::Kept, "0"));
    assert_eq!(
        (test_account.job().state, test_account.job().progress, test_account.used()),
        (JobState::Completed, 100, counted(1, 0))
    );
    assert_eq!(test_account.job().due_at, None);
}

#[test]
fn every_written_attempt_adds_its_cost() {
    let mut test_account = TestAccount::queued_video(VideoOptions::default(), FOUND);
    test_account.write(start(&test_account.0, WHOLE_JOB, &StartReason::Again, LEASE, at(10)));
    assert_eq!(test_account.job().cost_micro_usd, None);
    test_account
        .write(hand_over(&test_account.0, claim(1), at(20)).map(|decision| decision.with_cost(Some(40))));
    test_account.write(start(&test_account.0, WHOLE_JOB, &StartReason::Again, LEASE, at(31)));
    test_account.write(
        fail(&test_account.0, Failure::TookTooLong, at(40)).map(|decision| decision.with_cost(Some(2))),
    );
    test_account.write(
        fail(&test_account.0, Failure::TookTooLong, at(41)).map(|decision| decision.with_cost(Some(9))),
    );
    assert_eq!(test_account.job().cost_micro_usd, Some(42), "the second failure came too late");
    test_account.write(retry(&test_account.0, &free(), at(50)));
    test_account.write(start(&test_account.0, WHOLE_JOB, &StartReason::Again, LEASE, at(60)));
    let done = complete(&test_account.0, &output(), Timings::default(), at(70));
    test_account.write(done.map(|decision| decision.with_cost(None)));
    assert_eq!(test_account.job().cost_micro_usd, Some(42), "the cost of the last attempt is unknown");
}

#[test]
fn a_failed_job_returns_its_credit_once() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    let started = test_account.start("v1", 5);
    test_account.write(started);
    let failed = test_account.line(fail(&test_account.0.clone(), Failure::NoSubject, at(6)));
    assert_eq!(failed, line(Reason::Failed, "1"));
    assert_eq!((test_account.job().failure, test_account.used()), (Some(Failure::NoSubject), counted(0, 0)));
    assert_eq!(fail(&test_account.0, Failure::WorkerLost, at(7)), Ok(Decision::Nothing));
    assert_eq!(complete(&test_account.0, &output(), Timings::default(), at(8)), Ok(Decision::Nothing));
    assert_eq!(test_account.start("v1", 9), Ok(Decision::Nothing));
}

#[test]
fn a_late_worker_does_not_fail_the_job_of_the_next_one() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    let first = test_account.start("v1", 5);
    test_account.write(first);
    let second = test_account.start("v1", 5 + 60);
    test_account.write(second);
    assert_eq!(fail_attempt(&test_account.0, claim(1), Failure::WorkerLost, at(70)), Ok(Decision::Nothing));
    test_account.write(fail_attempt(&test_account.0.clone(), claim(2), Failure::NoSubject, at(71)));
    assert_eq!((test_account.job().failure, test_account.used()), (Some(Failure::NoSubject), counted(0, 0)));
    assert_eq!(fail_attempt(&test_account.0, claim(2), Failure::NoSubject, at(72)), Ok(Decision::Nothing));
}

#[test]
fn a_repeated_event_is_rejected_during_the_lease_and_does_nothing_afterwards() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    let started = test_account.start("v1", 5);
    test_account.write(started);
    assert_eq!(test_account.start("v1", 6), Err(Refusal::Leased { until: at(5).plus(LEASE) }));
    test_account.write(complete(&test_account.0.clone(), &output(), Timings::default(), at(7)));
    assert_eq!(test_account.start("v1", 8), Ok(Decision::Nothing));
}

#[test]
fn another_worker_takes_over_after_the_lease() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    let started = test_account.start("v1", 5);
    test_account.write(started);
    let taken_over = test_account.start("v1", 66);
    test_account.write(taken_over);
    assert_eq!((test_account.job().attempts(), test_account.used()), (2, counted(1, 1)));
}

#[test]
fn an_overwritten_upload_changes_nothing() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    let started = test_account.start("v1", 5);
    test_account.write(started);
    assert_eq!(test_account.start("v2", 100), Ok(Decision::Nothing));
}

#[test]
fn a_cancelled_job_returns_its_credit_and_cannot_complete() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    let started = test_account.start("v1", 5);
    test_account.write(started);
    test_account.write(cancel(&test_account.0.clone(), at(6)));
    assert_eq!((test_account.job().state, test_account.used()), (JobState::Cancelled, counted(0, 0)));
    assert_eq!(complete(&test_account.0, &output(), Timings::default(), at(7)), Ok(Decision::Nothing));
    assert_eq!(cancel(&test_account.0, at(8)), Ok(Decision::Nothing));
}

#[test]
fn a_retry_reserves_another_credit_and_needs_the_upload() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    assert_eq!(retry(&test_account.0, &free(), at(1)), Err(Refusal::WrongState { state: JobState::Pending }));
    let started = test_account.start("v1", 5);
    test_account.write(started);
    test_account.write(fail(&test_account.0.clone(), Failure::WorkerLost, at(6)));
    test_account.write(retry(&test_account.0.clone(), &free(), at(7)));
    assert_eq!(
        (test_account.job().state, test_account.job().failure, test_account.used()),
        (JobState::Queued, None, counted(1, 1))
    );
    let again = start(&test_account.0, WHOLE_JOB, &StartReason::Again, LEASE, at(8));
    test_account.write(again);
    assert_eq!((test_account.job().state, test_account.job().attempts()), (JobState::Processing, 2));

    let mut without_upload = TestAccount::open();
    without_upload.accept(UploadMethod::Upload);
    without_upload.write(cancel(&without_upload.0.clone(), at(1)));
    assert_eq!(retry(&without_upload.0, &free(), at(2)), Err(Refusal::NoUpload));
}

#[test]
fn a_dead_letter_of_an_earlier_try_does_not_fail_a_later_one() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    let started = test_account.start("v1", 5);
    test_account.write(started);
    test_account.write(cancel(&test_account.0.clone(), at(6)));
    test_account.write(retry(&test_account.0.clone(), &free(), at(7)));
    assert_eq!(lose(&test_account.0, 0, at(8)), Ok(Decision::Nothing), "a dead letter of the first try");
    assert_eq!((test_account.job().state, test_account.used()), (JobState::Queued, counted(1, 1)));
    assert_eq!(test_account.line(lose(&test_account.0.clone(), 1, at(9))), line(Reason::Failed, "1"));
    assert_eq!((test_account.job().failure, test_account.used()), (Some(Failure::WorkerLost), counted(0, 0)));
    assert_eq!(lose(&test_account.0, 1, at(10)), Ok(Decision::Nothing), "once");
}

#[test]
fn the_sweep_expires_missing_uploads_and_fails_jobs_of_lost_workers() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    assert_eq!(sweep(&test_account.0, at(16 * 60)), Ok(Decision::Nothing));
    assert_eq!(test_account.line(sweep(&test_account.0.clone(), at(20 * 60))), line(Reason::Expired, "1"));
    assert_eq!((test_account.job().state, test_account.used()), (JobState::Expired, counted(0, 0)));
    assert_eq!(test_account.start("v1", 21 * 60), Ok(Decision::Nothing), "the upload arrives too late");

    let mut lost = TestAccount::open();
    lost.accept(UploadMethod::Direct(LEASE));
    assert_eq!((lost.job().state, lost.job().attempts()), (JobState::Processing, 1));
    assert_eq!(sweep(&lost.0, at(61)), Ok(Decision::Nothing));
    lost.write(sweep(&lost.0.clone(), at(11 * 60)));
    assert_eq!((lost.job().failure, lost.used()), (Some(Failure::WorkerLost), counted(0, 0)));
}

#[test]
fn a_job_beyond_the_limits_is_rejected() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    test_account.accept(UploadMethod::Upload);
    test_account.0.job = None;
    let refused =
        accept(&test_account.0, &new_job(UploadMethod::Upload), &free(), at(1)).expect_err("two a month");
    assert!(
        matches!(refused, Refusal::Exhausted { exhausted, .. } if exhausted.allowance == 2),
        "{refused:?}"
    );
    let both_limits = Plan { images_per_month: 2, jobs_at_once: 2, ..Plan::default() };
    let refused = accept(&test_account.0, &new_job(UploadMethod::Upload), &both_limits, at(1));
    assert!(
        matches!(refused, Err(Refusal::Exhausted { .. })),
        "missing credits are reported first: {refused:?}"
    );
    let one_at_once = Plan { jobs_at_once: 2, ..Plan::default() };
    let refused = accept(&test_account.0, &new_job(UploadMethod::Upload), &one_at_once, at(1));
    assert_eq!(refused, Err(Refusal::TooManyJobs { limit: 2 }));
    test_account.0.account = None;
    assert_eq!(
        accept(&test_account.0, &new_job(UploadMethod::Upload), &free(), at(1)),
        Err(Refusal::NoAccount)
    );
}

#[test]
fn a_repeated_request_returns_the_same_job() {
    let mut test_account = TestAccount::open();
    let named = |content: &[u8], random| NewJob {
        id: JobId::mint(at(0), &[random; 10]),
        request: Some(NamedRequest::new("order-1".to_owned(), content)),
        ..new_job(UploadMethod::Upload)
    };
    let first = named(b"f", 1);
    test_account.write(accept(&test_account.0.clone(), &first, &free(), at(0)));
    test_account.0.job = None;
    assert_eq!(accept(&test_account.0, &named(b"f", 2), &free(), at(1)), Ok(Decision::Earlier(first.id)));
    let other = named(b"g", 3);
    assert_eq!(accept(&test_account.0, &other, &free(), at(1)), Err(Refusal::KeyReused));
    let tomorrow = accept(&test_account.0, &other, &free(), at(24 * 60 * 60));
    assert!(matches!(tomorrow, Ok(Decision::Write(_))), "{tomorrow:?}");
}

#[test]
fn a_job_is_recognized_if_the_response_to_its_creation_was_lost() {
    let mut test_account = TestAccount::open();
    test_account.accept(UploadMethod::Upload);
    let again = accept(&test_account.0, &new_job(UploadMethod::Upload), &free(), at(1));
    assert_eq!(again, Ok(Decision::Earlier(test_account.job().id.clone())));
    assert_eq!(test_account.used(), counted(1, 1));
}
