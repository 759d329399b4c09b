//! Unsuitable files: each has one failure, and the credit is returned.

use std::io::Cursor;
use std::time::Duration;

use sansfond_domain::{Credits, Failure, JobState, VideoOptions};
use sansfond_video_intake::look::ProbeLimits;

use crate::clip_folder::{CLIP, ClipFolder, boxes, fixture, forge_duration};
use crate::test_intake::TestIntake;

#[tokio::test]
async fn a_file_that_is_not_a_video_is_unreadable() {
    let test_intake = TestIntake::open().await;
    let noise: Vec<u8> = (0..5000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut png = Cursor::new(Vec::new());
    image::RgbImage::new(32, 32).write_to(&mut png, image::ImageFormat::Png).expect("encoded");
    for (what, file) in
        [("text", b"this is only a text".to_vec()), ("noise", noise), ("a PNG", png.into_inner())]
    {
        test_intake.refuses(what, &file, Failure::UnreadableVideo).await;
    }
}

#[tokio::test]
async fn a_playlist_opens_none_of_its_files() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    clip_folder.make("secret.ts", CLIP);
    let secret = clip_folder.folder().join("secret.ts");
    let secret = secret.display();
    for (what, list) in [
        ("HLS", format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\nfile://{secret}\n#EXT-X-ENDLIST\n")),
        (
            "HLS of the net",
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\nhttp://127.0.0.1:9/a.ts\n".to_owned(),
        ),
        ("ffconcat", format!("ffconcat version 1.0\nfile {secret}\n")),
    ] {
        test_intake.refuses(what, list.as_bytes(), Failure::UnreadableVideo).await;
    }
}

#[tokio::test]
async fn a_sound_file_with_a_cover_is_not_a_video() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    let sound = clip_folder.make("a.m4a", "-f lavfi -i sine=440:d=1 -c:a aac");
    test_intake.refuses("sound", &sound, Failure::NoVideo).await;
    let mut cover = Cursor::new(Vec::new());
    image::RgbImage::new(64, 64).write_to(&mut cover, image::ImageFormat::Png).expect("encoded");
    clip_folder.write("cover.png", &cover.into_inner());
    let words = "-f lavfi -i sine=440:d=1 -i %/cover.png -map 0 -map 1 -c:a aac -c:v copy -disposition:v attached_pic";
    test_intake.refuses("a cover", &clip_folder.make("c.m4a", words), Failure::NoVideo).await;
}

#[tokio::test]
async fn a_truncated_video_is_incomplete() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    let moov_last = clip_folder.make("a.mp4", CLIP);
    test_intake.refuses("moov last", &moov_last[..moov_last.len() / 2], Failure::IncompleteVideo).await;
    let moov_first = clip_folder.make("b.mp4", &format!("{CLIP} -movflags +faststart"));
    test_intake
        .refuses("moov first", &moov_first[..moov_first.len() * 6 / 10], Failure::IncompleteVideo)
        .await;
}

#[tokio::test]
async fn a_video_without_frames_is_rejected() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    let none =
        clip_folder.make("n.mp4", "-f lavfi -i testsrc=s=64x64 -frames:v 0 -c:v libx264 -pix_fmt yuv420p");
    let job = test_intake.arrived(&none, VideoOptions::default()).await;
    assert!(!test_intake.deliver(&test_intake.upload_method(), &test_intake.event(&job).await).await);
    let job = test_intake.job(&job).await;
    // FFmpeg 5 and newer versions write different empty files.
    let reasons = [Failure::NoVideo, Failure::IncompleteVideo];
    assert!(job.failure.is_some_and(|reason| reasons.contains(&reason)), "{job:?}");
    assert_eq!(test_intake.used().await, Credits::ZERO);
}

#[tokio::test]
async fn too_many_frames_or_pixels_are_rejected() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    let fast =
        clip_folder.make("f.mp4", "-f lavfi -i testsrc=s=64x64:r=1000:d=0.2 -c:v libx264 -pix_fmt yuv420p");
    test_intake.refuses("1,000 frames a second", &fast, Failure::VideoTooLarge).await;
    let large =
        clip_folder.make("l.mp4", "-f lavfi -i color=s=5000x5000:r=5:d=0.2 -c:v mpeg4 -pix_fmt yuv420p");
    test_intake.refuses("25 million pixels", &large, Failure::VideoTooLarge).await;
}

