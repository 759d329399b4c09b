//! Readable videos, and messages that arrive twice, late or without a job.

use sansfond_aws::events::VideoTask;
use sansfond_domain::ports::Files;
use sansfond_domain::rules::{ProbeOutcome, VideoProperties, admit, cancel, retry};
use sansfond_domain::{Credits, JobState, Plan, VideoOptions};
use sansfond_embedded::{Reply, Step};

use crate::clip_folder::{CLIP, ClipFolder, fixture};
use crate::test_intake::{TestIntake, ada, key, now};

#[tokio::test]
async fn every_container_is_probed_and_queued() {
    let test_intake = TestIntake::open().await;
    let upload_method = test_intake.upload_method();
    for name in ["disc.mp4", "disc.mov", "disc.mkv", "disc.webm", "disc.avi", "disc.ts", "disc.gif"] {
        test_intake.takes(1);
        let job = test_intake.arrived(&fixture(name), VideoOptions::default()).await;
        assert!(!test_intake.deliver(&upload_method, &test_intake.event(&job).await).await, "{name}");
        let seen = test_intake.job(&job).await;
        assert_eq!((seen.state, seen.failure), (JobState::Queued, None), "{name}");
        let clip = seen.input.clip.expect("probed into");
        assert!(clip.width > 0 && clip.height > 0 && clip.frames > 10, "{name}: {clip:?}");
        assert!((500..3000).contains(&clip.duration_ms), "{name}: {clip:?}");
        assert_eq!((clip.from_ms, clip.until_ms), (0, clip.duration_ms), "{name}");
        assert_eq!(seen.input.version, Some(test_intake.version(&job).await), "{name}");
        let last = test_intake.video_tasks().pop().expect("queued");
        assert_eq!(last, VideoTask { account: ada(), job, retry: 0, stop: false }, "{name}");
    }
}

#[tokio::test]
async fn a_rotated_clip_has_its_upright_size() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    let lying = clip_folder.make("a.mp4", CLIP);
    clip_folder.write("a.mp4", &lying);
    let file = clip_folder.make("r.mp4", "-i %/a.mp4 -c copy -metadata:s:v:0 rotate=90");
    let part = VideoOptions { from_ms: 200, until_ms: Some(700), ..VideoOptions::default() };
    test_intake.takes(1);
    let job = test_intake.arrived(&file, part).await;
    assert!(!test_intake.deliver(&test_intake.upload_method(), &test_intake.event(&job).await).await);
    let clip = test_intake.job(&job).await.input.clip.expect("probed into");
    assert_eq!((clip.width, clip.height, clip.frames), (90, 160, 30));
    assert_eq!((clip.from_ms, clip.until_ms), (200, 700));
}

#[tokio::test]
async fn thirty_seconds_of_a_longer_video_are_allowed() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    let long = clip_folder.make("l.mp4", "-f lavfi -i color=s=16x16:r=5:d=100 -c:v mpeg4 -pix_fmt yuv420p");
    let part = VideoOptions { from_ms: 50_000, until_ms: Some(80_000), ..VideoOptions::default() };
    let look = VideoOptions { preview: true, ..VideoOptions::default() };
    test_intake.takes(2);
    for (options, length_ms) in [(part, 30_000), (look, 3_000)] {
        let job = test_intake.arrived(&long, options).await;
        assert!(!test_intake.deliver(&test_intake.upload_method(), &test_intake.event(&job).await).await);
        let clip = test_intake.job(&job).await.input.clip.expect("probed into");
        assert_eq!(clip.until_ms - clip.from_ms, length_ms);
    }
    assert_eq!(test_intake.used().await, Credits::ONE, "a first look costs nothing");
}

#[tokio::test]
async fn a_repeated_message_queues_the_job_again_and_costs_once() {
    let test_intake = TestIntake::open().await;
    let job = test_intake.arrived(&fixture("disc.mp4"), VideoOptions::default()).await;
    let (upload_method, event) = (test_intake.upload_method(), test_intake.event(&job).await);
    test_intake.takes(2);
    for _ in 0..2 {
        assert!(!test_intake.deliver(&upload_method, &event).await);
    }
    assert_eq!(test_intake.video_tasks().len(), 2, "the first one may have died before it was queued");
    assert_eq!(
        (test_intake.job(&job).await.state, test_intake.used().await),
        (JobState::Queued, Credits::ONE)
    );
}

