//! Videos that can be worked on, and messages that come twice, late or for nothing.

use sansfond_aws::events::Errand;
use sansfond_domain::ports::Files;
use sansfond_domain::rules::{Admission, Found, admit, cancel, retry};
use sansfond_domain::{Credits, JobState, Plan, VideoOptions};
use sansfond_embedded::{Reply, Step};

use crate::stage::{Stage, ada, key, now};
use crate::studio::{CLIP, Studio, fixture};

#[tokio::test]
async fn every_container_is_looked_into_and_queued() {
    let stage = Stage::open().await;
    let intake = stage.intake();
    for name in ["disc.mp4", "disc.mov", "disc.mkv", "disc.webm", "disc.avi", "disc.ts", "disc.gif"] {
        stage.takes(1);
        let job = stage.arrived(&fixture(name), VideoOptions::default()).await;
        assert!(!stage.deliver(&intake, &stage.event(&job).await).await, "{name}");
        let seen = stage.job(&job).await;
        assert_eq!((seen.state, seen.failure), (JobState::Queued, None), "{name}");
        let clip = seen.input.clip.expect("looked into");
        assert!(clip.width > 0 && clip.height > 0 && clip.frames > 10, "{name}: {clip:?}");
        assert!((500..3000).contains(&clip.duration_ms), "{name}: {clip:?}");
        assert_eq!((clip.from_ms, clip.until_ms), (0, clip.duration_ms), "{name}");
        assert_eq!(seen.input.version, Some(stage.version(&job).await), "{name}");
        let last = stage.errands().pop().expect("queued");
        assert_eq!(last, Errand { account: ada(), job, retry: 0, stop: false }, "{name}");
    }
}

#[tokio::test]
async fn a_clip_stands_upright_and_a_part_of_it_is_enough() {
    let (stage, studio) = (Stage::open().await, Studio::new());
    let lying = studio.make("a.mp4", CLIP);
    studio.write("a.mp4", &lying);
    let file = studio.make("r.mp4", "-i %/a.mp4 -c copy -metadata:s:v:0 rotate=90");
    let part = VideoOptions { from_ms: 200, until_ms: Some(700), ..VideoOptions::default() };
    stage.takes(1);
    let job = stage.arrived(&file, part).await;
    assert!(!stage.deliver(&stage.intake(), &stage.event(&job).await).await);
    let clip = stage.job(&job).await.input.clip.expect("looked into");
    assert_eq!((clip.width, clip.height, clip.frames), (90, 160, 30));
    assert_eq!((clip.from_ms, clip.until_ms), (200, 700));
}

#[tokio::test]
async fn thirty_seconds_of_a_longer_video_are_allowed() {
    let (stage, studio) = (Stage::open().await, Studio::new());
    let long = studio.make("l.mp4", "-f lavfi -i color=s=16x16:r=5:d=100 -c:v mpeg4 -pix_fmt yuv420p");
    let part = VideoOptions { from_ms: 50_000, until_ms: Some(80_000), ..VideoOptions::default() };
    let look = VideoOptions { preview: true, ..VideoOptions::default() };
    stage.takes(2);
    for (options, length_ms) in [(part, 30_000), (look, 3_000)] {
        let job = stage.arrived(&long, options).await;
        assert!(!stage.deliver(&stage.intake(), &stage.event(&job).await).await);
        let clip = stage.job(&job).await.input.clip.expect("looked into");
        assert_eq!(clip.until_ms - clip.from_ms, length_ms);
    }
    assert_eq!(stage.used().await, Credits::ONE, "a first look costs nothing");
}

#[tokio::test]
async fn a_message_that_comes_twice_queues_the_job_again_and_costs_once() {
    let stage = Stage::open().await;
    let job = stage.arrived(&fixture("disc.mp4"), VideoOptions::default()).await;
    let (intake, event) = (stage.intake(), stage.event(&job).await);
    stage.takes(2);
    for _ in 0..2 {
        assert!(!stage.deliver(&intake, &event).await);
    }
    assert_eq!(stage.errands().len(), 2, "the first one may have died before it was queued");
    assert_eq!((stage.job(&job).await.state, stage.used().await), (JobState::Queued, Credits::ONE));
}

