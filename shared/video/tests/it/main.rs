//! Videos made by FFmpeg's program, read and written by our code, and inspected by FFmpeg again.
//!
//! `make test` installs `ffmpeg` and `ffprobe` before it runs this.

mod files;
mod frames;
mod probing;
mod running;
mod segments;
mod sound;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use image::{GrayImage, RgbaImage};
use sansfond_imaging::{Background, Picture};
use sansfond_video::pipeline::Cause;
use sansfond_video::sink::Clip;
use sansfond_video::{
    Bytes, Frame, FrameMatting, FrameSource, Item, Pipeline, SinkOptions, SourceOptions, Summary, VideoFormat,
};
use serde_json::Value;

/// A folder for the files of a test.
struct ClipFolder(tempfile::TempDir);

impl ClipFolder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        std::fs::write(self.path(name), bytes).expect("written");
        self.path(name)
    }

    /// Runs `ffmpeg` with these arguments and an output file.
    fn make(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-nostdin", "-bitexact"])
            .args(
                arguments
                    .split_whitespace()
                    .map(|word| word.replace("%", &self.0.path().display().to_string())),
            )
            .arg(&path)
            .output()
            .expect("ffmpeg is installed");
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        path
    }

    /// A white disc that moves over blue, and a tone that begins after half a second.
    fn disc(&self, name: &str, more: &str) -> PathBuf {
        let source = format!("-f lavfi -i {DISC} -f lavfi -i {TONE} -shortest {more}");
        self.make(name, &source)
    }

    /// Processes a video with [`Brightness`].
    fn cut_out(&self, input: &Path, name: &str, format: VideoFormat, background: Background) -> PathBuf {
        self.run(input, name, format, background).0
    }

    fn run(
        &self,
        input: &Path,
        name: &str,
        format: VideoFormat,
        background: Background,
    ) -> (PathBuf, Summary) {
        let source =
            FrameSource::open(Bytes::open(input).expect("the file exists"), &options()).expect("a video");
        let path = self.path(name);
        let sink_options = SinkOptions { format, background: background.into(), ..SinkOptions::default() };
        let sink = sansfond_video::open(&path, Clip::of(&source), &sink_options).expect("a sink");
        let pipeline = Pipeline { steady: false, reuse: false };
        let summary = pipeline.run(source, &Brightness, sink, &AtomicBool::new(false), |_| {}).expect("done");
        (path, summary)
    }
}

/// 1.2 seconds at 25 frames a second, 160 × 90.
const DISC: &str = "color=0x1020a0:s=160x90:r=25:d=1.2,format=rgb24,geq=r='if(lt(hypot(X-40-60*T,Y-45),24),255,16)':g='if(lt(hypot(X-40-60*T,Y-45),24),255,32)':b='if(lt(hypot(X-40-60*T,Y-45),24),255,160)'";
const TONE: &str = "sine=1000:r=48000:d=1.2,volume='if(lt(t,0.5),0,1)':eval=frame";

fn options() -> SourceOptions {
    SourceOptions::default()
}

/// A network whose matte is the brightness of the picture.
struct Brightness;

impl FrameMatting for Brightness {
    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        Ok(pictures.iter().map(|picture| brightness(picture)).collect())
    }
}

fn brightness(picture: &Picture) -> GrayImage {
    let (width, height) = picture.dimensions();
    let alpha = picture.color.as_chunks::<3>().0.iter();
    let alpha =
        alpha.map(|[r, ..]| (f32::from(r.saturating_sub(16)) / 239.0 * 255.0).round() as u8).collect();
    GrayImage::from_raw(width, height, alpha).expect("one value a pixel")
}

/// Every frame of a video, decoded by our code.
fn frames(path: &Path, options: &SourceOptions) -> Vec<Frame> {
    let mut source =
        FrameSource::open(Bytes::open(path).expect("the file exists"), options).expect("a video");
    let mut frames = Vec::new();
    while let Some(item) = source.next().expect("readable to the end") {
        if let Item::Frame(frame) = item {
            frames.push(frame);
        }
    }
    frames
}

/// The output of `ffprobe`.
fn ffprobe(path: &Path, arguments: &str) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json"])
        .args(arguments.split_whitespace())
        .arg(path)
        .output()
        .expect("ffprobe is installed");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Start of each frame of the video in seconds, in presentation order.
fn times(path: &Path) -> Vec<f64> {
    let answer = ffprobe(path, "-select_streams v:0 -show_entries packet=pts_time");
    let packets = answer["packets"].as_array().expect("packets");
    let mut times: Vec<f64> = packets
        .iter()
        .map(|packet| packet["pts_time"].as_str().expect("a time").parse().expect("a number"))
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Duration of the container, in seconds.
fn duration(path: &Path) -> f64 {
    let answer = ffprobe(path, "-show_entries format=duration");
    answer["format"]["duration"].as_str().expect("a duration").parse().expect("a number")
}

/// Every frame of a video, decoded by FFmpeg.
fn decoded(path: &Path, before: &str) -> Vec<RgbaImage> {
    let answer = ffprobe(path, "-select_streams v:0 -show_entries stream=width,height");
    let side = |name: &str| answer["streams"][0][name].as_u64().expect("a size") as u32;
    let (width, height) = (side("width"), side("height"));
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-noautorotate"])
        .args(before.split_whitespace())
        .arg("-i")
        .arg(path)
        .args([
            "-map",
            "0:v:0",
            "-fps_mode",
            "passthrough",
            "-sws_flags",
            "accurate_rnd+full_chroma_int+bicubic",
        ])
        .args(["-f", "rawvideo", "-pix_fmt", "rgba", "-"])
        .output()
        .expect("ffmpeg is installed");
    let size = width as usize * height as usize * 4;
    assert!(output.stdout.len() >= size, "{}", String::from_utf8_lossy(&output.stderr));
    let frames = output.stdout.chunks_exact(size);
    frames.map(|frame| RgbaImage::from_raw(width, height, frame.to_vec()).expect("a frame")).collect()
}

/// Mean absolute difference, in levels.
fn difference(ours: &[u8], theirs: &[u8]) -> f64 {
    assert_eq!(ours.len(), theirs.len(), "one size");
    let sum: u64 = ours.iter().zip(theirs).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / ours.len() as f64
}

/// Asserts that both sequences have the same length and agree to a millisecond.
fn assert_same_times(ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "as many frames");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() < 0.001, "{ours} is not {theirs}");
    }
}