#[tokio::test]
async fn an_admitted_video_is_queued_after_a_crash() {
    let test_intake = TestIntake::open().await;
    let job = test_intake.arrived(&fixture("disc.mp4"), VideoOptions::default()).await;
    let event = test_intake.event(&job).await;
    let version = test_intake.version(&job).await;
    let found = VideoProperties { width: 160, height: 90, duration_ms: 1000, frames: 25 };
    test_intake
        .apply(&job, &|seen| admit(seen, &version, ProbeOutcome::Readable(found), &Plan::default(), now()))
        .await;
    assert_eq!(test_intake.video_tasks(), []);
    test_intake.takes(1);
    assert!(!test_intake.deliver(&test_intake.upload_method(), &event).await);
    assert_eq!(test_intake.video_tasks().len(), 1);
    assert_eq!(
        test_intake.job(&job).await.input.clip.expect("as it was").duration_ms,
        1000,
        "it was not probed into again"
    );
}

#[tokio::test]
async fn a_message_is_redelivered_when_the_queue_does_not_respond() {
    let test_intake = TestIntake::open().await;
    let job = test_intake.arrived(&fixture("disc.mp4"), VideoOptions::default()).await;
    let (upload_method, event) = (test_intake.upload_method(), test_intake.event(&job).await);
    test_intake.script().next("SendMessage", 3, Step::Instead(Reply::broken()));
    assert!(test_intake.deliver(&upload_method, &event).await);
    test_intake.takes(1);
    assert!(!test_intake.deliver(&upload_method, &event).await);
    assert_eq!(
        (test_intake.job(&job).await.state, test_intake.used().await),
        (JobState::Queued, Credits::ONE)
    );
}

#[tokio::test]
async fn a_cancelled_or_deleted_video_is_ignored() {
    let test_intake = TestIntake::open().await;
    let (upload_method, file) = (test_intake.upload_method(), fixture("disc.mp4"));
    let cancelled = test_intake.arrived(&file, VideoOptions::default()).await;
    test_intake.apply(&cancelled, &|seen| cancel(seen, now())).await;
    assert!(!test_intake.deliver(&upload_method, &test_intake.event(&cancelled).await).await);
    assert_eq!(test_intake.job(&cancelled).await.state, JobState::Cancelled);
    let gone = test_intake.arrived(&file, VideoOptions::default()).await;
    let event = test_intake.event(&gone).await;
    test_intake.bucket.delete_folder(key(&gone).trim_end_matches("source")).await.expect("deleted");
    assert!(!test_intake.deliver(&upload_method, &event).await);
    assert_eq!(test_intake.job(&gone).await.state, JobState::Pending);
    let nobodys = "0190a0b0c0d0e0f00112233445566778".parse().expect("a name");
    assert!(!test_intake.deliver(&upload_method, &test_intake.event_of(&nobodys, "e")).await);
    assert_eq!(test_intake.video_tasks(), []);
}

#[tokio::test]
async fn an_unreadable_message_is_redelivered_until_it_is_a_dead_letter() {
    let test_intake = TestIntake::open().await;
    let picture = test_intake.event_of(&"0190a0b0c0d0e0f00112233445566778".parse().expect("a name"), "e");
    let picture = picture.replace("videos/", "uploads/");
    for nonsense in ["{}", "", r#"{"detail-type":"Job Queued","detail":{}}"#, &picture] {
        assert!(test_intake.deliver(&test_intake.upload_method(), nonsense).await, "{nonsense}");
    }
    assert_eq!(test_intake.video_tasks(), []);
}

#[tokio::test]
async fn a_message_about_an_earlier_version_is_ignored() {
    let test_intake = TestIntake::open().await;
    let file = fixture("disc.mp4");
    let job = test_intake.arrived(&file, VideoOptions::default()).await;
    let early = test_intake.event(&job).await;
    let mut other = file.clone();
    *other.last_mut().expect("a byte") ^= 1;
    test_intake.put(&job, &other).await;
    assert!(!test_intake.deliver(&test_intake.upload_method(), &early).await);
    assert_eq!(test_intake.job(&job).await.state, JobState::Pending);
    test_intake.takes(1);
    assert!(!test_intake.deliver(&test_intake.upload_method(), &test_intake.event(&job).await).await);
    assert_eq!(test_intake.job(&job).await.input.version, Some(test_intake.version(&job).await));
}

#[tokio::test]
async fn a_late_message_does_not_queue_a_later_try() {
    let test_intake = TestIntake::open().await;
    let job = test_intake.arrived(&fixture("disc.mp4"), VideoOptions::default()).await;
    let (upload_method, event) = (test_intake.upload_method(), test_intake.event(&job).await);
    test_intake.takes(1);
    assert!(!test_intake.deliver(&upload_method, &event).await);
    test_intake.apply(&job, &|seen| cancel(seen, now())).await;
    test_intake.apply(&job, &|seen| retry(seen, &Plan::default(), now())).await;
    assert!(!test_intake.deliver(&upload_method, &event).await);
    assert_eq!(test_intake.video_tasks().len(), 1);
}
