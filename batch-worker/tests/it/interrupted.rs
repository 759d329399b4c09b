//! Workers that crash, hand over or lose their job, and the workers that continue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sansfond_batch_worker::settings::JobTask;
use sansfond_batch_worker::shutdown::{Stop, StopReason};
use sansfond_batch_worker::worker::{WorkError, work};
use sansfond_domain::options::VideoBackdrop;
use sansfond_domain::{Credits, JobState, VideoOptions};
use sansfond_jobs::JobOutcome;

use crate::clips::{self, FRAMES};
use crate::network::Bright;
use crate::test_worker::TestWorker;
use crate::whole::halves;

/// A network that blocks at a given frame until it is released.
struct Held {
    network: Bright,
    reached: Arc<AtomicBool>,
    free: Arc<AtomicBool>,
}

impl Held {
    fn at(frame: usize) -> Self {
        let (reached, free) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (there, let_go) = (reached.clone(), free.clone());
        let network = Bright::with(move |asked| {
            if asked >= frame {
                there.store(true, Ordering::Relaxed);
                while !let_go.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            Ok(())
        });
        Self { network, reached, free }
    }

    async fn reached(&self) {
        while !self.reached.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn let_go(&self) {
        self.free.store(true, Ordering::Relaxed);
    }
}

/// The result of an uninterrupted worker for the long clip.
async fn uninterrupted(test_worker: &TestWorker) -> Vec<u8> {
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    assert_eq!(test_worker.work(&task, Bright::new().load()).await.expect("worked"), JobOutcome::Completed);
    test_worker.result(&task, "cutout.webm").await
}

async fn assert_like_uninterrupted(test_worker: &TestWorker, task: &JobTask) {
    let whole = uninterrupted(test_worker).await;
    let result = test_worker.result(task, "cutout.webm").await;
    let pixels = clips::pixels(&result);
    assert_eq!(pixels.len(), FRAMES * 96 * 64 * 4, "no frame is lost or shown twice");
    assert!(pixels == clips::pixels(&whole), "frame for frame");
    assert_eq!(clips::times(&result), clips::times(&whole));
    assert_eq!(test_worker.results(task).await, ["cutout.webm", "preview.webp"]);
    assert!(test_worker.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_is_followed_by_one_that_goes_on_behind_its_segments() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let dying =
        Bright::with(|asked| if asked == 120 { Err("the GPU fell off the bus".into()) } else { Ok(()) });
    let error = test_worker.work(&task, dying.load()).await.expect_err("dead");
    assert!(matches!(error, WorkError::Ours(_)), "{error:?}");
    let job = test_worker.job(&task).await;
    assert_eq!((job.state, job.attempts()), (JobState::Processing, 1), "its lease ends by itself");
    assert_eq!(test_worker.segments(&task).await, 1);
    assert!(test_worker.is_clean());

    let second = Bright::new();
    assert_eq!(test_worker.work(&task, second.load()).await.expect("worked"), JobOutcome::Completed);
    assert!(second.asked() < FRAMES - 60, "{} frames again", second.asked());
    assert_eq!(test_worker.job(&task).await.attempts(), 2);
    assert_like_uninterrupted(&test_worker, &task).await;
    assert_eq!(
        test_worker.balance().await.used.video,
        Credits::whole(2),
        "this job and the one it is compared with"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_is_not_whole_is_made_again() {
    use sansfond_domain::ports::Files;
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let dying = Bright::with(|asked| if asked == 200 { Err("dead".into()) } else { Ok(()) });
    test_worker.work(&task, dying.load()).await.expect_err("dead");
    let names = test_worker.results(&task).await;
    let file = names.iter().find(|name| name.ends_with("00000.webm")).expect("a segment");
    let key = sansfond_domain::storage_key::results_of(&task.account, &task.job) + file;
    test_worker.bucket.write(&key, "video/webm", b"half of it".to_vec()).await.expect("written");
    assert_eq!(test_worker.work(&task, Bright::new().load()).await.expect("worked"), JobOutcome::Completed);
    assert_like_uninterrupted(&test_worker, &task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_goes_away_hands_its_job_over() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let held = Held::at(130);
    let stop = Arc::new(Stop::default());
    let context = test_worker.context(held.network.load());
    let (outcome, ()) = tokio::join!(work(&context, &task, &stop), async {
        held.reached().await;
        stop.now(StopReason::Leaving);
        held.let_go();
    });
    assert_eq!(outcome.expect("handed over"), JobOutcome::HandedOver);
    let job = test_worker.job(&task).await;
    assert_eq!((job.state, job.pieces[0].lease_until), (JobState::Processing, None));
    assert!(test_worker.is_clean());
    let done = test_worker.segments(&task).await;
    assert!(done >= 1, "{done}");
    assert_eq!(test_worker.work(&task, Bright::new().load()).await.expect("worked"), JobOutcome::Completed);
    assert_like_uninterrupted(&test_worker, &task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_left_although_no_frame_comes_any_more() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    // The network never answers: the heartbeat notices it, and the worker does not wait for the thread
    // forever.
    let held = Held::at(130);
    let context = test_worker.context(held.network.load());
    let stop = Arc::new(Stop::default());
    let (outcome, left) = tokio::join!(work(&context, &task, &stop), async {
        held.reached().await;
        test_worker.cancel(&task).await;
        let since = Instant::now();
        stop.wanted().await;
        since.elapsed()
    });
    assert_eq!(outcome.expect("left"), JobOutcome::Nothing);
    assert_eq!(stop.why(), Some(StopReason::NotOurs));
    assert!(left < Duration::from_secs(60), "{left:?}");
    assert_eq!(test_worker.results(&task).await, [""; 0], "nobody will ask for any of it");
    assert!(test_worker.is_clean());
    assert_eq!(test_worker.job(&task).await.state, JobState::Cancelled);
    assert_eq!(test_worker.balance().await.used.video, Credits::ZERO);
    held.let_go();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_behind_a_video_outlives_its_workers_and_a_change_of_mind() {
    let test_worker = TestWorker::open().await;
    let options = VideoOptions { background: VideoBackdrop::Picture, ..VideoOptions::default() };
    let task = test_worker.queued(clips::long(), options.clone()).await;
    test_worker.put_backdrop(&task, halves()).await;
    let held = Held::at(130);
    let context = test_worker.context(held.network.load());
    let stop = Arc::new(Stop::default());
    let (outcome, ()) = tokio::join!(work(&context, &task, &stop), async {
        held.reached().await;
        test_worker.cancel(&task).await;
        stop.wanted().await;
        held.let_go();
    });
    assert_eq!(outcome.expect("left"), JobOutcome::Nothing);
    assert_eq!(test_worker.results(&task).await, [""; 0]);

    let task = test_worker.tried_again(&task).await;
    let dying = Bright::with(|asked| if asked == 120 { Err("the power went".into()) } else { Ok(()) });
    test_worker.work(&task, dying.load()).await.expect_err("dead");
    assert_eq!(test_worker.segments(&task).await, 1);
    assert_eq!(test_worker.work(&task, Bright::new().load()).await.expect("worked"), JobOutcome::Completed);

    let other = test_worker.queued(clips::long(), options).await;
    test_worker.put_backdrop(&other, halves()).await;
    assert_eq!(test_worker.work(&other, Bright::new().load()).await.expect("worked"), JobOutcome::Completed);
    let [interrupted, whole] =
        [test_worker.result(&task, "cutout.webm").await, test_worker.result(&other, "cutout.webm").await];
    let pixels = clips::flat_pixels(&whole);
    assert_eq!(pixels.len(), FRAMES * 96 * 64 * 4);
    assert!(pixels == clips::flat_pixels(&interrupted), "frame for frame");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_written_down_and_the_job_stays_with_its_worker_while_a_frame_takes_long() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let held = Held::at(130);
    let context = test_worker.context(held.network.load());
    let stop = Arc::new(Stop::default());
    let (outcome, second) = tokio::join!(work(&context, &task, &stop), async {
        held.reached().await;
        let first = test_worker.job(&task).await.pieces[0].lease_until.expect("leased");
        let job = loop {
            let job = test_worker.job(&task).await;
            if job.pieces[0].lease_until.expect("leased") > first
                && job.work.is_some_and(|work| work.frames > 0)
            {
                break job;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let work = job.work.expect("work");
        assert!(work.frames < 140 && work.of == FRAMES as u64, "{work:?}");
        assert!((1..99).contains(&job.progress), "{}", job.progress);
        // A worker that was started twice waits until there is nothing to do.
        let twice = Bright::new();
        let (second, ()) = tokio::join!(test_worker.work(&task, twice.load()), async { held.let_go() });
        assert_eq!(twice.asked(), 0);
        second
    });
    assert_eq!(outcome.expect("worked"), JobOutcome::Completed);
    assert_eq!(second.expect("looked"), JobOutcome::Nothing);
}
