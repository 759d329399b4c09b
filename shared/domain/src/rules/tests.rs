//! The rules, as a story of one account. What is about money is in `money`.

mod money;

use std::time::Duration;

use super::*;
use crate::credits::{Cause, Reason};
use crate::job::{Output, Timings, Work};
use crate::storage_key::Deletions;
use crate::upload::Declared;
use crate::{AccountId, Credits, Failure, ImageOptions, Language, Plan, VideoOptions};

const LEASE: Duration = Duration::from_secs(60);

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + second * 1000)
}

fn free() -> Plan {
    Plan { images_per_month: 2, jobs_at_once: 5, ..Plan::default() }
}

/// As [`Desk::used`] and [`Desk::videos`] give it.
fn counted(credits: u32, open_jobs: u32) -> (Credits, u32) {
    (Credits::whole(credits), open_jobs)
}

/// An account's books in memory: what `apply` does, without a table.
#[derive(Clone)]
struct Desk(Snapshot);

impl Desk {
    fn open() -> Self {
        let account = Account {
            id: "a-1".parse::<AccountId>().expect("a name"),
            email: "ada@example.org".to_owned(),
            language: Language::En,
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
                let Change { job, balance, entries, records } = *change;
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

    /// Writes what has one line of the ledger, about a job: its reason, and the change of the credits.
    fn line(&mut self, decision: Result<Decision, Refusal>) -> (Reason, String) {
        let [line] = &self.write(decision)[..] else { panic!("one line") };
        let Cause::Job { job, reason, .. } = &line.cause else { panic!("about a job: {line:?}") };
        assert_eq!((job, line.kind), (&self.job().id, self.job().kind));
        (*reason, line.credits.to_string())
    }

    fn accept(&mut self, intake: Intake) {
        self.0.job = None;
        let decision = accept(&self.0, &new_job(intake), &free(), at(0));
        assert_eq!(self.line(decision), (Reason::Reserved, "-1".to_owned()));
    }

    fn start(&mut self, version: &str, second: i64) -> Result<Decision, Refusal> {
        start(&self.0, &Arrival::Upload { version: version.to_owned() }, LEASE, at(second))
    }

    fn job(&self) -> &Job {
        self.0.job.as_ref().expect("a job")
    }

    fn balance(&self) -> &Balance {
        self.0.balance.as_ref().expect("a balance")
    }

    /// Credits for pictures that are used, and open jobs.
    fn used(&self) -> (Credits, u32) {
        (self.balance().used.image, self.balance().open_jobs)
    }
}

fn new_job(intake: Intake) -> NewJob {
    NewJob {
        id: JobId::mint(at(0), &[1; 10]),
        account: "a-1".parse().expect("a name"),
        options: ImageOptions::default().into(),
        declared: Declared::check("cat.png", "image/png", 10, &Plan::default()).expect("fine"),
        intake,
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
    let declared = Declared::check_video("walk.mp4", "video/mp4", 10, &Plan::default()).expect("fine");
    NewJob { options: options.into(), declared, ..new_job(Intake::Multipart) }
}

const FOUND: Found = Found { width: 1280, height: 720, duration_ms: 20_000, frames: 500 };

impl Desk {
    /// A video that has come and waits for a worker.
    fn queued_video(options: VideoOptions, found: Found) -> Self {
        let mut desk = Self::open();
        desk.write(accept(&desk.0, &new_video(options), &free(), at(0)));
        desk.write(admit(&desk.0, "v1", Admission::Readable(found), &free(), at(5)));
        desk
    }

    /// Credits for videos that are used, and open jobs.
    fn videos(&self) -> (Credits, u32) {
        (self.balance().used.video, self.balance().open_jobs)
    }
}

#[test]
fn a_video_is_looked_into_once_and_says_how_far_its_worker_is() {
    let mut desk = Desk::queued_video(VideoOptions::default(), FOUND);
    assert_eq!((desk.job().state, desk.videos()), (JobState::Queued, counted(1, 1)));
    let clip = desk.job().input.clip.expect("a clip");
    assert_eq!((clip.from_ms, clip.until_ms), (0, 20_000));
    let twice = admit(&desk.0, "v1", Admission::Readable(FOUND), &free(), at(6));
    assert_eq!(twice, Ok(Decision::Nothing), "the event came twice");

    desk.write(start(&desk.0, &Arrival::Again, LEASE, at(10)));
    let work = |frames| Work { frames, of: 500, per_10_s: 50, left_s: Some(9) };
    desk.write(advance(&desk.0, 1, work(250), LEASE, at(20)));
    assert_eq!((desk.job().progress, desk.job().work), (50, Some(work(250))));
    assert_eq!(desk.job().lease_until, Some(at(80)), "who works keeps the job");
    assert_eq!(advance(&desk.0, 2, work(9), LEASE, at(21)), Ok(Decision::Nothing), "another attempt");

    desk.write(hand_over(&desk.0, 1, at(30)));
    desk.write(start(&desk.0, &Arrival::Again, LEASE, at(31)));
    assert_eq!(desk.job().attempts, 2, "the next worker needs not wait for the lease");
    assert_eq!(advance(&desk.0, 1, work(9), LEASE, at(32)), Ok(Decision::Nothing), "the first is out");
    desk.write(advance(&desk.0, 2, work(100), LEASE, at(33)));
    assert_eq!(desk.job().progress, 50, "progress does not go back");
    desk.write(cancel(&desk.0, at(34)));
    assert_eq!(advance(&desk.0, 2, work(9), LEASE, at(35)), Ok(Decision::Nothing), "it was cancelled");
    assert_eq!(desk.videos(), counted(0, 0));
}

#[test]
fn a_video_that_is_too_long_or_no_video_gives_its_credit_back() {
    let long = Found { duration_ms: 36_000_000, ..FOUND };
    let desk = Desk::queued_video(VideoOptions::default(), long);
    assert_eq!((desk.job().state, desk.job().failure), (JobState::Failed, Some(Failure::VideoTooLong)));
    assert_eq!(desk.videos(), counted(0, 0));
    let trimmed = VideoOptions { from_ms: 60_000, until_ms: Some(90_000), ..VideoOptions::default() };
    assert_eq!(Desk::queued_video(trimmed, long).job().state, JobState::Queued, "its part is short enough");
    let behind = VideoOptions { from_ms: 20_000, ..VideoOptions::default() };
    assert_eq!(Desk::queued_video(behind, FOUND).job().failure, Some(Failure::UnsuitableOptions));

    let mut desk = Desk::open();
    desk.write(accept(&desk.0, &new_video(VideoOptions::default()), &free(), at(0)));
    desk.write(admit(&desk.0, "v", Admission::Unsuitable(Failure::NoVideo), &free(), at(5)));
    assert_eq!((desk.job().failure, desk.videos()), (Some(Failure::NoVideo), counted(0, 0)));
}

#[test]
fn a_first_look_costs_nothing_and_gives_nothing_back() {
    let look = VideoOptions { preview: true, ..VideoOptions::default() };
    let mut desk = Desk::queued_video(look, Found { duration_ms: 36_000_000, ..FOUND });
    assert_eq!((desk.job().state, desk.videos()), (JobState::Queued, counted(0, 1)));
    assert_eq!(desk.job().input.clip.map(|clip| clip.until_ms), Some(3_000));
    let failed = desk.line(fail(&desk.0.clone(), Failure::NoSubject, at(9)));
    assert_eq!((failed, desk.videos()), (line(Reason::Failed, "0"), counted(0, 0)));
}

#[test]
fn who_wants_a_mail_gets_one() {
    let notify = VideoOptions { notify: true, ..VideoOptions::default() };
    let mut desk = Desk::queued_video(notify, FOUND);
    assert_eq!(tell(&desk.0, at(8)), Ok(Decision::Nothing), "it is too early");
    desk.write(start(&desk.0, &Arrival::Again, LEASE, at(10)));
    desk.write(complete(&desk.0, &output(), Timings::default(), at(20)));
    assert_eq!(sweep(&desk.0, at(21)), Ok(Decision::Nothing), "who has seen the end is faster");
    let mut forgotten = desk.clone();
    forgotten.write(sweep(&forgotten.0, at(320)));
    desk.write(tell(&desk.0, at(21)));
    for desk in [&desk, &forgotten] {
        assert!(desk.job().told);
        assert_eq!((desk.job().state, desk.job().due_at), (JobState::Completed, None));
        assert_eq!(sweep(&desk.0, at(900)), Ok(Decision::Nothing));
    }
    assert_eq!(tell(&desk.0, at(22)), Ok(Decision::Nothing), "the event came twice");
    let mut silent = Desk::queued_video(VideoOptions::default(), FOUND);
    silent.write(fail(&silent.0, Failure::NoSubject, at(9)));
    assert_eq!(tell(&silent.0, at(10)), Ok(Decision::Nothing));
}

#[test]
fn an_upload_in_parts_has_one_name() {
    let mut desk = Desk::open();
    desk.write(accept(&desk.0, &new_video(VideoOptions::default()), &free(), at(0)));
    assert!(desk.job().due_at > Some(at(3600)), "it may take hours");
    desk.write(open_multipart(&desk.0, "one", at(1)));
    assert_eq!(open_multipart(&desk.0, "two", at(2)), Ok(Decision::Nothing));
    assert_eq!(desk.job().input.multipart.as_deref(), Some("one"));
    desk.write(admit(&desk.0, "v1", Admission::Readable(FOUND), &free(), at(5)));
    assert!(matches!(open_multipart(&desk.0, "three", at(6)), Err(Refusal::WrongState { .. })));
}

/// A job that works on the video of an earlier one.
fn another(desk: &Desk, options: VideoOptions) -> NewJob {
    let source = Source::of(desk.job()).expect("a video");
    NewJob { id: JobId::mint(at(60), &[2; 10]), intake: Intake::Earlier(source), ..new_video(options) }
}

#[test]
fn a_video_that_is_there_is_queued_at_once_and_nothing_has_to_come() {
    let mut desk = Desk::queued_video(VideoOptions { preview: true, ..VideoOptions::default() }, FOUND);
    let first = desk.job().clone();
    let second = another(&desk, VideoOptions { from_ms: 2_000, ..VideoOptions::default() });
    desk.0.job = None;
    assert_eq!(accept(&desk.0, &second, &free(), at(60)), Err(Refusal::SourceGone), "nobody holds it");
    desk.0.source_is_held = true;
    desk.write(accept(&desk.0, &second, &free(), at(60)));
    let job = desk.job();
    assert_eq!((job.state, &job.input.version), (JobState::Queued, &first.input.version));
    assert_eq!((job.source(), job.source_key()), (&first.id, first.source_key()));
    let clip = job.input.clip.expect("a clip");
    assert_eq!(
        (clip.from_ms, clip.until_ms, clip.frames),
        (2_000, 20_000, FOUND.frames),
        "a part of its own"
    );
    assert_eq!(job.due_at, Some(at(60).plus(MAX_QUEUED)));
    assert_eq!(desk.videos(), counted(1, 2), "it costs a credit");

    let third = Source::of(job).expect("a video");
    assert_eq!(third.job, first.id, "whose file it is does not change from hand to hand");
    let twice = admit(&desk.0, "v1", Admission::Readable(FOUND), &free(), at(61));
    assert_eq!(twice, Ok(Decision::Nothing), "an event of the file, late");
    desk.write(cancel(&desk.0, at(62)));
    assert_eq!(desk.videos(), counted(0, 1));
    desk.write(retry(&desk.0, &free(), at(63)));
    assert_eq!((desk.job().state, desk.job().source()), (JobState::Queued, &first.id));
}

#[test]
fn a_part_that_does_not_fit_an_earlier_video_costs_nothing() {
    let long = Found { duration_ms: 36_000_000, ..FOUND };
    let mut desk = Desk::queued_video(VideoOptions { preview: true, ..VideoOptions::default() }, long);
    let whole = another(&desk, VideoOptions::default());
    let behind = another(&desk, VideoOptions { from_ms: u64::MAX, preview: true, ..VideoOptions::default() });
    (desk.0.job, desk.0.source_is_held) = (None, true);
    let refused = |failure| Err(Refusal::Unsuitable(failure));
    assert_eq!(accept(&desk.0, &whole, &free(), at(60)), refused(Failure::VideoTooLong));
    assert_eq!(accept(&desk.0, &behind, &free(), at(60)), refused(Failure::UnsuitableOptions));
    assert_eq!(desk.videos(), counted(0, 1));
}

#[test]
fn a_video_that_never_came_or_was_refused_is_no_source() {
    let mut desk = Desk::open();
    desk.write(accept(&desk.0, &new_video(VideoOptions::default()), &free(), at(0)));
    assert_eq!(Source::of(desk.job()), None);
    desk.write(admit(&desk.0, "v", Admission::Unsuitable(Failure::NoVideo), &free(), at(5)));
    assert_eq!(Source::of(desk.job()), None);
}

#[test]
fn a_video_goes_with_the_last_job_that_needs_it() {
    let mut desk = Desk::queued_video(VideoOptions::default(), FOUND);
    let first = desk.job().clone();
    let second = another(&desk, VideoOptions::default());
    (desk.0.job, desk.0.source_is_held) = (None, true);
    desk.write(accept(&desk.0, &second, &free(), at(60)));
    let second = desk.job().clone();
    let goes = |job: &Job, is_needed, file: &str| {
        let Deletions { folders, files } = Deletions::of(job, is_needed);
        folders.iter().any(|folder| file.starts_with(folder)) || files.iter().any(|one| one == file)
    };
    for (job, is_needed) in [(&first, true), (&first, false), (&second, true), (&second, false)] {
        assert_eq!(goes(job, is_needed, &first.source_key()), !is_needed, "{} {is_needed}", job.id);
        for own in ["results/a-1/JOB/cutout.webm", "videos/a-1/JOB/backdrop", "uploads/a-1/JOB/source"] {
            let own = own.replace("JOB", job.id.as_ref());
            assert!(goes(job, is_needed, &own), "{own} {is_needed}");
        }
    }
    assert!(!goes(&first, false, &format!("results/a-1/{}/cutout.webm", second.id)));
    assert!(!goes(&second, false, &format!("results/a-1/{}/cutout.webm", first.id)));
}

#[test]
fn a_file_is_kept_from_the_moment_that_it_was_sent_whoever_works_on_it() {
    let day = Duration::from_secs(24 * 60 * 60);
    let mut desk = Desk::queued_video(VideoOptions::default(), FOUND);
    assert!(desk.job().source_is_kept(at(86_399), day) && !desk.job().source_is_kept(at(86_400), day));
    let second = another(&desk, VideoOptions::default());
    (desk.0.job, desk.0.source_is_held) = (None, true);
    desk.write(accept(&desk.0, &second, &free(), at(86_000)));
    assert!(!desk.job().source_is_kept(at(86_400), day));
    desk.write(accept(&Desk::open().0, &new_video(VideoOptions::default()), &free(), at(0)));
    assert!(!desk.job().source_is_kept(at(1), day), "it has not come");
}

#[test]
fn a_credit_is_kept_when_the_job_completes() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    assert_eq!((desk.job().state, desk.used()), (JobState::Pending, counted(1, 1)));
    let started = desk.start("v1", 5);
    desk.write(started);
    assert_eq!((desk.job().state, desk.job().attempts), (JobState::Processing, 1));
    let kept = desk.line(complete(&desk.0.clone(), &output(), Timings::default(), at(7)));
    assert_eq!(kept, line(Reason::Kept, "0"));
    assert_eq!(
        (desk.job().state, desk.job().progress, desk.used()),
        (JobState::Completed, 100, counted(1, 0))
    );
    assert_eq!(desk.job().due_at, None);
}

#[test]
fn every_attempt_adds_its_cost_and_what_is_not_written_costs_nothing() {
    let mut desk = Desk::queued_video(VideoOptions::default(), FOUND);
    desk.write(start(&desk.0, &Arrival::Again, LEASE, at(10)));
    assert_eq!(desk.job().cost_micro_usd, None);
    desk.write(hand_over(&desk.0, 1, at(20)).map(|decision| decision.with_cost(Some(40))));
    desk.write(start(&desk.0, &Arrival::Again, LEASE, at(31)));
    desk.write(fail(&desk.0, Failure::TookTooLong, at(40)).map(|decision| decision.with_cost(Some(2))));
    desk.write(fail(&desk.0, Failure::TookTooLong, at(41)).map(|decision| decision.with_cost(Some(9))));
    assert_eq!(desk.job().cost_micro_usd, Some(42), "the second failure came too late");
    desk.write(retry(&desk.0, &free(), at(50)));
    desk.write(start(&desk.0, &Arrival::Again, LEASE, at(60)));
    let done = complete(&desk.0, &output(), Timings::default(), at(70));
    desk.write(done.map(|decision| decision.with_cost(None)));
    assert_eq!(desk.job().cost_micro_usd, Some(42), "of the last nobody knows");
}

#[test]
fn a_credit_comes_back_when_the_job_fails_and_only_once() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    let started = desk.start("v1", 5);
    desk.write(started);
    let failed = desk.line(fail(&desk.0.clone(), Failure::NoSubject, at(6)));
    assert_eq!(failed, line(Reason::Failed, "1"));
    assert_eq!((desk.job().failure, desk.used()), (Some(Failure::NoSubject), counted(0, 0)));
    assert_eq!(fail(&desk.0, Failure::WorkerLost, at(7)), Ok(Decision::Nothing));
    assert_eq!(complete(&desk.0, &output(), Timings::default(), at(8)), Ok(Decision::Nothing));
    assert_eq!(desk.start("v1", 9), Ok(Decision::Nothing));
}

#[test]
fn a_late_worker_does_not_fail_the_job_of_the_next_one() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    let first = desk.start("v1", 5);
    desk.write(first);
    let second = desk.start("v1", 5 + 60);
    desk.write(second);
    assert_eq!(fail_attempt(&desk.0, 1, Failure::WorkerLost, at(70)), Ok(Decision::Nothing));
    desk.write(fail_attempt(&desk.0.clone(), 2, Failure::NoSubject, at(71)));
    assert_eq!((desk.job().failure, desk.used()), (Some(Failure::NoSubject), counted(0, 0)));
    assert_eq!(fail_attempt(&desk.0, 2, Failure::NoSubject, at(72)), Ok(Decision::Nothing));
}

