//! A video processed in segments, one pass for each, compared with a video processed in one pass.

use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use image::{GrayImage, Luma};
use sansfond_imaging::{Background, Picture, parse_color};
use sansfond_video::pipeline::Cause;
use sansfond_video::segments::{self, JoinError, Segment, SegmentFile, SegmentInfo, SegmentPass};
use sansfond_video::sink::Clip;
use sansfond_video::{
    Bytes, FrameMatting, FrameSource, Pipeline, PipelineError, SinkOptions, SoundSource, SourceOptions,
    VideoFormat,
};

use crate::sound::onset;
use crate::{
    Brightness, ClipFolder, assert_same_times, decoded, difference, duration, ffprobe, options, times,
};

const RAW: Pipeline = Pipeline { steady: false, reuse: false };

/// Segments that begin at these times, the first at the start of the clip.
fn cut(at: &[f64], until_s: f64) -> Vec<Segment> {
    let ends = at.iter().skip(1).copied().chain([until_s]);
    let segment = |(number, (from_s, until_s)): (usize, (f64, f64))| Segment {
        number: number as u32,
        from_s,
        until_s,
        is_last: number + 1 == at.len(),
    };
    at.iter().copied().zip(ends).enumerate().map(segment).collect()
}

/// A video and the options for processing it.
struct TestVideo<'a> {
    input: &'a Path,
    plan: Vec<Segment>,
    sink: SinkOptions,
    pipeline: Pipeline,
    frame_matting: &'a dyn FrameMatting,
}

impl<'a> TestVideo<'a> {
    fn new(input: &'a Path, plan: Vec<Segment>, format: VideoFormat) -> Self {
        let background = if format == VideoFormat::Mp4 {
            Background::Color(parse_color("#00b140").expect("a color"))
        } else {
            Background::Transparent
        };
        let sink =
            SinkOptions { format, background: background.into(), threads: 2, ..SinkOptions::default() };
        Self { input, plan, sink, pipeline: RAW, frame_matting: &Brightness }
    }

    fn bytes(&self) -> Bytes {
        Bytes::open(self.input).expect("the file exists")
    }

    fn whole_clip(&self) -> SourceOptions {
        let (first, last) = (&self.plan[0], &self.plan[self.plan.len() - 1]);
        SourceOptions { from_s: first.from_s, until_s: Some(last.until_s), ..options() }
    }

    /// Processes one run of segments into a folder.
    fn process_run(&self, segments: &[Segment], folder: &Path) -> Vec<SegmentFile> {
        std::fs::create_dir_all(folder).expect("a folder");
        let run = SegmentPass {
            segments,
            pipeline: self.pipeline,
            source: options(),
            sink: self.sink.clone(),
            folder,
            done_frames: 0,
            expected_frames: None,
            clip_from_s: self.plan[0].from_s,
        };
        let mut pieces = Vec::new();
        let never = AtomicBool::new(false);
        segments::process(
            self.bytes(),
            &run,
            self.frame_matting,
            &never,
            |_| {},
            |done| {
                pieces.push(SegmentFile { info: done.info, file: done.file.map(Path::to_owned) });
                Ok(())
            },
        )
        .expect("done");
        assert_eq!(pieces.len(), segments.len());
        pieces
    }

    /// Processes each segment in a separate pass.
    fn in_separate_passes(&self, folder: &Path) -> Vec<SegmentFile> {
        self.plan.chunks(1).flat_map(|segment| self.process_run(segment, folder)).collect()
    }

    fn join(&self, pieces: &[SegmentFile], path: &Path) {
        let first = pieces.iter().find(|piece| piece.info.frames() > 0).expect("frames");
        let sound = SoundSource::open(self.bytes(), &self.whole_clip(), &first.info).expect("readable");
        segments::join(pieces, sound, &self.sink, path).expect("joined");
    }

