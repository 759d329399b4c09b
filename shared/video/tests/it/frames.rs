//! The output of a source: pixels and times.

use sansfond_video::{Bytes, FrameSource, Item, SourceError, SourceOptions};

use crate::{ClipFolder, decoded, difference, duration, frames, options, times};

/// Four colors that every encoder must preserve.
const QUARTERS: &str = "color=black:s=64x48:r=25:d=0.2,format=gbrp,geq=r='if(lt(Y,24),if(lt(X,32),200,30),if(lt(X,32),40,128))':g='if(lt(Y,24),if(lt(X,32),40,180),if(lt(X,32),60,128))':b='if(lt(Y,24),if(lt(X,32),30,50),if(lt(X,32),210,128))'";
const COLORS: [((u32, u32), [u8; 3]); 4] = [
    ((12, 10), [200, 40, 30]),
    ((50, 10), [30, 180, 50]),
    ((12, 36), [40, 60, 210]),
    ((50, 36), [128, 128, 128]),
];

fn assert_colors(picture: &image::RgbImage, tolerance: u8, what: &str) {
    for ((x, y), wanted) in COLORS {
        let found = picture.get_pixel(x, y).0;
        let off = wanted.iter().zip(found).map(|(a, b)| a.abs_diff(b)).max().expect("channels");
        assert!(off <= tolerance, "{what}: {found:?} is not {wanted:?}");
    }
}

#[test]
fn times_are_those_of_the_file() {
    let clip_folder = ClipFolder::new();
    let varying = "-vf setpts='(N+mod(N\\,3)*0.4+floor(N/10)*3)/25/TB' -fps_mode vfr";
    for (name, rate, more) in [
        ("25.mp4", "25", "-c:v libx264"),
        ("ntsc.mp4", "30000/1001", "-c:v libx264"),
        ("60.mov", "60", "-c:v libx264"),
        ("vfr.mp4", "25", &format!("{varying} -c:v libx264 -video_track_timescale 90000")),
        ("vfr.mkv", "25", &format!("{varying} -c:v libx264")),
        ("late.ts", "25", "-c:v libx264 -bf 2"),
    ] {
        let path = clip_folder
            .make(name, &format!("-f lavfi -i testsrc=s=64x48:r={rate}:d=1.6 {more} -pix_fmt yuv420p"));
        let theirs = times(&path);
        let theirs: Vec<f64> = theirs.iter().map(|time| time - theirs[0]).collect();
        let source =
            FrameSource::open(Bytes::open(&path).expect("the file exists"), &options()).expect("a video");
        let base = source.time_base();
        let ours = frames(&path, &options());
        crate::assert_same_times(
            &ours.iter().map(|frame| base.seconds(frame.at)).collect::<Vec<_>>(),
            &theirs,
        );
        let last = ours.last().expect("frames");
        let (end, whole) = (base.seconds(last.at + last.lasts), duration(&path));
        assert!((end - whole).abs() < 0.002, "{name}: ends at {end}, not {whole}");
        for pair in ours.windows(2) {
            assert_eq!(pair[0].at + pair[0].lasts, pair[1].at, "{name}: no gaps");
        }
    }
}

#[test]
fn colors_are_right_whatever_the_matrix_and_range() {
    let clip_folder = ClipFolder::new();
    for (name, filter, tags, tolerance) in [
        (
            "601.mkv",
            "scale=out_color_matrix=bt601:out_range=tv,format=yuv444p",
            "-colorspace smpte170m -color_range tv",
            2,
        ),
        (
            "709.mkv",
            "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p",
            "-colorspace bt709 -color_range tv",
            2,
        ),
        (
            "full.mkv",
            "scale=out_color_matrix=bt709:out_range=pc,format=yuv444p",
            "-colorspace bt709 -color_range pc",
            2,
        ),
        ("jpeg.mkv", "scale=out_color_matrix=bt601:out_range=pc,format=yuvj444p", "-colorspace bt470bg", 2),
        (
            "420.mkv",
            "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
            "-colorspace bt709 -color_range tv",
            3,
        ),
        (
            "deep.mkv",
            "scale=out_color_matrix=bt709:out_range=tv,format=yuv422p10le",
            "-colorspace bt709 -color_range tv",
            2,
        ),
        ("untold.mkv", "scale=out_color_matrix=bt601:out_range=tv,format=yuv444p", "", 2),
        ("rgb.mkv", "format=gbrp", "", 0),
    ] {
        let codec = if filter.contains("yuvj") { "mjpeg -q:v 1 -huffman 0" } else { "ffv1" };
        let path =
            clip_folder.make(name, &format!("-f lavfi -i {QUARTERS} -vf {filter} -c:v {codec} {tags}"));
        let tolerance = if codec == "ffv1" { tolerance } else { 4 };
        assert_colors(&frames(&path, &options())[0].picture.color, tolerance, name);
    }
}

