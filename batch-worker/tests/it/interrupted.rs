//! Workers that crash, hand over or lose their job, and the workers that continue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sansfond_batch_worker::settings::JobTask;
use sansfond_batch_worker::shutdown::{Stop, StopReason};
use sansfond_batch_worker::worker::{WorkError, run_job};
use sansfond_domain::options::VideoBackdrop;
use sansfond_domain::{Credits, JobState, VideoOptions};
use sansfond_jobs::JobOutcome;

use crate::clips::{self, FRAMES};
use crate::network::BrightnessMatting;
use crate::test_worker::TestWorker;
use crate::whole::halves;

/// A network that blocks at a given frame until it is released.
struct BlockingMatting {
    network: BrightnessMatting,
    reached: Arc<AtomicBool>,
    released: Arc<AtomicBool>,
}

impl BlockingMatting {
    fn at(frame: usize) -> Self {
        let (reached, released) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (on_reached, on_released) = (reached.clone(), released.clone());
        let network = BrightnessMatting::with(move |index| {
            if index >= frame {
                on_reached.store(true, Ordering::Relaxed);
                while !on_released.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            Ok(())
        });
        Self { network, reached, released }
    }

    async fn reached(&self) {
        while !self.reached.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn release(&self) {
        self.released.store(true, Ordering::Relaxed);
    }
}

/// The result of an uninterrupted worker for the long clip.
async fn uninterrupted(test_worker: &TestWorker) -> Vec<u8> {
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    assert_eq!(
        test_worker.work(&task, BrightnessMatting::new().load()).await.expect("worked"),
        JobOutcome::Completed
    );
    test_worker.result(&task, "cutout.webm").await
}

async fn assert_like_uninterrupted(test_worker: &TestWorker, task: &JobTask) {
    let whole = uninterrupted(test_worker).await;
    let result = test_worker.result(task, "cutout.webm").await;
    let pixels = clips::pixels(&result);
    assert_eq!(pixels.len(), FRAMES * 96 * 64 * 4, "no frame is lost or repeated");
    assert!(pixels == clips::pixels(&whole), "every frame is equal");
    assert_eq!(clips::times(&result), clips::times(&whole));
    assert_eq!(test_worker.results(task).await, ["cutout.webm", "preview.webp"]);
    assert!(test_worker.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_worker_continues_after_the_segments_of_a_crashed_one() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let dying =
        BrightnessMatting::with(
            |frame| if frame == 120 { Err("the GPU fell off the bus".into()) } else { Ok(()) },
        );
    let error = test_worker.work(&task, dying.load()).await.expect_err("the worker crashes");
    assert!(matches!(error, WorkError::Internal(_)), "{error:?}");
    let job = test_worker.job(&task).await;
    assert_eq!((job.state, job.attempts()), (JobState::Processing, 1), "the lease is left to expire");
    assert_eq!(test_worker.segments(&task).await, 1);
    assert!(test_worker.is_clean());

    let second = BrightnessMatting::new();
    assert_eq!(test_worker.work(&task, second.load()).await.expect("worked"), JobOutcome::Completed);
    assert!(second.frames() < FRAMES - 60, "{} frames were processed again", second.frames());
    assert_eq!(test_worker.job(&task).await.attempts(), 2);
    assert_like_uninterrupted(&test_worker, &task).await;
    assert_eq!(
        test_worker.balance().await.used.video,
        Credits::whole(2),
        "this job and the one it is compared with"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_segment_is_made_again() {
    use sansfond_domain::ports::Files;
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let dying =
        BrightnessMatting::with(
            |frame| if frame == 200 { Err("the GPU fell off the bus".into()) } else { Ok(()) },
        );
    test_worker.work(&task, dying.load()).await.expect_err("the worker crashes");
    let names = test_worker.results(&task).await;
    let file = names.iter().find(|name| name.ends_with("00000.webm")).expect("a segment");
    let key = sansfond_domain::storage_key::results_of(&task.account, &task.job) + file;
    test_worker.bucket.write(&key, "video/webm", b"half of it".to_vec()).await.expect("written");
    assert_eq!(
        test_worker.work(&task, BrightnessMatting::new().load()).await.expect("worked"),
        JobOutcome::Completed
    );
    assert_like_uninterrupted(&test_worker, &task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_hands_its_job_over_when_the_machine_shuts_down() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let blocking = BlockingMatting::at(130);
    let stop = Arc::new(Stop::default());
    let context = test_worker.context(blocking.network.load());
    let (outcome, ()) = tokio::join!(run_job(&context, &task, &stop), async {
        blocking.reached().await;
        stop.request(StopReason::Shutdown);
        blocking.release();
    });
    assert_eq!(outcome.expect("handed over"), JobOutcome::HandedOver);
    let job = test_worker.job(&task).await;
    assert_eq!((job.state, job.pieces[0].lease_until), (JobState::Processing, None));
    assert!(test_worker.is_clean());
    let done = test_worker.segments(&task).await;
    assert!(done >= 1, "{done}");
    assert_eq!(
        test_worker.work(&task, BrightnessMatting::new().load()).await.expect("worked"),
        JobOutcome::Completed
    );
    assert_like_uninterrupted(&test_worker, &task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_leaves_a_cancelled_job_even_while_a_frame_blocks() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    // The network never returns. The heartbeat detects the cancellation, and the worker does not wait for the
    // thread forever.
    let blocking = BlockingMatting::at(130);
    let context = test_worker.context(blocking.network.load());
    let stop = Arc::new(Stop::default());
    let (outcome, left) = tokio::join!(run_job(&context, &task, &stop), async {
        blocking.reached().await;
        test_worker.cancel(&task).await;
        let since = Instant::now();
        stop.requested().await;
        since.elapsed()
    });
    assert_eq!(outcome.expect("the worker leaves the job"), JobOutcome::Nothing);
    assert_eq!(stop.reason(), Some(StopReason::JobLost));
    assert!(left < Duration::from_secs(60), "{left:?}");
    assert_eq!(test_worker.results(&task).await, [""; 0], "its files are deleted");
    assert!(test_worker.is_clean());
    assert_eq!(test_worker.job(&task).await.state, JobState::Cancelled);
    assert_eq!(test_worker.balance().await.used.video, Credits::ZERO);
    blocking.release();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_background_picture_survives_crashes_a_cancellation_and_a_retry() {
    let test_worker = TestWorker::open().await;
    let options = VideoOptions { background: VideoBackdrop::Picture, ..VideoOptions::default() };
    let task = test_worker.queued(clips::long(), options.clone()).await;
    test_worker.put_backdrop(&task, halves()).await;
    let blocking = BlockingMatting::at(130);
    let context = test_worker.context(blocking.network.load());
    let stop = Arc::new(Stop::default());
    let (outcome, ()) = tokio::join!(run_job(&context, &task, &stop), async {
        blocking.reached().await;
        test_worker.cancel(&task).await;
        stop.requested().await;
        blocking.release();
    });
    assert_eq!(outcome.expect("the worker leaves the job"), JobOutcome::Nothing);
    assert_eq!(test_worker.results(&task).await, [""; 0]);

    let task = test_worker.retried(&task).await;
    let dying =
        BrightnessMatting::with(
            |frame| if frame == 120 { Err("the GPU fell off the bus".into()) } else { Ok(()) },
        );
    test_worker.work(&task, dying.load()).await.expect_err("the worker crashes");
    assert_eq!(test_worker.segments(&task).await, 1);
    assert_eq!(
        test_worker.work(&task, BrightnessMatting::new().load()).await.expect("worked"),
        JobOutcome::Completed
    );

    let other = test_worker.queued(clips::long(), options).await;
    test_worker.put_backdrop(&other, halves()).await;
    assert_eq!(
        test_worker.work(&other, BrightnessMatting::new().load()).await.expect("worked"),
        JobOutcome::Completed
    );
    let [interrupted, whole] =
        [test_worker.result(&task, "cutout.webm").await, test_worker.result(&other, "cutout.webm").await];
    let pixels = clips::flat_pixels(&whole);
    assert_eq!(pixels.len(), FRAMES * 96 * 64 * 4);
    assert!(pixels == clips::flat_pixels(&interrupted), "every frame is equal");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_recorded_and_the_lease_is_extended_while_a_frame_blocks() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let blocking = BlockingMatting::at(130);
    let context = test_worker.context(blocking.network.load());
    let stop = Arc::new(Stop::default());
    let (outcome, second) = tokio::join!(run_job(&context, &task, &stop), async {
        blocking.reached().await;
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
        // A second worker for the same job waits until there is nothing to do.
        let idle = BrightnessMatting::new();
        let (second, ()) = tokio::join!(test_worker.work(&task, idle.load()), async { blocking.release() });
        assert_eq!(idle.frames(), 0);
        second
    });
    assert_eq!(outcome.expect("worked"), JobOutcome::Completed);
    assert_eq!(second.expect("the second worker finds nothing to do"), JobOutcome::Nothing);
}