    fn in_one_pass(&self, path: &Path) {
        let begins = self.plan.iter().skip(1).map(|segment| segment.from_s).collect();
        let source_options = SourceOptions { borders_s: begins, ..self.whole_clip() };
        let source = FrameSource::open(self.bytes(), &source_options).expect("a video");
        let sink = sansfond_video::open(path, Clip::of(&source), &self.sink).expect("a sink");
        let never = AtomicBool::new(false);
        self.pipeline.run(source, self.frame_matting, sink, &never, |_| {}).expect("done");
    }
}

/// The files in a ZIP.
fn unzipped(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive =
        zip::ZipArchive::new(std::fs::File::open(path).expect("the file exists")).expect("a ZIP");
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("readable");
        files.insert(file.name().expect("a name").into_owned(), bytes);
    }
    files
}

/// A network whose matte amplifies the noise of each frame in uncertain areas.
struct NoisyNetwork;

impl FrameMatting for NoisyNetwork {
    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        let matte = |picture: &&Picture| {
            let (width, height) = picture.dimensions();
            GrayImage::from_fn(width, height, |x, y| {
                let [r, g, b] = picture.color.get_pixel(x, y).0.map(f32::from);
                let noise = (g * 7.0 + b * 13.0) % 64.0 - 32.0;
                Luma([((r - 100.0) * 3.0 + noise + 128.0).clamp(0.0, 255.0) as u8])
            })
        };
        Ok(pictures.iter().map(matte).collect())
    }
}

/// A recurrent network: its matte is the mean of the mattes of the last frames.
struct RecurrentNetwork {
    seen: Mutex<VecDeque<GrayImage>>,
    warm_up: usize,
}

impl RecurrentNetwork {
    const FRAMES: usize = 5;

    fn with_warm_up(warm_up: usize) -> Self {
        Self { seen: Mutex::default(), warm_up }
    }
}

impl FrameMatting for RecurrentNetwork {
    fn warm_up(&self) -> usize {
        self.warm_up
    }

    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        let mut seen = self.seen.lock().expect("no test has panicked");
        let mut mean = |alone: GrayImage| {
            seen.push_back(alone);
            if seen.len() > Self::FRAMES {
                seen.pop_front();
            }
            GrayImage::from_fn(seen[0].width(), seen[0].height(), |x, y| {
                let sum: usize = seen.iter().map(|matte| usize::from(matte.get_pixel(x, y)[0])).sum();
                Luma([(sum / seen.len()) as u8])
            })
        };
        Ok(NoisyNetwork.mattes(pictures)?.into_iter().map(&mut mean).collect())
    }

    fn reset(&self) {
        self.seen.lock().expect("no test has panicked").clear();
    }
}

/// A noisy clip with a disc that does not move at first.
fn noisy_disc(clip_folder: &ClipFolder, name: &str, more: &str) -> PathBuf {
    let x = "(60+40*max(0\\,T-0.9))";
    clip_folder.make(
        name,
        &format!("-f lavfi -i color=0x3050a0:s=160x90:r=25:d=2,format=gbrp,geq=r='48+180*clip((28-hypot(X-{x},Y-45))/6,0,1)':g='80+120*clip((28-hypot(X-{x},Y-45))/6,0,1)':b='160-80*clip((28-hypot(X-{x},Y-45))/6,0,1)',noise=alls=6:allf=t {more}"),
    )
}