#[test]
fn hdr_and_wide_gamut_videos_become_srgb() {
    let clip_folder = ClipFolder::new();
    // A gray of 58 % in PQ and 75 % in HLG is the white of ordinary pictures.
    for (trc, level) in [("smpte2084", 0.58), ("arib-std-b67", 0.75)] {
        let gray = (64.0 + 876.0 * level) as u32;
        let path = clip_folder.make(
            &format!("{trc}.mkv"),
            &format!("-f lavfi -i color=black:s=64x48:r=25:d=0.2,format=yuv420p10le,geq=lum={gray}:cb=512:cr=512 -c:v ffv1 -colorspace bt2020nc -color_primaries bt2020 -color_trc {trc} -color_range tv"),
        );
        let [r, g, b] = frames(&path, &options())[0].picture.color.get_pixel(20, 20).0;
        assert!(r.abs_diff(g) <= 1 && g.abs_diff(b) <= 1, "{trc}: {r} {g} {b}");
        assert!((215..250).contains(&r), "{trc}: {r}");
    }
}

#[test]
fn rotated_frames_become_upright() {
    let clip_folder = ClipFolder::new();
    let plain = clip_folder
        .make("p.mp4", "-f lavfi -i testsrc=s=96x48:r=25:d=0.2 -c:v libx264 -qp 0 -pix_fmt yuv444p");
    let upright = &frames(&plain, &options())[0].picture.color;
    for (degrees, turned) in [
        (90, image::imageops::rotate270(upright)),
        (180, image::imageops::rotate180(upright)),
        (270, image::imageops::rotate90(upright)),
    ] {
        let path = clip_folder
            .make(&format!("{degrees}.mp4"), &format!("-i %/p.mp4 -c copy -metadata:s:v:0 rotate={degrees}"));
        let ours = &frames(&path, &options())[0].picture.color;
        // The tag is the clockwise rotation for the player; FFmpeg's program applies it too.
        let theirs = clip_folder.make(&format!("{degrees}.png"), &format!("-i %/{degrees}.mp4 -frames:v 1"));
        let theirs = image::open(theirs).expect("a picture").into_rgb8();
        assert_eq!(ours.dimensions(), theirs.dimensions(), "{degrees}");
        assert!(difference(ours, &theirs) < 2.0, "{degrees}: {}", difference(ours, &theirs));
        let either = difference(ours, &turned).min(difference(ours, &image::imageops::rotate180(&turned)));
        assert!(either < 2.0, "{degrees}");
    }
}

#[test]
fn odd_sizes_and_non_square_pixels_keep_their_aspect_ratio() {
    let clip_folder = ClipFolder::new();
    let odd =
        clip_folder.make("o.webm", "-f lavfi -i testsrc=s=161x91:r=25:d=0.2 -c:v libvpx-vp9 -lossless 1");
    let ours = frames(&odd, &options());
    assert_eq!(ours[0].picture.dimensions(), (161, 91));
    let theirs = decoded(&odd, "");
    let theirs = image::DynamicImage::ImageRgba8(theirs[0].clone()).into_rgb8();
    assert!(difference(&ours[0].picture.color, &theirs) < 1.5);
    let oblong = clip_folder
        .make("s.mp4", "-f lavfi -i testsrc=s=72x48:r=25:d=0.2,setsar=4/3 -c:v libx264 -pix_fmt yuv420p");
    assert_eq!(frames(&oblong, &options())[0].picture.dimensions(), (96, 48));
    let small = SourceOptions { max_side: Some(40), ..options() };
    assert_eq!(frames(&odd, &small)[0].picture.dimensions(), (40, 23));
}