#[test]
fn an_event_that_comes_twice_waits_for_the_first_worker_and_then_does_nothing() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    let started = desk.start("v1", 5);
    desk.write(started);
    assert_eq!(desk.start("v1", 6), Err(Refusal::Leased { until: at(5).plus(LEASE) }));
    desk.write(complete(&desk.0.clone(), &output(), Timings::default(), at(7)));
    assert_eq!(desk.start("v1", 8), Ok(Decision::Nothing));
}

#[test]
fn another_worker_takes_over_when_the_first_has_died() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    let started = desk.start("v1", 5);
    desk.write(started);
    let taken_over = desk.start("v1", 66);
    desk.write(taken_over);
    assert_eq!((desk.job().attempts, desk.used()), (2, counted(1, 1)));
}

#[test]
fn an_upload_that_is_overwritten_changes_nothing() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    let started = desk.start("v1", 5);
    desk.write(started);
    assert_eq!(desk.start("v2", 100), Ok(Decision::Nothing));
}

#[test]
fn a_cancelled_job_gives_its_credit_back_and_the_worker_comes_too_late() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    let started = desk.start("v1", 5);
    desk.write(started);
    desk.write(cancel(&desk.0.clone(), at(6)));
    assert_eq!((desk.job().state, desk.used()), (JobState::Cancelled, counted(0, 0)));
    assert_eq!(complete(&desk.0, &output(), Timings::default(), at(7)), Ok(Decision::Nothing));
    assert_eq!(cancel(&desk.0, at(8)), Ok(Decision::Nothing));
}