#[tokio::test]
async fn a_claimed_size_changes_nothing() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    let mut file = clip_folder.make("a.mp4", CLIP);
    for at in boxes(&file, b"avc1") {
        if let Some(size) = file.get_mut(at + 28..at + 32) {
            size.copy_from_slice(&[0x3e, 0x80, 0x3e, 0x80]);
        }
    }
    test_intake.takes(1);
    let job = test_intake.arrived(&file, VideoOptions::default()).await;
    assert!(!test_intake.deliver(&test_intake.upload_method(), &test_intake.event(&job).await).await);
    let clip = test_intake.job(&job).await.input.clip.expect("probed into");
    assert_eq!((clip.width, clip.height), (160, 90), "the size of the stream counts");
}

#[tokio::test]
async fn a_video_of_ten_hours_is_too_long_for_the_free_plan() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    let long =
        clip_folder.make("t.mp4", "-f lavfi -i color=s=16x16:r=0.01:d=36000 -c:v mpeg4 -pix_fmt yuv420p");
    test_intake.refuses("ten hours", &long, Failure::VideoTooLong).await;
    let half_a_minute =
        clip_folder.make("m.mp4", "-f lavfi -i color=s=16x16:r=1:d=31 -c:v mpeg4 -pix_fmt yuv420p");
    test_intake.refuses("31 seconds", &half_a_minute, Failure::VideoTooLong).await;
}

#[tokio::test]
async fn a_forged_header_gives_no_free_seconds() {
    let (test_intake, clip_folder) = (TestIntake::open().await, ClipFolder::new());
    let mut long =
        clip_folder.make("l.mp4", "-f lavfi -i color=s=16x16:r=5:d=40 -c:v mpeg4 -pix_fmt yuv420p");
    forge_duration(&mut long, 1);
    test_intake.refuses("forty seconds that claim to be none", &long, Failure::VideoTooLong).await;
}

#[tokio::test]
async fn a_file_that_was_not_declared_is_not_processed() {
    let test_intake = TestIntake::open().await;
    let file = fixture("disc.mp4");
    let job = test_intake.announced(file.len() as u64 + 1, VideoOptions::default()).await;
    test_intake.put(&job, &file).await;
    assert!(!test_intake.deliver(&test_intake.upload_method(), &test_intake.event(&job).await).await);
    assert_eq!(test_intake.job(&job).await.failure, Some(Failure::UploadMismatch));
    let empty = test_intake.announced(5, VideoOptions::default()).await;
    test_intake.put(&empty, b"").await;
    assert!(!test_intake.deliver(&test_intake.upload_method(), &test_intake.event(&empty).await).await);
    assert_eq!(test_intake.job(&empty).await.failure, Some(Failure::UploadMismatch));
    assert_eq!(test_intake.used().await, Credits::ZERO);
}

#[tokio::test]
async fn a_part_after_the_end_is_rejected() {
    let test_intake = TestIntake::open().await;
    let behind = VideoOptions { from_ms: 60_000, ..VideoOptions::default() };
    let job = test_intake.arrived(&fixture("disc.mp4"), behind).await;
    assert!(!test_intake.deliver(&test_intake.upload_method(), &test_intake.event(&job).await).await);
    assert_eq!(test_intake.job(&job).await.failure, Some(Failure::UnsuitableOptions));
    assert_eq!(test_intake.used().await, Credits::ZERO);
}

#[tokio::test]
async fn a_probe_respects_its_limits() {
    let test_intake = TestIntake::open().await;
    let file = fixture("disc.mkv");
    let job = test_intake.arrived(&file, VideoOptions::default()).await;
    let event = test_intake.event(&job).await;
    let late =
        test_intake.upload_method().within(ProbeLimits { time: Duration::ZERO, ..ProbeLimits::default() });
    assert!(test_intake.deliver(&late, &event).await, "the message is redelivered");
    assert_eq!(test_intake.job(&job).await.state, JobState::Pending);
    let poor = test_intake.upload_method().within(ProbeLimits { bytes: 100, ..ProbeLimits::default() });
    assert!(!test_intake.deliver(&poor, &event).await);
    assert_eq!(test_intake.job(&job).await.failure, Some(Failure::UnreadableVideo));
}