#[test]
fn a_change_of_size_in_the_middle_keeps_the_first_size() {
    let clip_folder = ClipFolder::new();
    for (name, size) in [("a.ts", "96x48"), ("b.ts", "64x64")] {
        clip_folder.make(
            name,
            &format!("-f lavfi -i testsrc=s={size}:r=25:d=0.4 -c:v libx264 -pix_fmt yuv420p -bf 0"),
        );
    }
    let mut both = std::fs::read(clip_folder.path("a.ts")).expect("the file exists");
    both.extend(std::fs::read(clip_folder.path("b.ts")).expect("the file exists"));
    let frames = frames(&clip_folder.write("ab.ts", &both), &options());
    assert_eq!(frames.len(), 20);
    assert!(frames.iter().all(|frame| frame.picture.dimensions() == (96, 48)));
}

#[test]
fn transparency_of_the_source_is_read() {
    let clip_folder = ClipFolder::new();
    let path = clip_folder.make(
        "a.webm",
        "-f lavfi -i color=red:s=64x48:r=25:d=0.2,format=yuva420p,geq=lum=80:a='if(lt(X,32),255,0)' -c:v libvpx-vp9 -pix_fmt yuva420p -auto-alt-ref 0",
    );
    let alpha = frames(&path, &options())[0].picture.alpha.clone().expect("alpha");
    assert!(alpha.get_pixel(10, 10).0[0] > 250 && alpha.get_pixel(50, 10).0[0] < 5);
}

#[test]
fn only_the_requested_part_is_returned() {
    let clip_folder = ClipFolder::new();
    let path = clip_folder.disc("a.mp4", "-c:v libx264 -g 8 -pix_fmt yuv420p -c:a aac");
    let all = frames(&path, &options());
    let mut source = FrameSource::open(
        Bytes::open(&path).expect("the file exists"),
        &SourceOptions { until_s: Some(0.5), ..options() },
    )
    .expect("a video");
    let (base, mut count, mut end, mut sound_end) = (source.time_base(), 0, 0.0, 0);
    while let Some(item) = source.next().expect("readable") {
        match item {
            Item::Frame(frame) => {
                count += 1;
                end = base.seconds(frame.at + frame.lasts);
            }
            Item::Audio(_) => sound_end += 1,
        }
    }
    assert_eq!(count, 13, "frames that begin before 0.5 s");
    assert!((end - 0.5).abs() < 0.001, "the last frame is shortened: {end}");
    assert!((23..=26).contains(&sound_end), "{sound_end} packets of 21 ms");
    assert!(source.was_cut());
    let later = SourceOptions { from_s: 0.6, until_s: Some(1.0), ..options() };
    let later = frames(&path, &later);
    assert_eq!((later.len(), later[0].at), (10, 0));
    assert!(difference(&later[0].picture.color, &all[15].picture.color) < 0.01, "the sixteenth frame");
}

#[test]
fn a_stopped_reader_reports_that_it_was_stopped() {
    let clip_folder = ClipFolder::new();
    let path = clip_folder.disc("a.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac");
    let mut source =
        FrameSource::open(Bytes::open(&path).expect("the file exists"), &options()).expect("a video");
    source.stopper()();
    let error = loop {
        match source.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it went on to the end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, SourceError::Stopped), "{error}");
}