#[test]
fn mattes_do_not_depend_on_where_a_worker_starts() {
    let clip_folder = ClipFolder::new();
    for (name, more) in [
        ("every.mkv", "-c:v ffv1"),
        // One key frame only: segments begin in the middle of its group.
        ("one.mp4", "-c:v libx264 -qp 4 -g 999 -bf 2 -pix_fmt yuv420p"),
        (
            "vfr.mkv",
            "-vf setpts='(N+floor(N/7)*9)/25/TB' -fps_mode vfr -c:v libx264 -qp 4 -g 10 -pix_fmt yuv420p",
        ),
    ] {
        let input = noisy_disc(&clip_folder, name, more);
        let until_s = if name == "vfr.mkv" { 5.0 } else { 2.0 };
        let plan = cut(&[0.0, until_s * 0.2, until_s * 0.33, until_s * 0.61], until_s);
        for pipeline in [Pipeline::default(), Pipeline { steady: true, reuse: false }] {
            let work = TestVideo {
                pipeline,
                frame_matting: &NoisyNetwork,
                ..TestVideo::new(&input, plan.clone(), VideoFormat::Png)
            };
            let (whole, joined) = (clip_folder.path("whole.zip"), clip_folder.path("joined.zip"));
            work.in_one_pass(&whole);
            let pieces = work.in_separate_passes(&clip_folder.path("parts"));
            work.join(&pieces, &joined);
            let (whole, joined) = (unzipped(&whole), unzipped(&joined));
            assert_eq!(whole.len(), 51, "{name}: fifty frames and their times");
            assert_eq!(whole.keys().collect::<Vec<_>>(), joined.keys().collect::<Vec<_>>(), "{name}");
            for (file, bytes) in &whole {
                assert!(joined[file] == *bytes, "{name}: {file} is another, {pipeline:?}");
            }
        }
    }
}

#[test]
fn a_recurrent_network_is_warmed_up_before_a_segment() {
    let clip_folder = ClipFolder::new();
    let input = noisy_disc(&clip_folder, "in.mkv", "-c:v ffv1");
    let plan = cut(&[0.0, 0.8, 1.4], 2.0);
    let pipeline = Pipeline { steady: true, reuse: false };
    for (warm_up, alike) in [(RecurrentNetwork::FRAMES - 1, true), (0, false)] {
        let frame_matting = RecurrentNetwork::with_warm_up(warm_up);
        let work = TestVideo {
            pipeline,
            frame_matting: &frame_matting,
            ..TestVideo::new(&input, plan.clone(), VideoFormat::Png)
        };
        let (whole, joined) = (clip_folder.path("whole.zip"), clip_folder.path("joined.zip"));
        work.in_one_pass(&whole);
        frame_matting.reset();
        let pieces = work.in_separate_passes(&clip_folder.path("parts"));
        work.join(&pieces, &joined);
        assert_eq!(unzipped(&whole) == unzipped(&joined), alike, "after {warm_up} frames");
    }
}

#[test]
fn smoothing_without_a_lead_in_would_show_at_the_border() {
    // Shows that the test above can fail: the same parts, processed as separate videos.
    let clip_folder = ClipFolder::new();
    let input = noisy_disc(&clip_folder, "in.mkv", "-c:v ffv1");
    let plan = cut(&[0.0, 1.2], 2.0);
    let pipeline = Pipeline { steady: true, reuse: false };
    let work = TestVideo {
        pipeline,
        frame_matting: &NoisyNetwork,
        ..TestVideo::new(&input, plan, VideoFormat::Png)
    };
    let (whole, alone) = (clip_folder.path("whole.zip"), clip_folder.path("alone.zip"));
    work.in_one_pass(&whole);
    let source = SourceOptions { from_s: 1.2, ..options() };
    let source = FrameSource::open(work.bytes(), &source).expect("a video");
    let sink = sansfond_video::open(&alone, Clip::of(&source), &work.sink).expect("a sink");
    pipeline.run(source, &NoisyNetwork, sink, &AtomicBool::new(false), |_| {}).expect("done");
    let (whole, alone) = (unzipped(&whole), unzipped(&alone));
    assert!(whole["frame-000031.png"] != alone["frame-000001.png"]);
    assert!(whole["frame-000035.png"] == alone["frame-000005.png"]);
}

