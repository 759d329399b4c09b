//! The pipeline: order, smoothing, reuse of mattes, and how it ends.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use image::{GrayImage, Luma};
use sansfond_imaging::{Background, Picture};
use sansfond_video::pipeline::Cause;
use sansfond_video::sink::{Clip, CutFrame};
use sansfond_video::steady::flicker;
use sansfond_video::{
    AudioPacket, Bytes, FrameMatting, FrameSink, FrameSource, Pipeline, PipelineError, SinkError, Summary,
    VideoFormat,
};

use crate::{Brightness, ClipFolder, options};

/// A sink that keeps mattes in memory.
#[derive(Clone, Default)]
struct MemorySink(std::sync::Arc<std::sync::Mutex<Vec<GrayImage>>>);

impl FrameSink for MemorySink {
    fn frame(&mut self, frame: CutFrame) -> Result<(), SinkError> {
        self.0.lock().expect("no panic").push(frame.cutout.alpha);
        Ok(())
    }

    fn audio(&mut self, _packet: AudioPacket) -> Result<(), SinkError> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        Ok(())
    }
}

fn source(path: &std::path::Path) -> FrameSource {
    FrameSource::open(Bytes::open(path).expect("the file exists"), &options()).expect("a video")
}

fn run(
    pipeline: Pipeline,
    path: &std::path::Path,
    frame_matting: &dyn FrameMatting,
) -> (Vec<GrayImage>, Summary) {
    let kept = MemorySink::default();
    let never = AtomicBool::new(false);
    let summary =
        pipeline.run(source(path), frame_matting, Box::new(kept.clone()), &never, |_| {}).expect("done");
    let mattes = std::mem::take(&mut *kept.0.lock().expect("no panic"));
    (mattes, summary)
}

const RAW: Pipeline = Pipeline { steady: false, reuse: false };

/// A static camera before a static disc, with the noise of a sensor.
fn noisy(clip_folder: &ClipFolder) -> std::path::PathBuf {
    clip_folder.make(
        "noisy.mkv",
        "-f lavfi -i color=0x3050a0:s=160x90:r=25:d=0.8,format=gbrp,geq=r='48+180*clip((28-hypot(X-80,Y-45))/6,0,1)':g='80+120*clip((28-hypot(X-80,Y-45))/6,0,1)':b='160-80*clip((28-hypot(X-80,Y-45))/6,0,1)',noise=alls=8:allf=t -c:v ffv1",
    )
}

/// A network whose matte amplifies the noise of each frame four times in soft areas.
struct NoisyNetwork;

impl FrameMatting for NoisyNetwork {
    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        let matte = |picture: &&Picture| {
            let (width, height) = picture.dimensions();
            GrayImage::from_fn(width, height, |x, y| {
                let red = f32::from(picture.color.get_pixel(x, y).0[0]);
                Luma([((red - 138.0) * 4.0 + 128.0).clamp(0.0, 255.0) as u8])
            })
        };
        Ok(pictures.iter().map(matte).collect())
    }
}

fn mean_flicker(mattes: &[GrayImage]) -> f64 {
    mattes.windows(2).map(|pair| flicker(&pair[0], &pair[1])).sum::<f64>() / (mattes.len() - 1) as f64
}

#[test]
fn the_matte_of_a_static_noisy_clip_hardly_flickers() {
    let clip_folder = ClipFolder::new();
    let clip = noisy(&clip_folder);
    let (raw, _) = run(RAW, &clip, &NoisyNetwork);
    let (steady, looked) = run(Pipeline { steady: true, reuse: false }, &clip, &NoisyNetwork);
    let (still, reused) = run(Pipeline::default(), &clip, &NoisyNetwork);
    let (raw, steady, still) = (mean_flicker(&raw), mean_flicker(&steady), mean_flicker(&still));
    println!("flicker in levels: {raw:.4} raw, {steady:.4} smoothed, {still:.4} with mattes reused");
    assert!(steady < raw / 3.0, "{raw} became {steady}");
    assert!(still < raw / 50.0, "{raw} became {still}");
    assert_eq!((looked.inferred, reused.inferred), (20, 1));
}