#[test]
fn a_retry_takes_another_credit_and_needs_the_upload() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    assert_eq!(retry(&desk.0, &free(), at(1)), Err(Refusal::WrongState { state: JobState::Pending }));
    let started = desk.start("v1", 5);
    desk.write(started);
    desk.write(fail(&desk.0.clone(), Failure::WorkerLost, at(6)));
    desk.write(retry(&desk.0.clone(), &free(), at(7)));
    assert_eq!((desk.job().state, desk.job().failure, desk.used()), (JobState::Queued, None, counted(1, 1)));
    let again = start(&desk.0, &Arrival::Again, LEASE, at(8));
    desk.write(again);
    assert_eq!((desk.job().state, desk.job().attempts), (JobState::Processing, 2));

    let mut never_came = Desk::open();
    never_came.accept(Intake::Upload);
    never_came.write(cancel(&never_came.0.clone(), at(1)));
    assert_eq!(retry(&never_came.0, &free(), at(2)), Err(Refusal::NoUpload));
}

#[test]
fn the_death_of_an_earlier_try_does_not_end_a_later_one() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    let started = desk.start("v1", 5);
    desk.write(started);
    desk.write(cancel(&desk.0.clone(), at(6)));
    desk.write(retry(&desk.0.clone(), &free(), at(7)));
    assert_eq!(lose(&desk.0, 0, at(8)), Ok(Decision::Nothing), "a letter of the first try");
    assert_eq!((desk.job().state, desk.used()), (JobState::Queued, counted(1, 1)));
    assert_eq!(desk.line(lose(&desk.0.clone(), 1, at(9))), line(Reason::Failed, "1"));
    assert_eq!((desk.job().failure, desk.used()), (Some(Failure::WorkerLost), counted(0, 0)));
    assert_eq!(lose(&desk.0, 1, at(10)), Ok(Decision::Nothing), "once");
}

