//! Workers that die, leave, or are sent away; and those who go on behind them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sansfond_batch_worker::settings::Task;
use sansfond_batch_worker::shutdown::{Halt, Stop};
use sansfond_batch_worker::worker::{WorkError, work};
use sansfond_domain::options::VideoBackdrop;
use sansfond_domain::{Credits, JobState, VideoOptions};
use sansfond_jobs::Outcome;

use crate::clips::{self, FRAMES};
use crate::network::Bright;
use crate::stage::Stage;
use crate::whole::halves;

/// A network that stops when it is asked about a frame, until it is let go.
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

/// What an uninterrupted worker makes of the long clip.
async fn uninterrupted(stage: &Stage) -> Vec<u8> {
    let task = stage.queued(clips::long(), VideoOptions::default()).await;
    assert_eq!(stage.work(&task, Bright::new().load()).await.expect("worked"), Outcome::Completed);
    stage.result(&task, "cutout.webm").await
}

async fn assert_like_uninterrupted(stage: &Stage, task: &Task) {
    let whole = uninterrupted(stage).await;
    let result = stage.result(task, "cutout.webm").await;
    let pixels = clips::pixels(&result);
    assert_eq!(pixels.len(), FRAMES * 96 * 64 * 4, "no frame is lost or shown twice");
    assert!(pixels == clips::pixels(&whole), "frame for frame");
    assert_eq!(clips::times(&result), clips::times(&whole));
    assert_eq!(stage.results(task).await, ["cutout.webm", "preview.webp"]);
    assert!(stage.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_is_followed_by_one_that_goes_on_behind_its_segments() {
    let stage = Stage::open().await;
    let task = stage.queued(clips::long(), VideoOptions::default()).await;
    let dying =
        Bright::with(|asked| if asked == 120 { Err("the GPU fell off the bus".into()) } else { Ok(()) });
    let error = stage.work(&task, dying.load()).await.expect_err("dead");
    assert!(matches!(error, WorkError::Ours(_)), "{error:?}");
    let job = stage.job(&task).await;
    assert_eq!((job.state, job.attempts), (JobState::Processing, 1), "its lease ends by itself");
    assert_eq!(stage.segments(&task).await, 1);
    assert!(stage.is_clean());

    let second = Bright::new();
    assert_eq!(stage.work(&task, second.load()).await.expect("worked"), Outcome::Completed);
    assert!(second.asked() < FRAMES - 60, "{} frames again", second.asked());
    assert_eq!(stage.job(&task).await.attempts, 2);
    assert_like_uninterrupted(&stage, &task).await;
    assert_eq!(
        stage.balance().await.used.video,
        Credits::whole(2),
        "this job and the one it is compared with"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_is_not_whole_is_made_again() {
    use sansfond_domain::ports::Files;
    let stage = Stage::open().await;
    let task = stage.queued(clips::long(), VideoOptions::default()).await;
    let dying = Bright::with(|asked| if asked == 200 { Err("dead".into()) } else { Ok(()) });
    stage.work(&task, dying.load()).await.expect_err("dead");
    let names = stage.results(&task).await;
    let file = names.iter().find(|name| name.ends_with("00000.webm")).expect("a segment");
    let key = sansfond_domain::storage_key::results_of(&task.account, &task.job) + file;
    stage.bucket.write(&key, "video/webm", b"half of it".to_vec()).await.expect("written");
    assert_eq!(stage.work(&task, Bright::new().load()).await.expect("worked"), Outcome::Completed);
    assert_like_uninterrupted(&stage, &task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_goes_away_hands_its_job_over() {
    let stage = Stage::open().await;
    let task = stage.queued(clips::long(), VideoOptions::default()).await;
    let held = Held::at(130);
    let stop = Arc::new(Stop::default());
    let workshop = stage.workshop(held.network.load());
    let (outcome, ()) = tokio::join!(work(&workshop, &task, &stop), async {
        held.reached().await;
        stop.now(Halt::Leaving);
        held.let_go();
    });
    assert_eq!(outcome.expect("handed over"), Outcome::HandedOver);
    let job = stage.job(&task).await;
    assert_eq!((job.state, job.lease_until), (JobState::Processing, None));
    assert!(stage.is_clean());
    let done = stage.segments(&task).await;
    assert!(done >= 1, "{done}");
    assert_eq!(stage.work(&task, Bright::new().load()).await.expect("worked"), Outcome::Completed);
    assert_like_uninterrupted(&stage, &task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_left_although_no_frame_comes_any_more() {
    let stage = Stage::open().await;
    let task = stage.queued(clips::long(), VideoOptions::default()).await;
    // It never answers: the beat notices all the same, and nobody waits for the thread for ever.
    let held = Held::at(130);
    let workshop = stage.workshop(held.network.load());
    let stop = Arc::new(Stop::default());
    let (outcome, left) = tokio::join!(work(&workshop, &task, &stop), async {
        held.reached().await;
        stage.cancel(&task).await;
        let since = Instant::now();
        stop.wanted().await;
        since.elapsed()
    });
    assert_eq!(outcome.expect("left"), Outcome::Nothing);
    assert_eq!(stop.why(), Some(Halt::NotOurs));
    assert!(left < Duration::from_secs(60), "{left:?}");
    assert_eq!(stage.results(&task).await, [""; 0], "nobody will ask for any of it");
    assert!(stage.is_clean());
    assert_eq!(stage.job(&task).await.state, JobState::Cancelled);
    assert_eq!(stage.balance().await.used.video, Credits::ZERO);
    held.let_go();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_behind_a_video_outlives_its_workers_and_a_change_of_mind() {
    let stage = Stage::open().await;
    let options = VideoOptions { background: VideoBackdrop::Picture, ..VideoOptions::default() };
    let task = stage.queued(clips::long(), options.clone()).await;
    stage.put_backdrop(&task, halves()).await;
    let held = Held::at(130);
    let workshop = stage.workshop(held.network.load());
    let stop = Arc::new(Stop::default());
    let (outcome, ()) = tokio::join!(work(&workshop, &task, &stop), async {
        held.reached().await;
        stage.cancel(&task).await;
        stop.wanted().await;
        held.let_go();
    });
    assert_eq!(outcome.expect("left"), Outcome::Nothing);
    assert_eq!(stage.results(&task).await, [""; 0]);

    let task = stage.tried_again(&task).await;
    let dying = Bright::with(|asked| if asked == 120 { Err("the power went".into()) } else { Ok(()) });
    stage.work(&task, dying.load()).await.expect_err("dead");
    assert_eq!(stage.segments(&task).await, 1);
    assert_eq!(stage.work(&task, Bright::new().load()).await.expect("worked"), Outcome::Completed);

    let other = stage.queued(clips::long(), options).await;
    stage.put_backdrop(&other, halves()).await;
    assert_eq!(stage.work(&other, Bright::new().load()).await.expect("worked"), Outcome::Completed);
    let [interrupted, whole] =
        [stage.result(&task, "cutout.webm").await, stage.result(&other, "cutout.webm").await];
    let pixels = clips::flat_pixels(&whole);
    assert_eq!(pixels.len(), FRAMES * 96 * 64 * 4);
    assert!(pixels == clips::flat_pixels(&interrupted), "frame for frame");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_written_down_and_the_job_stays_with_its_worker_while_a_frame_takes_long() {
    let stage = Stage::open().await;
    let task = stage.queued(clips::long(), VideoOptions::default()).await;
    let held = Held::at(130);
    let workshop = stage.workshop(held.network.load());
    let stop = Arc::new(Stop::default());
    let (outcome, second) = tokio::join!(work(&workshop, &task, &stop), async {
        held.reached().await;
        let first = stage.job(&task).await.lease_until.expect("leased");
        let job = loop {
            let job = stage.job(&task).await;
            if job.lease_until.expect("leased") > first && job.work.is_some_and(|work| work.frames > 0) {
                break job;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let work = job.work.expect("work");
        assert!(work.frames < 140 && work.of == FRAMES as u64, "{work:?}");
        assert!((1..99).contains(&job.progress), "{}", job.progress);
        // Somebody who has been started twice waits, until there is nothing to do.
        let twice = Bright::new();
        let (second, ()) = tokio::join!(stage.work(&task, twice.load()), async { held.let_go() });
        assert_eq!(twice.asked(), 0);
        second
    });
    assert_eq!(outcome.expect("worked"), Outcome::Completed);
    assert_eq!(second.expect("looked"), Outcome::Nothing);
}
