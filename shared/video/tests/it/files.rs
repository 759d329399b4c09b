//! The output of every sink, read by other programs.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, RgbaImage};
use sansfond_imaging::{Background, Length, parse_color};
use sansfond_video::sink::Clip;
use sansfond_video::{FrameSource, SinkError, SinkOptions, VideoFormat};

use crate::{
    Bytes, ClipFolder, assert_same_times, brightness, decoded, difference, duration, ffprobe, frames,
    options, times,
};

const SOURCE: &str =
    "-c:v libx264 -qp 0 -pix_fmt yuv444p -c:a aac -metadata location=+48.85+002.35/ -metadata title=secret";

/// Mean difference of alpha from the input, and the largest mean of a frame.
fn alpha_error(input: &Path, found: &[RgbaImage]) -> f64 {
    let sources = frames(input, &options());
    assert_eq!(sources.len(), found.len(), "the number of frames is equal");
    let errors = sources.iter().zip(found).map(|(source, found)| {
        let alpha: Vec<u8> = found.as_chunks::<4>().0.iter().map(|pixel| pixel[3]).collect();
        difference(brightness(&source.picture).as_raw(), &alpha)
    });
    errors.fold(0.0, f64::max)
}

fn assert_no_metadata(path: &Path) {
    let answer = ffprobe(path, "-show_entries format_tags:stream_tags").to_string();
    assert!(!answer.contains("48.85") && !answer.contains("secret"), "{answer}");
}

fn assert_tagged(path: &Path) {
    let answer = ffprobe(
        path,
        "-select_streams v:0 -show_entries stream=color_space,color_primaries,color_transfer,color_range",
    );
    let stream = &answer["streams"][0];
    for name in ["color_space", "color_primaries", "color_transfer"] {
        assert_eq!(stream[name], "bt709", "{}: {name}", path.display());
    }
    assert_eq!(stream["color_range"], "tv", "{}", path.display());
}

/// The first atoms of an MP4 or MOV, in order.
fn atoms(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).expect("readable");
    let (mut at, mut names) = (0, Vec::new());
    while let Some([a, b, c, d, name @ ..]) = bytes.get(at..at + 8) {
        names.push(String::from_utf8_lossy(name).into_owned());
        at += u32::from_be_bytes([*a, *b, *c, *d]).max(8) as usize;
    }
    names
}

#[test]
fn webm_keeps_alpha_and_times_without_metadata() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", SOURCE);
    let (output, summary) = clip_folder.run(&input, "out.webm", VideoFormat::WebM, Background::Transparent);
    assert_eq!((summary.frames, summary.inferred), (30, 30));
    let tags = ffprobe(&output, "-select_streams v:0 -show_entries stream=codec_name:stream_tags");
    assert_eq!(tags["streams"][0]["codec_name"], "vp9");
    assert_eq!(tags["streams"][0]["tags"]["ALPHA_MODE"], "1");
    assert_tagged(&output);
    assert_no_metadata(&output);
    assert_same_times(&times(&output), &times(&input));
    assert_eq!(times(&output)[0], 0.0);
    assert!((duration(&output) - duration(&input)).abs() < 0.04);
    let found = decoded(&output, "-c:v libvpx-vp9");
    assert!(alpha_error(&input, &found) < 1.5, "{}", alpha_error(&input, &found));
    let middle = found[10].get_pixel(64, 45).0;
    assert!(middle.iter().all(|channel| *channel > 245), "{middle:?}");
    let corner = found[10].get_pixel(150, 80).0;
    assert!(corner[3] < 4 && corner[0].abs_diff(128) < 12, "the blue background is removed: {corner:?}");
}

#[test]
fn mov_is_prores_with_alpha() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", SOURCE);
    let output = clip_folder.cut_out(&input, "out.mov", VideoFormat::Mov, Background::Transparent);
    let answer =
        ffprobe(&output, "-select_streams v:0 -show_entries stream=codec_name,codec_tag_string,pix_fmt");
    let stream = &answer["streams"][0];
    assert_eq!(
        (stream["codec_name"].as_str(), stream["codec_tag_string"].as_str()),
        (Some("prores"), Some("ap4h"))
    );
    assert!(stream["pix_fmt"].as_str().is_some_and(|name| name.starts_with("yuva444p")), "{stream}");
    assert_tagged(&output);
    assert_no_metadata(&output);
    assert_same_times(&times(&output), &times(&input));
    assert!((duration(&output) - duration(&input)).abs() < 0.04);
    assert!(alpha_error(&input, &decoded(&output, "")) < 0.5);
    assert_eq!(
        atoms(&output)[..2],
        ["ftyp", "moov"],
        "the index is before the data, so that playback starts during the download"
    );
}