#[test]
fn an_upload_that_never_comes_expires_and_a_lost_worker_fails() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    assert_eq!(sweep(&desk.0, at(16 * 60)), Ok(Decision::Nothing));
    assert_eq!(desk.line(sweep(&desk.0.clone(), at(20 * 60))), line(Reason::Expired, "1"));
    assert_eq!((desk.job().state, desk.used()), (JobState::Expired, counted(0, 0)));
    assert_eq!(
        desk.start("v1", 21 * 60),
        Ok(Decision::Nothing),
        "an upload that comes after all is too late"
    );

    let mut lost = Desk::open();
    lost.accept(Intake::Direct(LEASE));
    assert_eq!((lost.job().state, lost.job().attempts), (JobState::Processing, 1));
    assert_eq!(sweep(&lost.0, at(61)), Ok(Decision::Nothing));
    lost.write(sweep(&lost.0.clone(), at(11 * 60)));
    assert_eq!((lost.job().failure, lost.used()), (Some(Failure::WorkerLost), counted(0, 0)));
}

#[test]
fn nothing_is_accepted_beyond_the_limits() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    desk.accept(Intake::Upload);
    desk.0.job = None;
    let refused = accept(&desk.0, &new_job(Intake::Upload), &free(), at(1)).expect_err("two a month");
    assert!(
        matches!(refused, Refusal::Exhausted { exhausted, .. } if exhausted.allowance == 2),
        "{refused:?}"
    );
    let both_limits = Plan { images_per_month: 2, jobs_at_once: 2, ..Plan::default() };
    let refused = accept(&desk.0, &new_job(Intake::Upload), &both_limits, at(1));
    assert!(matches!(refused, Err(Refusal::Exhausted { .. })), "credits are spoken of first: {refused:?}");
    let one_at_once = Plan { jobs_at_once: 2, ..Plan::default() };
    let refused = accept(&desk.0, &new_job(Intake::Upload), &one_at_once, at(1));
    assert_eq!(refused, Err(Refusal::TooManyJobs { limit: 2 }));
    desk.0.account = None;
    assert_eq!(accept(&desk.0, &new_job(Intake::Upload), &free(), at(1)), Err(Refusal::NoAccount));
}