#[test]
fn an_interrupted_worker_leaves_the_same_files() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", "-c:v libx264 -g 7 -qp 0 -pix_fmt yuv444p -c:a aac");
    for format in [
        VideoFormat::WebM,
        VideoFormat::Mov,
        VideoFormat::Mp4,
        VideoFormat::Matte,
        VideoFormat::Zip,
        VideoFormat::Png,
    ] {
        let plan = cut(&[0.0, 0.28, 0.56, 0.84], 1.2);
        let work = TestVideo { pipeline: Pipeline::default(), ..TestVideo::new(&input, plan, format) };
        let whole = work.process_run(&work.plan, &clip_folder.path("whole"));
        let mut pieces = work.process_run(&work.plan[..1], &clip_folder.path("first"));
        pieces.extend(work.process_run(&work.plan[1..3], &clip_folder.path("second")));
        pieces.extend(work.process_run(&work.plan[3..], &clip_folder.path("third")));
        for (one, other) in whole.iter().zip(&pieces) {
            assert_eq!(one.info, other.info);
            let read = |piece: &SegmentFile| {
                std::fs::read(piece.file.as_ref().expect("a file")).expect("the file exists")
            };
            let what = format!("{format}: segment {}", one.info.number);
            assert!(read(one) == read(other), "{what}");
        }
    }
}

fn how_it_is_decoded(format: VideoFormat) -> &'static str {
    if format == VideoFormat::WebM { "-c:v libvpx-vp9" } else { "" }
}

/// Compares the joined file with that of one pass.
fn assert_alike(joined: &Path, whole: &Path, format: VideoFormat, what: &str) {
    assert_same_times(&times(joined), &times(whole));
    assert_eq!(times(joined)[0], 0.0, "{what}");
    let frame_s = 0.04;
    let (long, wanted) = (duration(joined), duration(whole));
    assert!((long - wanted).abs() < frame_s, "{what}: {long} s instead of {wanted}");
    let shown = "-select_streams v:0 -show_entries stream=codec_name,codec_tag_string,pix_fmt,profile,width,height,sample_aspect_ratio,color_space,color_primaries,color_transfer,color_range,avg_frame_rate,bits_per_raw_sample:stream_tags=alpha_mode";
    assert_eq!(ffprobe(joined, shown)["streams"], ffprobe(whole, shown)["streams"], "{what}");
    let how = how_it_is_decoded(format);
    let (ours, theirs) = (decoded(joined, how), decoded(whole, how));
    assert_eq!(ours.len(), theirs.len(), "{what}: as many pictures");
    for (at, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let off = difference(ours, theirs);
        assert!(off < 2.0, "{what}: frame {at} is off by {off}");
    }
}

fn assert_same_sound(joined: &Path, whole: &Path, what: &str) {
    let streams =
        |path| ffprobe(path, "-select_streams a -show_entries stream=codec_name,channels,sample_rate");
    assert_eq!(streams(joined)["streams"], streams(whole)["streams"], "{what}");
    let off_ms = (onset(joined) - onset(whole)) * 1000.0;
    assert!(off_ms.abs() < 20.0, "{what}: the tone is off by {off_ms} ms");
    let packets = |path| {
        let answer = ffprobe(path, "-select_streams a:0 -show_entries packet=pts_time");
        answer["packets"].as_array().map(Vec::len)
    };
    assert_eq!(packets(joined), packets(whole), "{what}: no gaps");
}

