//! Jobs without interruptions.

use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage};
use sansfond_domain::options::{Backdrop, VideoBackdrop, VideoFormat};
use sansfond_domain::{Credits, JobState, Rate, VideoOptions};
use sansfond_jobs::JobOutcome;

use crate::clips::{self, FRAMES};
use crate::network::BrightnessMatting;
use crate::test_worker::TestWorker;

#[tokio::test(flavor = "multi_thread")]
async fn a_video_becomes_a_result_with_a_preview_and_costs_a_credit_once() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let network = BrightnessMatting::new();
    assert_eq!(test_worker.work(&task, network.load()).await.expect("worked"), JobOutcome::Completed);

    let job = test_worker.job(&task).await;
    assert_eq!((job.state, job.progress, job.attempts()), (JobState::Completed, 100, 1));
    let least = Rate::of_machine("0.526".parse().expect("a price"));
    let least = least.micro_usd(Duration::from_millis(job.timings.matte_ms + job.timings.encode_ms) / 4);
    assert!(job.cost_micro_usd >= Some(least) && least > 0, "{:?} {least}", job.cost_micro_usd);
    let output = job.output.clone().expect("an output");
    assert_eq!((output.media_type.as_str(), output.extension.as_str()), ("video/webm", "webm"));
    assert_eq!((output.width, output.height, output.stored), (96, 64, true));
    assert_eq!(test_worker.results(&task).await, ["cutout.webm", "preview.webp"], "segments are deleted");
    let result = test_worker.result(&task, "cutout.webm").await;
    assert_eq!(result.len() as u64, output.size_bytes);
    let streams = clips::streams(&result);
    assert_eq!(streams[0], format!("vp9,96,64,{FRAMES}"));
    assert!(streams[1].starts_with("opus"), "{streams:?}");
    let preview =
        image::load_from_memory(&test_worker.result(&task, "preview.webp").await).expect("a picture");
    let preview = preview.into_rgba8();
    assert_eq!(preview.dimensions(), (96, 64));
    assert!(
        preview.get_pixel(20, 32)[3] > 200 && preview.get_pixel(90, 5)[3] == 0,
        "the preview is a cutout"
    );
    let balance = test_worker.balance().await;
    assert_eq!((balance.used.video, balance.open_jobs), (Credits::ONE, 0));
    assert!(test_worker.is_clean());

    let frames = network.frames();
    assert_eq!(
        test_worker.work(&task, network.load()).await.expect("the worker finds nothing to do"),
        JobOutcome::Nothing
    );
    assert_eq!(
        (network.frames(), test_worker.job(&task).await),
        (frames, job),
        "a second worker changes nothing"
    );
    assert_eq!(test_worker.balance().await, balance);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_job_uses_the_file_that_was_uploaded_for_the_first() {
    let test_worker = TestWorker::open().await;
    let first = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let matte = VideoOptions { format: VideoFormat::Matte, preview: true, ..VideoOptions::default() };
    let second = test_worker.another(&first, matte).await;
    assert_eq!(
        test_worker.work(&second, BrightnessMatting::new().load()).await.expect("worked"),
        JobOutcome::Completed
    );
    let job = test_worker.job(&second).await;
    assert_eq!(
        (job.source(), job.output.clone().map(|output| output.extension)),
        (&first.job, Some("mp4".to_owned()))
    );
    assert_eq!(test_worker.job(&first).await.state, JobState::Queued, "the first job still waits");
    assert_eq!(test_worker.results(&first).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_produces_a_file_of_that_format() {
    let test_worker = TestWorker::open().await;
    for format in VideoFormat::ALL {
        let background = match format {
            VideoFormat::Mp4 => Backdrop::Color([0, 255, 0, 255]),
            _ => Backdrop::Transparent,
        };
        let options = VideoOptions { format, background: background.into(), ..VideoOptions::default() };
        let task = test_worker.queued_as(clips::short(), options, 2_000).await;
        assert_eq!(
            test_worker.work(&task, BrightnessMatting::new().load()).await.expect("worked"),
            JobOutcome::Completed,
            "{format:?}"
        );
        let output = test_worker.job(&task).await.output.expect("an output");
        let result = test_worker.result(&task, &format!("cutout.{}", output.extension)).await;
        let (signature, at): (&[u8], usize) = match format {
            VideoFormat::WebM => (b"\x1a\x45\xdf\xa3", 0),
            VideoFormat::Mov | VideoFormat::Mp4 | VideoFormat::Matte => (b"ftyp", 4),
            VideoFormat::Zip | VideoFormat::Png => (b"PK\x03\x04", 0),
            VideoFormat::WebP => (b"RIFF", 0),
            VideoFormat::Gif => (b"GIF89a", 0),
        };
        assert!(result[at..].starts_with(signature), "{format:?}: {:?}", &result[..12]);
    }
}

/// Red on the left and blue on the right, as the API stores it.
pub(crate) fn halves() -> Vec<u8> {
    let picture = RgbImage::from_fn(192, 128, |x, _| Rgb(if x < 96 { [255, 0, 0] } else { [0, 0, 255] }));
    let mut bytes = Vec::new();
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), ImageFormat::Jpeg).expect("written");
    bytes
}