#[tokio::test]
async fn a_function_that_dies_after_it_has_admitted_a_video_loses_nothing() {
    let stage = Stage::open().await;
    let job = stage.arrived(&fixture("disc.mp4"), VideoOptions::default()).await;
    let event = stage.event(&job).await;
    let version = stage.version(&job).await;
    let found = Found { width: 160, height: 90, duration_ms: 1000, frames: 25 };
    stage
        .apply(&job, &|seen| admit(seen, &version, Admission::Readable(found), &Plan::default(), now()))
        .await;
    assert_eq!(stage.errands(), []);
    stage.takes(1);
    assert!(!stage.deliver(&stage.intake(), &event).await);
    assert_eq!(stage.errands().len(), 1);
    assert_eq!(
        stage.job(&job).await.input.clip.expect("as it was").duration_ms,
        1000,
        "it was not looked into again"
    );
}

#[tokio::test]
async fn a_queue_that_does_not_answer_brings_the_message_again() {
    let stage = Stage::open().await;
    let job = stage.arrived(&fixture("disc.mp4"), VideoOptions::default()).await;
    let (intake, event) = (stage.intake(), stage.event(&job).await);
    stage.script().next("SendMessage", 3, Step::Instead(Reply::broken()));
    assert!(stage.deliver(&intake, &event).await);
    stage.takes(1);
    assert!(!stage.deliver(&intake, &event).await);
    assert_eq!((stage.job(&job).await.state, stage.used().await), (JobState::Queued, Credits::ONE));
}

#[tokio::test]
async fn a_video_that_was_given_up_or_is_gone_is_left_alone() {
    let stage = Stage::open().await;
    let (intake, file) = (stage.intake(), fixture("disc.mp4"));
    let cancelled = stage.arrived(&file, VideoOptions::default()).await;
    stage.apply(&cancelled, &|seen| cancel(seen, now())).await;
    assert!(!stage.deliver(&intake, &stage.event(&cancelled).await).await);
    assert_eq!(stage.job(&cancelled).await.state, JobState::Cancelled);
    let gone = stage.arrived(&file, VideoOptions::default()).await;
    let event = stage.event(&gone).await;
    stage.bucket.delete_folder(key(&gone).trim_end_matches("source")).await.expect("deleted");
    assert!(!stage.deliver(&intake, &event).await);
    assert_eq!(stage.job(&gone).await.state, JobState::Pending);
    let nobodys = "0190a0b0c0d0e0f00112233445566778".parse().expect("a name");
    assert!(!stage.deliver(&intake, &stage.event_of(&nobodys, "e")).await);
    for nonsense in ["{}", "", r#"{"account":"a","job":"0190a0b0c0d0e0f00112233445566778"}"#] {
        assert!(!stage.deliver(&intake, nonsense).await, "{nonsense}");
    }
    assert_eq!(stage.errands(), []);
}

#[tokio::test]
async fn the_message_of_an_earlier_version_does_not_speak_for_a_later_one() {
    let stage = Stage::open().await;
    let file = fixture("disc.mp4");
    let job = stage.arrived(&file, VideoOptions::default()).await;
    let early = stage.event(&job).await;
    let mut other = file.clone();
    *other.last_mut().expect("a byte") ^= 1;
    stage.put(&job, &other).await;
    assert!(!stage.deliver(&stage.intake(), &early).await);
    assert_eq!(stage.job(&job).await.state, JobState::Pending);
    stage.takes(1);
    assert!(!stage.deliver(&stage.intake(), &stage.event(&job).await).await);
    assert_eq!(stage.job(&job).await.input.version, Some(stage.version(&job).await));
}

#[tokio::test]
async fn a_late_message_does_not_queue_a_later_try() {
    let stage = Stage::open().await;
    let job = stage.arrived(&fixture("disc.mp4"), VideoOptions::default()).await;
    let (intake, event) = (stage.intake(), stage.event(&job).await);
    stage.takes(1);
    assert!(!stage.deliver(&intake, &event).await);
    stage.apply(&job, &|seen| cancel(seen, now())).await;
    stage.apply(&job, &|seen| retry(seen, &Plan::default(), now())).await;
    assert!(!stage.deliver(&intake, &event).await);
    assert_eq!(stage.errands().len(), 1);
}