#[test]
fn joined_segments_equal_the_file_of_one_pass() {
    let clip_folder = ClipFolder::new();
    let disc = |rate: &str, more: &str| {
        let source = crate::DISC.replace("r=25", &format!("r={rate}"));
        format!("-f lavfi -i {source} -f lavfi -i {} -shortest {more} -c:a aac", crate::TONE)
    };
    let h264 = "-c:v libx264 -qp 0 -g 7 -bf 2 -pix_fmt yuv444p";
    let varying = "-vf setpts='(N+floor(N/5)*1.7)/25/TB' -fps_mode vfr";
    let inputs = [
        (clip_folder.make("25.mp4", &disc("25", h264)), 0.0, 1.2),
        (clip_folder.make("ntsc.mp4", &disc("30000/1001", h264)), 0.0, 1.2),
        (clip_folder.make("60.mkv", &disc("60", h264)), 0.0, 1.2),
        (clip_folder.make("vfr.mkv", &disc("25", &format!("{varying} {h264}"))), 0.0, 1.5),
        (clip_folder.make("part.mp4", &disc("25", h264)), 0.23, 0.97),
    ];
    for (input, from_s, until_s) in &inputs {
        let cuts = [0.0, 0.3, 0.55, 0.8].map(|share| from_s + (until_s - from_s) * share);
        for format in
            [VideoFormat::WebM, VideoFormat::Mov, VideoFormat::Mp4, VideoFormat::Matte, VideoFormat::Zip]
        {
            let what = format!("{} as {format}", input.file_name().expect("a name").display());
            let work = TestVideo::new(input, cut(&cuts, *until_s), format);
            let name = |start: &str| clip_folder.path(&format!("{start}.{}", format.row().extension));
            let (whole, joined) = (name("whole"), name("joined"));
            work.in_one_pass(&whole);
            let pieces = work.in_separate_passes(&clip_folder.path("parts"));
            work.join(&pieces, &joined);
            if format == VideoFormat::Zip {
                let (whole, joined) = (unzipped(&whole), unzipped(&joined));
                for file in ["color.mp4", "alpha.mp4"] {
                    let (whole, joined) =
                        (clip_folder.write("w.mp4", &whole[file]), clip_folder.write("j.mp4", &joined[file]));
                    assert_alike(&joined, &whole, format, &format!("{what}: {file}"));
                    if file == "color.mp4" {
                        assert_same_sound(&joined, &whole, &what);
                    }
                }
                continue;
            }
            assert_alike(&joined, &whole, format, &what);
            if format.row().has_sound {
                assert_same_sound(&joined, &whole, &what);
            }
            if format == VideoFormat::WebM {
                let corner = decoded(&joined, "-c:v libvpx-vp9")
                    .iter()
                    .map(|frame| frame.get_pixel(155, 85).0[3])
                    .max();
                assert!(corner < Some(8), "alpha is there in every segment: {corner:?}");
            }
        }
    }
}

#[test]
fn a_format_that_cannot_be_joined_is_one_segment() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac");
    for format in [VideoFormat::WebP, VideoFormat::Gif] {
        let plan = segments::plan(&[0.0], 0.0, 1.2, format);
        let work = TestVideo::new(&input, plan, format);
        let (whole, joined) = (clip_folder.path("whole"), clip_folder.path("joined"));
        work.in_one_pass(&whole);
        let pieces = work.in_separate_passes(&clip_folder.path("parts"));
        work.join(&pieces, &joined);
        assert!(
            std::fs::read(whole).expect("the file exists") == std::fs::read(joined).expect("the file exists"),
            "{format}"
        );
    }
}

#[test]
fn a_frame_may_last_longer_than_a_segment() {
    let clip_folder = ClipFolder::new();
    // Four frames, the second of which lasts two seconds.
    let input = clip_folder.make(
        "slides.mkv",
        "-f lavfi -i testsrc=s=64x48:r=5:d=0.8 -vf setpts='(N+gte(N\\,2)*10)/5/TB' -fps_mode vfr -c:v libx264 -pix_fmt yuv420p",
    );
    let plan = cut(&[0.0, 0.7, 1.4, 2.1], 2.8);
    let work = TestVideo::new(&input, plan, VideoFormat::Matte);
    let pieces = work.in_separate_passes(&clip_folder.path("parts"));
    let counts: Vec<u64> = pieces.iter().map(|piece| piece.info.frames()).collect();
    assert_eq!(counts, [2, 0, 0, 2]);
    let at_once = work.process_run(&work.plan, &clip_folder.path("at-once"));
    assert_eq!(at_once.iter().map(|piece| piece.info.frames()).collect::<Vec<_>>(), counts);
    let (whole, joined) = (clip_folder.path("whole.mp4"), clip_folder.path("joined.mp4"));
    work.in_one_pass(&whole);
    work.join(&pieces, &joined);
    assert_alike(&joined, &whole, VideoFormat::Matte, "slides");
}