#[test]
fn moving_parts_are_not_smoothed_and_scenes_are_not_mixed() {
    let clip_folder = ClipFolder::new();
    let disc = clip_folder.disc("a.mp4", "-c:v libx264 -qp 0 -pix_fmt yuv444p");
    let (raw, all) = run(RAW, &disc, &Brightness);
    let (steady, moving) = run(Pipeline::default(), &disc, &Brightness);
    assert_eq!((all.inferred, moving.inferred, moving.cuts), (30, 30, 0));
    for (raw, steady) in raw.iter().zip(&steady) {
        assert!(flicker(raw, steady) < 0.5, "the matte stays where the disc is: {}", flicker(raw, steady));
    }
    // Half of it is the disc, half of it nearly white.
    let cut = clip_folder.make(
        "c.mkv",
        &format!("-f lavfi -i {} -vf lutrgb=r='if(gte(val\\,0),val)':enable='lt(n,15)',drawbox=c=0xf0f0e0:t=fill:enable='gte(n,15)' -c:v ffv1 -pix_fmt gbrp", crate::DISC),
    );
    let (raw, _) = run(RAW, &cut, &Brightness);
    let (steady, summary) = run(Pipeline::default(), &cut, &Brightness);
    assert_eq!(summary.cuts, 1);
    assert!(summary.inferred <= 17, "the second scene stands still: {}", summary.inferred);
    for at in [13, 14, 15, 16] {
        assert!(flicker(&raw[at], &steady[at]) < 0.5, "frame {at}: {}", flicker(&raw[at], &steady[at]));
    }
}

#[test]
fn batches_of_frames_stay_in_order() {
    struct Batched(AtomicU32);
    impl FrameMatting for Batched {
        fn batch(&self) -> usize {
            4
        }
        fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
            self.0.fetch_max(pictures.len() as u32, Ordering::Relaxed);
            Brightness.mattes(pictures)
        }
    }
    let clip_folder = ClipFolder::new();
    let disc = clip_folder.disc("a.mp4", "-c:v libx264 -qp 0 -pix_fmt yuv444p -c:a aac");
    let batched = Batched(AtomicU32::new(0));
    let (mattes, summary) = run(RAW, &disc, &batched);
    assert_eq!((batched.0.into_inner(), summary.frames, summary.inferred), (4, 30, 30));
    let (one_by_one, _) = run(RAW, &disc, &Brightness);
    assert!(mattes == one_by_one);
}

#[test]
fn failures_and_cancellation_end_the_pipeline() {
    struct Broken;
    impl FrameMatting for Broken {
        fn mattes(&self, _pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
            Err("out of memory".into())
        }
    }
    struct Blind;
    impl FrameMatting for Blind {
        fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
            Ok(pictures
                .iter()
                .map(|picture| GrayImage::new(picture.dimensions().0, picture.dimensions().1))
                .collect())
        }
    }
    struct Full;
    impl FrameSink for Full {
        fn frame(&mut self, _frame: CutFrame) -> Result<(), SinkError> {
            Err(SinkError::Io { path: "out.webm".into(), source: std::io::ErrorKind::StorageFull.into() })
        }
        fn audio(&mut self, _packet: AudioPacket) -> Result<(), SinkError> {
            Ok(())
        }
        fn finish(self: Box<Self>) -> Result<(), SinkError> {
            panic!("a file that is worth nothing must not be finished")
        }
    }
    let clip_folder = ClipFolder::new();
    let disc = clip_folder.disc("a.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac");
    let never = AtomicBool::new(false);
    let end = |frame_matting: &dyn FrameMatting, sink: Box<dyn FrameSink>| {
        RAW.run(source(&disc), frame_matting, sink, &never, |_| {}).expect_err("the request fails")
    };
    assert!(matches!(end(&Broken, Box::<MemorySink>::default()), PipelineError::Matte(_)));
    assert!(matches!(end(&Blind, Box::<MemorySink>::default()), PipelineError::NoSubject));
    assert!(matches!(end(&Brightness, Box::new(Full)), PipelineError::Sink(SinkError::Io { .. })));
    let cancel = AtomicBool::new(false);
    let mut seen = 0;
    let cancelled =
        RAW.run(source(&disc), &Brightness, Box::new(MemorySink::default()), &cancel, |progress| {
            seen = progress.frames;
            cancel.store(seen == 5, Ordering::Relaxed);
        });
    assert!(matches!(cancelled, Err(PipelineError::Cancelled)));
    assert_eq!(seen, 5);
}

#[test]
fn progress_counts_to_the_end() {
    let clip_folder = ClipFolder::new();
    let disc = clip_folder.disc("a.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac");
    let source = source(&disc);
    let options = sansfond_video::SinkOptions {
        format: VideoFormat::Matte,
        background: Background::Transparent.into(),
        ..Default::default()
    };
    let sink =
        sansfond_video::open(&clip_folder.path("out.mp4"), Clip::of(&source), &options).expect("a sink");
    let mut steps = Vec::new();
    let summary = Pipeline::default()
        .run(source, &Brightness, sink, &AtomicBool::new(false), |progress| {
            steps.push((progress.frames, progress.expected))
        })
        .expect("done");
    assert_eq!(steps.len(), 30);
    assert_eq!(steps.last(), Some(&(30, Some(30))));
    assert!((summary.seconds - 1.2).abs() < 0.001);
}