#[test]
fn parts_cut_at_key_frames_add_up_to_the_whole() {
    let clip_folder = ClipFolder::new();
    let clip = "-f lavfi -i testsrc=s=64x48:r=30000/1001:d=4";
    for (name, more) in [
        ("a.mp4", "-c:v libx264 -g 17 -bf 2 -sc_threshold 0 -pix_fmt yuv420p"),
        ("a.mkv", "-c:v libx264 -g 17 -bf 2 -sc_threshold 0 -pix_fmt yuv420p"),
        ("a.ts", "-c:v libx264 -g 17 -bf 2 -sc_threshold 0 -pix_fmt yuv420p"),
        ("a.webm", "-c:v libvpx-vp9 -g 17 -deadline realtime -cpu-used 8"),
    ] {
        let path = clip_folder.make(name, &format!("{clip} {more}"));
        let whole = frames(&path, &options());
        let cuts =
            sansfond_video::key_frames(Bytes::open(&path).expect("the file exists"), 1.0).expect("a video");
        assert!(cuts.len() >= 3 && cuts[0] == 0.0, "{name}: {cuts:?}");
        let mut parts = Vec::new();
        for (at, from_s) in cuts.iter().enumerate() {
            let part = SourceOptions { from_s: *from_s, until_s: cuts.get(at + 1).copied(), ..options() };
            parts.extend(frames(&path, &part));
        }
        assert_eq!(parts.len(), whole.len(), "{name}");
        for (at, (part, whole)) in parts.iter().zip(&whole).enumerate() {
            assert!(part.picture.color == whole.picture.color, "{name}: frame {at}");
            assert_eq!(part.lasts, whole.lasts, "{name}: frame {at}");
        }
    }
}

/// How much lines differ from their neighbors, beyond their difference from the lines after next.
fn combing(picture: &image::RgbImage) -> f64 {
    let row =
        |y: u32| &picture.as_raw()[(y * picture.width() * 3) as usize..][..picture.width() as usize * 3];
    let apart = |by: u32| {
        let rows = 0..picture.height() - 2;
        rows.map(|y| difference(row(y), row(y + by))).sum::<f64>()
    };
    apart(1) / apart(2)
}

#[test]
fn interlaced_frames_are_deinterlaced_and_keep_their_times() {
    let clip_folder = ClipFolder::new();
    let source = crate::DISC.replace("r=25", "r=50").replace("60*T", "160*T/2");
    let fields = "-vf crop=160:88:0:0,tinterlace=interleave_top,setfield=tff -flags +ilme+ildct";
    for (name, codec) in [
        ("a.ts", "mpeg2video -q:v 2 -pix_fmt yuv422p"),
        ("a.mp4", "libx264 -qp 4 -pix_fmt yuv420p -x264-params tff=1"),
    ] {
        let input = clip_folder.make(name, &format!("-f lavfi -i {source} {fields} -c:v {codec}"));
        let ours = frames(&input, &options());
        let theirs = decoded(&input, "");
        assert_eq!(ours.len(), theirs.len(), "{name}");
        assert_eq!(ours.len(), 30, "{name}: the rate is kept");
        let base = FrameSource::open(Bytes::open(&input).expect("the file exists"), &options())
            .expect("a video")
            .time_base();
        let at: Vec<f64> = ours.iter().map(|frame| base.seconds(frame.at)).collect();
        let wanted: Vec<f64> = (0..30).map(|at| f64::from(at) * 0.04).collect();
        crate::assert_same_times(&at, &wanted);
        assert_eq!(base.seconds(ours[29].lasts), 0.04, "{name}");
        let combed = combing(&image::DynamicImage::ImageRgba8(theirs[10].clone()).into_rgb8());
        let whole = combing(&ours[10].picture.color);
        println!("{name}: combing {combed:.2} as it is, {whole:.2} deinterlaced");
        assert!(combed > 0.8 && whole < 0.6, "{name}: {combed} became {whole}");
    }
}

#[test]
fn an_obsolete_codec_is_rejected_by_name() {
    let clip_folder = ClipFolder::new();
    let input =
        clip_folder.make("old.avi", "-f lavfi -i testsrc=s=64x48:r=10:d=0.3 -c:v cinepak -pix_fmt rgb24");
    let refused = FrameSource::open(Bytes::open(&input).expect("the file exists"), &options()).err();
    let text = refused.map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(text, "videos in CINEPAK cannot be decoded; convert it to H.264");
}