#[test]
fn segments_of_a_video_that_changes_size_can_be_joined() {
    let clip_folder = ClipFolder::new();
    for (name, size, begins_s) in [("a.ts", "96x48", "0"), ("b.ts", "64x64", "0.4")] {
        clip_folder.make(
            name,
            &format!("-f lavfi -i testsrc=s={size}:r=25:d=0.4 -c:v libx264 -pix_fmt yuv420p -bf 0 -output_ts_offset {begins_s}"),
        );
    }
    let mut both = std::fs::read(clip_folder.path("a.ts")).expect("the file exists");
    both.extend(std::fs::read(clip_folder.path("b.ts")).expect("the file exists"));
    let input = clip_folder.write("ab.ts", &both);
    let work = TestVideo::new(&input, cut(&[0.0, 0.3, 0.5], 0.8), VideoFormat::Matte);
    let pieces = work.in_separate_passes(&clip_folder.path("parts"));
    let known: Vec<_> = pieces.iter().map(|piece| (piece.info.size, piece.info.frames())).collect();
    assert_eq!(known, [((96, 48), 8), ((96, 48), 5), ((96, 48), 7)]);
    work.join(&pieces, &clip_folder.path("joined.mp4"));
    assert_eq!(times(&clip_folder.path("joined.mp4")).len(), 20);
}

#[test]
fn mismatched_segments_are_not_joined() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", "-c:v libx264 -pix_fmt yuv420p");
    let work = TestVideo::new(&input, cut(&[0.0, 0.4, 0.8], 1.2), VideoFormat::Matte);
    let pieces = work.in_separate_passes(&clip_folder.path("parts"));
    let joined =
        |pieces: &[SegmentFile]| segments::join(pieces, None, &work.sink, &clip_folder.path("out.mp4"));
    assert!(matches!(joined(&[]), Err(JoinError::NoFrames)));
    assert!(matches!(joined(&pieces[1..]), Err(JoinError::Missing)));
    let again = [pieces[0].clone(), SegmentFile { file: None, ..pieces[1].clone() }];
    assert!(matches!(joined(&again), Err(JoinError::Missing)), "a file is missing");
    let mut short = pieces[0].info.clone();
    short.lasts.pop();
    let cut = [SegmentFile { info: short, ..pieces[0].clone() }];
    assert!(matches!(joined(&cut), Err(JoinError::Mismatch)), "more frames than were announced");
    let stored = serde_json::to_string(&pieces[1].info).expect("JSON");
    assert_eq!(serde_json::from_str::<SegmentInfo>(&stored).expect("JSON"), pieces[1].info);
}

#[test]
fn a_resumed_worker_reports_total_progress_and_stops_on_request() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", "-c:v libx264 -pix_fmt yuv420p");
    let work = TestVideo::new(&input, cut(&[0.0, 0.4, 0.8], 1.2), VideoFormat::Matte);
    let run = SegmentPass {
        segments: &work.plan[1..],
        pipeline: RAW,
        source: options(),
        sink: work.sink.clone(),
        folder: &clip_folder.path(""),
        done_frames: 10,
        expected_frames: Some(30),
        clip_from_s: 0.0,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let (mut steps, mut finished) = (Vec::new(), 0);
    let summary = segments::process(
        work.bytes(),
        &run,
        &Brightness,
        &stop,
        |progress| steps.push((progress.frames, progress.expected)),
        |_| {
            finished += 1;
            Ok(())
        },
    );
    assert_eq!(summary.expect("done").frames, 20);
    assert_eq!((steps.first(), steps.last()), (Some(&(11, Some(30))), Some(&(30, Some(30)))));
    assert_eq!(finished, 2);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let bytes = work.bytes().stopped_by(stop.clone());
    let stopped = segments::process(bytes, &run, &Brightness, &stop, |_| {}, |_| Ok(()));
    assert!(matches!(stopped, Err(PipelineError::Cancelled)), "{stopped:?}");
    stop.store(false, std::sync::atomic::Ordering::Relaxed);
    let rejected = segments::process(work.bytes(), &run, &Brightness, &stop, |_| {}, |_| Err("full".into()));
    assert!(matches!(rejected, Err(PipelineError::Segment(_))));
}