/// Whether a pixel has a color, within the errors of JPEG and video encoders.
fn is_near(pixel: &[u8], color: [u8; 3]) -> bool {
    pixel.iter().zip(color).all(|(one, other)| one.abs_diff(other) < 40)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_background_picture_is_behind_the_subject_in_every_frame() {
    let test_worker = TestWorker::open().await;
    for format in [VideoFormat::Mp4, VideoFormat::WebM] {
        let options = VideoOptions { format, background: VideoBackdrop::Picture, ..VideoOptions::default() };
        let task = test_worker.queued(clips::long(), options).await;
        test_worker.put_backdrop(&task, halves()).await;
        assert_eq!(
            test_worker.work(&task, BrightnessMatting::new().load()).await.expect("worked"),
            JobOutcome::Completed
        );
        let result = test_worker.result(&task, &format!("cutout.{}", format.name())).await;
        let pixels = clips::flat_pixels(&result);
        let frames = pixels.chunks_exact(96 * 64 * 4);
        assert_eq!(frames.len(), FRAMES, "{format:?}");
        for (number, frame) in frames.enumerate() {
            let at = |x: usize, y: usize| &frame[(y * 96 + x) * 4..][..3];
            assert!(is_near(at(4, 4), [255, 0, 0]), "{format:?} {number}: {:?}", at(4, 4));
            assert!(is_near(at(91, 4), [0, 0, 255]), "{format:?} {number}: {:?}", at(91, 4));
            // The test matting subtracts 40 from the brightness, so the disc is not fully opaque.
            let disc = at(20 + number / 5, 32);
            assert!(disc.iter().all(|&channel| channel > 150), "{format:?} {number}: {disc:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_has_three_seconds_at_most_and_is_free() {
    let test_worker = TestWorker::open().await;
    let options = VideoOptions { preview: true, ..VideoOptions::default() };
    let task = test_worker.queued(clips::long(), options).await;
    assert_eq!(
        test_worker.work(&task, BrightnessMatting::new().load()).await.expect("worked"),
        JobOutcome::Completed
    );
    assert_eq!(clips::streams(&test_worker.result(&task, "cutout.webm").await)[0], "vp9,96,64,30");
    assert_eq!(test_worker.balance().await.used.video, Credits::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_longer_than_its_header_says_is_cut_to_the_reserved_duration() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued_as(clips::long(), VideoOptions::default(), 1_000).await;
    assert_eq!(
        test_worker.work(&task, BrightnessMatting::new().load()).await.expect("worked"),
        JobOutcome::Completed
    );
    assert_eq!(clips::streams(&test_worker.result(&task, "cutout.webm").await)[0], "vp9,96,64,10");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_requested_part_is_processed() {
    let test_worker = TestWorker::open().await;
    let options =
        VideoOptions { from_ms: 5_000, until_ms: Some(7_000), sound: false, ..VideoOptions::default() };
    let task = test_worker.queued(clips::long(), options).await;
    let network = BrightnessMatting::new();
    assert_eq!(test_worker.work(&task, network.load()).await.expect("worked"), JobOutcome::Completed);
    assert_eq!(clips::streams(&test_worker.result(&task, "cutout.webm").await), ["vp9,96,64,20"]);
    assert!(network.frames() <= 20, "{}", network.frames());
}