#[test]
fn the_same_request_twice_is_one_job() {
    let mut desk = Desk::open();
    let named = |content: &[u8], random| NewJob {
        id: JobId::mint(at(0), &[random; 10]),
        request: Some(NamedRequest::new("order-1".to_owned(), content)),
        ..new_job(Intake::Upload)
    };
    let first = named(b"f", 1);
    desk.write(accept(&desk.0.clone(), &first, &free(), at(0)));
    desk.0.job = None;
    assert_eq!(accept(&desk.0, &named(b"f", 2), &free(), at(1)), Ok(Decision::Earlier(first.id)));
    let other = named(b"g", 3);
    assert_eq!(accept(&desk.0, &other, &free(), at(1)), Err(Refusal::KeyReused));
    let tomorrow = accept(&desk.0, &other, &free(), at(24 * 60 * 60));
    assert!(matches!(tomorrow, Ok(Decision::Write(_))), "{tomorrow:?}");
}

#[test]
fn a_job_that_was_accepted_and_nobody_heard_of_it_is_recognised() {
    let mut desk = Desk::open();
    desk.accept(Intake::Upload);
    let again = accept(&desk.0, &new_job(Intake::Upload), &free(), at(1));
    assert_eq!(again, Ok(Decision::Earlier(desk.job().id.clone())));
    assert_eq!(desk.used(), counted(1, 1));
}