#[test]
fn mp4_shows_the_subject_over_the_background() {
    let clip_folder = ClipFolder::new();
    let input =
        clip_folder.disc("in.mov", "-vf crop=159:89:0:0 -c:v libx264 -qp 0 -pix_fmt yuv444p -c:a aac");
    let green = Background::Color(parse_color("#00b140").expect("a color"));
    let output = clip_folder.cut_out(&input, "out.mp4", VideoFormat::Mp4, green);
    assert_tagged(&output);
    assert_same_times(&times(&output), &times(&input));
    assert_eq!(atoms(&output)[..2], ["ftyp", "moov"]);
    let found = decoded(&output, "");
    assert_eq!(found[0].dimensions(), (158, 88), "sides are even");
    let [r, g, b, _] = found[10].get_pixel(150, 80).0;
    assert!(r < 4 && g.abs_diff(177) < 4 && b.abs_diff(64) < 5, "{r} {g} {b}");
    assert!(found[10].get_pixel(64, 45).0.iter().all(|channel| *channel > 248));
    let blurred =
        clip_folder.cut_out(&input, "blur.mp4", VideoFormat::Mp4, Background::Blur(Length::Percent(4.0)));
    let [r, _, b, _] = decoded(&blurred, "")[10].get_pixel(150, 80).0;
    assert!(r < 40 && b > 130, "the original blue: {r} {b}");
}

#[test]
fn a_background_video_is_repeated() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", SOURCE);
    // Half a second, first red, then green.
    let behind = clip_folder.make(
        "behind.mp4",
        "-f lavfi -i color=red:s=64x64:r=10:d=0.5 -vf drawbox=c=lime:t=fill:enable='gte(n\\,3)' -c:v libx264 -pix_fmt yuv420p",
    );
    let reopen = move || FrameSource::open(Bytes::open(&behind)?, &options());
    let source =
        FrameSource::open(Bytes::open(&input).expect("the file exists"), &options()).expect("a video");
    let background = sansfond_video::sink::Backdrop::Video(std::sync::Arc::new(reopen));
    let sink_options = SinkOptions { format: VideoFormat::Mp4, background, ..SinkOptions::default() };
    let output = clip_folder.path("out.mp4");
    let sink = sansfond_video::open(&output, Clip::of(&source), &sink_options).expect("a sink");
    let never = std::sync::atomic::AtomicBool::new(false);
    let summary = sansfond_video::Pipeline::default().run(source, &crate::Brightness, sink, &never, |_| {});
    assert_eq!(summary.expect("done").frames, 30);
    for (at, frame) in decoded(&output, "").iter().enumerate() {
        let [r, g, ..] = frame.get_pixel(150, 80).0;
        let is_green = (at as f64 / 25.0) % 0.5 >= 0.2999;
        assert_eq!((r > 200, g > 200), (!is_green, is_green), "frame {at}: {r} {g}");
    }
}

#[test]
fn a_matte_is_white_for_subject() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", SOURCE);
    let output = clip_folder.cut_out(&input, "out.mp4", VideoFormat::Matte, Background::Transparent);
    assert_same_times(&times(&output), &times(&input));
    for (source, found) in frames(&input, &options()).iter().zip(decoded(&output, "")) {
        let red: Vec<u8> = found.as_chunks::<4>().0.iter().map(|pixel| pixel[0]).collect();
        assert!(difference(brightness(&source.picture).as_raw(), &red) < 1.0);
    }
}

#[test]
fn a_bundle_holds_color_and_alpha() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", SOURCE);
    let output = clip_folder.cut_out(&input, "out.zip", VideoFormat::Zip, Background::Transparent);
    let mut archive =
        zip::ZipArchive::new(std::fs::File::open(output).expect("the file exists")).expect("a ZIP");
    let names: Vec<String> = (0..archive.len())
        .map(|at| archive.by_index(at).expect("a file").name().expect("a name").into_owned())
        .collect();
    assert_eq!(names, ["color.mp4", "alpha.mp4"]);
    for (name, streams) in [("color.mp4", 2), ("alpha.mp4", 1)] {
        let mut bytes = Vec::new();
        archive.by_name(name).expect("the file exists").read_to_end(&mut bytes).expect("readable");
        let path = clip_folder.write(name, &bytes);
        assert_same_times(&times(&path), &times(&input));
        let answer = ffprobe(&path, "-show_entries stream=codec_name");
        assert_eq!(answer["streams"].as_array().map(Vec::len), Some(streams), "{name}");
    }
    let [r, _, b, _] = decoded(&clip_folder.path("color.mp4"), "")[10].get_pixel(150, 80).0;
    assert!(r < 24 && b > 150, "the original frame: {r} {b}");
}

/// Start and duration of each frame, in milliseconds.
fn delays(frames: &[image::Frame]) -> Vec<u64> {
    frames.iter().map(|frame| std::time::Duration::from(frame.delay()).as_millis() as u64).collect()
}

/// 12 frames, some with longer durations, the last with the longest.
fn varying(clip_folder: &ClipFolder) -> std::path::PathBuf {
    let source =
        format!("-f lavfi -i {} -vf setpts='(N+floor(N/4)*2)/25/TB' -fps_mode vfr -frames:v 12", crate::DISC);
    let input = clip_folder.make("v.mkv", &format!("{source} -c:v libx264 -qp 0 -pix_fmt yuv444p"));
    let ours = frames(&input, &options());
    assert_eq!(ours.len(), 12);
    input
}

#[test]
fn an_animated_webp_keeps_alpha_and_times() {
    let clip_folder = ClipFolder::new();
    let input = varying(&clip_folder);
    let output = clip_folder.cut_out(&input, "out.webp", VideoFormat::WebP, Background::Transparent);
    let bytes = std::fs::read(output).expect("the file exists");
    // The `image` crate reads durations correctly; it leaves trails where frames change only in part.
    let decoder = WebPDecoder::new(Cursor::new(&bytes)).expect("a WebP");
    let found = decoder.into_frames().collect_frames().expect("frames");
    let wanted: Vec<u64> = frames(&input, &options()).iter().map(|frame| frame.lasts as u64).collect();
    assert_eq!(delays(&found), wanted, "the times are exact, because Matroska also counts in milliseconds");
    let decoder = webp::AnimDecoder::new(&bytes).decode().expect("a WebP");
    let pictures: Vec<RgbaImage> = decoder
        .into_iter()
        .map(|frame| RgbaImage::from_raw(160, 90, frame.get_image().to_vec()).expect("a frame"))
        .collect();
    assert!(alpha_error(&input, &pictures) < 1.0);
}

#[test]
fn a_gif_keeps_its_speed_and_its_transparency() {
    let clip_folder = ClipFolder::new();
    let input = varying(&clip_folder);
    let output = clip_folder.cut_out(&input, "out.gif", VideoFormat::Gif, Background::Transparent);
    let bytes = std::fs::read(output).expect("the file exists");
    let found =
        GifDecoder::new(Cursor::new(bytes)).expect("a GIF").into_frames().collect_frames().expect("frames");
    let wanted: Vec<u64> = frames(&input, &options()).iter().map(|frame| frame.lasts as u64).collect();
    assert_eq!(delays(&found), wanted);
    for (at, frame) in found.iter().enumerate() {
        assert_eq!(frame.buffer().get_pixel(150, 80).0[3], 0, "frame {at}");
        assert_eq!(frame.buffer().get_pixel(44, 45).0[3], 255, "frame {at}");
        // The disc has moved: no pixels of earlier frames remain.
        if at == 11 {
            assert_eq!(frame.buffer().get_pixel(18, 45).0[3], 0);
        }
    }
    let fast =
        clip_folder.make("f.mp4", "-f lavfi -i testsrc=s=64x48:r=120:d=0.5 -c:v libx264 -pix_fmt yuv420p");
    let output = clip_folder.cut_out(&fast, "fast.gif", VideoFormat::Gif, Background::Transparent);
    let bytes = std::fs::read(output).expect("the file exists");
    let found =
        GifDecoder::new(Cursor::new(bytes)).expect("a GIF").into_frames().collect_frames().expect("frames");
    assert!(delays(&found).iter().all(|delay| *delay >= 20), "browsers slow down shorter delays");
    assert_eq!(delays(&found).iter().sum::<u64>(), 500);
}

#[test]
fn a_png_sequence_has_a_table_of_times() {
    let clip_folder = ClipFolder::new();
    let input = varying(&clip_folder);
    let output = clip_folder.cut_out(&input, "out.zip", VideoFormat::Png, Background::Transparent);
    let mut archive =
        zip::ZipArchive::new(std::fs::File::open(output).expect("the file exists")).expect("a ZIP");
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("readable");
        files.insert(file.name().expect("a name").into_owned(), bytes);
    }
    assert_eq!(files.len(), 13);
    let times = String::from_utf8(files.remove("times.csv").expect("the file exists")).expect("text");
    assert_eq!(times.lines().nth(1), Some("frame-000001.png,0.000000,0.040000"));
    assert_eq!(times.lines().nth(5), Some("frame-000005.png,0.240000,0.040000"));
    let pictures: Vec<RgbaImage> =
        files.values().map(|bytes| image::load_from_memory(bytes).expect("a PNG").into_rgba8()).collect();
    assert_eq!(alpha_error(&input, &pictures), 0.0);
    assert_eq!(pictures[3].get_pixel(150, 80).0, [0; 4]);
}

#[test]
fn rates_and_the_last_frame_are_kept_in_every_container() {
    let clip_folder = ClipFolder::new();
    for (name, rate) in [("ntsc.mp4", "30000/1001"), ("60.mp4", "60")] {
        let source = format!("-f lavfi -i testsrc=s=64x48:r={rate}:d=1 -c:v libx264 -pix_fmt yuv420p");
        let input = clip_folder.make(name, &source);
        for format in [VideoFormat::WebM, VideoFormat::Mov, VideoFormat::Matte] {
            let output = clip_folder.cut_out(
                &input,
                &format!("{format}.{}", format.row().extension),
                format,
                Background::Transparent,
            );
            assert_same_times(&times(&output), &times(&input));
            let off = (duration(&output) - duration(&input)).abs();
            assert!(off < 0.002, "{name} as {format}: {off}");
        }
    }
    let input = clip_folder.make(
        "vfr.mp4",
        "-f lavfi -i testsrc=s=64x48:r=25:d=0.8 -vf setpts='(N+floor(N/5)*4)/25/TB' -fps_mode vfr -c:v libx264 -pix_fmt yuv420p -video_track_timescale 90000",
    );
    for format in [VideoFormat::WebM, VideoFormat::Mov, VideoFormat::Matte] {
        let output = clip_folder.cut_out(
            &input,
            &format!("{format}.{}", format.row().extension),
            format,
            Background::Transparent,
        );
        assert_same_times(&times(&output), &times(&input));
        assert!((duration(&output) - duration(&input)).abs() < 0.002, "{format}");
    }
}

#[test]
fn transparency_in_mp4_is_rejected_before_any_work() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", SOURCE);
    let source =
        FrameSource::open(Bytes::open(&input).expect("the file exists"), &options()).expect("a video");
    let options = SinkOptions { format: VideoFormat::Mp4, ..SinkOptions::default() };
    let refused = sansfond_video::open(&clip_folder.path("out.mp4"), Clip::of(&source), &options).err();
    assert!(matches!(refused, Some(SinkError::NoAlpha { format: VideoFormat::Mp4 })));
    assert!(!clip_folder.path("out.mp4").exists());
}

#[test]
fn a_missing_folder_is_an_io_error() {
    let clip_folder = ClipFolder::new();
    let input = clip_folder.disc("in.mp4", SOURCE);
    for format in VideoFormat::ALL {
        let source =
            FrameSource::open(Bytes::open(&input).expect("the file exists"), &options()).expect("a video");
        let background = Background::Color(parse_color("red").expect("a color"));
        let options = SinkOptions { format, background: background.into(), ..SinkOptions::default() };
        let refused =
            sansfond_video::open(&clip_folder.path("nowhere/out"), Clip::of(&source), &options).err();
        assert!(matches!(refused, Some(SinkError::Io { .. })), "{format}: {refused:?}");
    }
}

#[test]
fn colors_are_preserved_through_decoding_and_encoding() {
    // FFmpeg's program reads the file by its tags, as a player does.
    let clip_folder = ClipFolder::new();
    let input =
        clip_folder.make("in.mkv", "-f lavfi -i color=0xc86432:s=64x48:r=25:d=0.2 -pix_fmt gbrp -c:v ffv1");
    let all = |name: &str, format| {
        let background = Background::Color(parse_color("#c86432").expect("a color"));
        let output = clip_folder.cut_out(&input, name, format, background);
        let still = clip_folder.path("still.png");
        let ran = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-i"])
            .arg(output)
            .args(["-frames:v", "1", "-vf", "scale=flags=accurate_rnd+full_chroma_int,format=rgb24"])
            .arg(&still)
            .status();
        assert!(ran.expect("ffmpeg is installed").success());
        image::open(still).expect("a picture").into_rgb8().get_pixel(30, 20).0
    };
    for (name, format) in
        [("a.webm", VideoFormat::WebM), ("a.mov", VideoFormat::Mov), ("a.mp4", VideoFormat::Mp4)]
    {
        let found = all(name, format);
        let off = found.iter().zip([0xc8, 0x64, 0x32]).map(|(a, b): (&u8, u8)| a.abs_diff(b)).max();
        assert!(off <= Some(3), "{name}: {found:?}");
    }
}
