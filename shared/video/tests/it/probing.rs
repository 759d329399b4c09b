//! The properties of files, and errors for bad ones.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sansfond_video::{Bytes, FrameSource, Limits, Probe, RangeReader, SourceError, probe};

use crate::{ClipFolder, options};

fn probe_bytes(bytes: Vec<u8>) -> Result<Probe, SourceError> {
    probe(Bytes::new(Cursor::new(bytes)), &Limits::default())
}

fn read(path: &std::path::Path) -> Vec<u8> {
    std::fs::read(path).expect("readable")
}

#[test]
fn good_videos_are_described() {
    let clip_folder = ClipFolder::new();
    for (name, more, codec) in [
        ("a.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac", "h264"),
        ("a.mov", "-c:v prores_ks -c:a pcm_s16le", "prores"),
        ("a.mkv", "-c:v libx264 -pix_fmt yuv420p -c:a ac3", "h264"),
        ("a.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus", "vp9"),
        ("a.avi", "-c:v mpeg4 -c:a mp3", "mpeg4"),
        ("a.ts", "-c:v libx264 -pix_fmt yuv420p -c:a aac", "h264"),
    ] {
        let probe = probe_bytes(read(&clip_folder.disc(name, more)))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((probe.width, probe.height, probe.codec.as_str()), (160, 90, codec), "{name}");
        // AVI has an empty frame where the encoder was late.
        assert!((30..=31).contains(&probe.frames), "{name}: {} frames", probe.frames);
        assert!((probe.duration_s - 1.2).abs() < 0.05, "{name}: {}", probe.duration_s);
        assert!((probe.fps - 25.0).abs() < 0.9, "{name}: {}", probe.fps);
        assert!(probe.has_audio, "{name}");
    }
    let gif = probe_bytes(read(&clip_folder.make("a.gif", &format!("-f lavfi -i {}", crate::DISC))))
        .expect("a GIF");
    assert_eq!((gif.frames, gif.has_audio), (30, false));
}

#[test]
fn a_duration_that_the_header_lacks_is_measured() {
    let clip_folder = ClipFolder::new();
    let fragments = clip_folder.disc(
        "f.mp4",
        "-c:v libx264 -pix_fmt yuv420p -g 10 -c:a aac -movflags frag_keyframe+empty_moov+default_base_moof",
    );
    let live =
        clip_folder.disc("l.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus -live 1");
    for path in [fragments, live] {
        let probe = probe_bytes(read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(probe.frames, 30, "{}", path.display());
        assert!((probe.duration_s - 1.2).abs() < 0.06, "{}: {}", path.display(), probe.duration_s);
    }
}

#[test]
fn files_that_are_not_videos_are_rejected() {
    let clip_folder = ClipFolder::new();
    let secret = clip_folder.disc("secret.ts", "-c:v libx264 -pix_fmt yuv420p -c:a aac");
    let playlist = format!(
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\nfile://{}\n#EXT-X-ENDLIST\n",
        secret.display()
    );
    let relative = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\nsecret.ts\n#EXT-X-ENDLIST\n";
    let concat = format!("ffconcat version 1.0\nfile {}\n", secret.display());
    let png = image::RgbImage::new(32, 32);
    let mut png_bytes = Cursor::new(Vec::new());
    png.write_to(&mut png_bytes, image::ImageFormat::Png).expect("encoded");
    let noise: Vec<u8> = (0..5000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (what, bytes) in [
        ("text", b"this is only a text, however long it may be".to_vec()),
        ("noise", noise),
        ("a playlist", playlist.into_bytes()),
        ("a playlist with a relative name", relative.as_bytes().to_vec()),
        ("ffconcat", concat.into_bytes()),
        ("a PNG", png_bytes.into_inner()),
        ("sound with a cover", studio_mp3(&clip_folder)),
    ] {
        let error = probe_bytes(bytes.clone()).expect_err(what);
        assert!(matches!(error, SourceError::NotAVideo), "{what}: {error}");
        // The same file under a wrong name, from the disk.
        let path = clip_folder.write("lie.mp4", &bytes);
        let error =
            FrameSource::open(Bytes::open(&path).expect("the file exists"), &options()).err().expect(what);
        assert!(matches!(error, SourceError::NotAVideo), "{what}: {error}");
    }
    assert!(matches!(probe_bytes(Vec::new()), Err(SourceError::Empty)));
}

fn studio_mp3(clip_folder: &ClipFolder) -> Vec<u8> {
    clip_folder.write("cover.png", &{
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::new(64, 64).write_to(&mut bytes, image::ImageFormat::Png).expect("encoded");
        bytes.into_inner()
    });
    read(&clip_folder.make(
        "song.mp3",
        "-f lavfi -i sine=440:d=1 -i %/cover.png -map 0 -map 1 -c:a mp3 -c:v copy -disposition:v attached_pic",
    ))
}

#[test]
fn sound_alone_is_not_a_video_even_with_a_cover() {
    let clip_folder = ClipFolder::new();
    let sound = clip_folder.make("a.m4a", "-f lavfi -i sine=440:d=1 -c:a aac");
    assert!(matches!(probe_bytes(read(&sound)), Err(SourceError::NoVideo)));
    studio_mp3(&clip_folder);
    let cover = clip_folder.make(
        "c.m4a",
        "-f lavfi -i sine=440:d=1 -i %/cover.png -map 0 -map 1 -c:a aac -c:v copy -disposition:v attached_pic",
    );
    assert!(matches!(probe_bytes(read(&cover)), Err(SourceError::OnlyCover)));
}

#[test]
fn a_truncated_video_is_incomplete() {
    let clip_folder = ClipFolder::new();
    let coding = "-c:v libx264 -pix_fmt yuv420p -c:a aac";
    let moov_last = read(&clip_folder.disc("a.mp4", coding));
    let error = probe_bytes(moov_last[..moov_last.len() / 2].to_vec()).expect_err("half");
    assert!(matches!(error, SourceError::Damaged), "{error}");
    let moov_first = read(&clip_folder.disc("b.mp4", &format!("{coding} -movflags +faststart")));
    let half = moov_first[..moov_first.len() * 6 / 10].to_vec();
    let opened = FrameSource::open(Bytes::new(Cursor::new(half.clone())), &options()).err();
    assert!(matches!(opened, Some(SourceError::Incomplete { .. })), "{opened:?}");
    let error = probe_bytes(half).expect_err("half");
    assert!(matches!(error, SourceError::Incomplete { .. }), "{error}");
    assert!(error.to_string().contains("incomplete"));
    // 5 seconds, so that the missing part is more than rounding.
    let long = read(&clip_folder.make(
        "c.webm",
        "-f lavfi -i testsrc=s=64x64:r=10:d=5 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10",
    ));
    let error = probe_bytes(long[..long.len() / 3].to_vec()).expect_err("a third");
    assert!(matches!(error, SourceError::Incomplete { .. } | SourceError::Damaged), "{error}");
}

#[test]
fn a_forged_header_does_not_shorten_the_duration() {
    let clip_folder = ClipFolder::new();
    let mut bytes = read(&clip_folder.disc("a.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac"));
    // The offset of the duration behind the name, in version 0 of these boxes.
    for (name, offset) in [(b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)] {
        let places: Vec<usize> =
            bytes.windows(4).enumerate().filter(|(_, at)| at == name).map(|(at, _)| at).collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at + offset..at + offset + 4].copy_from_slice(&1_u32.to_be_bytes());
        }
    }
    let probe = probe_bytes(bytes).expect("still a video");
    assert!((probe.duration_s - 1.2).abs() < 0.05, "{}", probe.duration_s);
}

#[test]
fn videos_above_a_limit_are_rejected() {
    let clip_folder = ClipFolder::new();
    let video = clip_folder.disc("a.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac");
    let with = |limits: Limits| {
        probe(Bytes::open(&video).expect("the file exists"), &limits).expect_err("the input is rejected")
    };
    let wide = Limits::default();
    assert!(matches!(
        with(Limits { max_pixels: 159 * 90, ..wide }),
        SourceError::TooManyPixels { width: 160, .. }
    ));
    assert!(matches!(with(Limits { max_seconds: 1.0, ..wide }), SourceError::TooLong { .. }));
    assert!(matches!(with(Limits { max_frames: 29, ..wide }), SourceError::TooManyFrames { frames: 30, .. }));
    let fast =
        clip_folder.make("f.mp4", "-f lavfi -i testsrc=s=64x64:r=1000:d=0.2 -c:v libx264 -pix_fmt yuv420p");
    let error = probe_bytes(read(&fast)).expect_err("a thousand frames a second");
    assert!(matches!(error, SourceError::TooFast { .. }), "{error}");
    let slow_motion =
        clip_folder.make("s.mp4", "-f lavfi -i testsrc=s=64x64:r=240:d=0.5 -c:v libx264 -pix_fmt yuv420p");
    assert_eq!(probe_bytes(read(&slow_motion)).expect("slow motion").frames, 120);
}

#[test]
fn a_video_without_frames_is_rejected() {
    let clip_folder = ClipFolder::new();
    let none =
        clip_folder.make("n.mp4", "-f lavfi -i testsrc=s=64x64 -frames:v 0 -c:v libx264 -pix_fmt yuv420p");
    let error = probe_bytes(read(&none)).expect_err("no frames");
    assert!(matches!(error, SourceError::NoFrames | SourceError::Damaged), "{error}");
}

#[test]
fn probing_a_remote_file_reads_little_of_it() {
    let clip_folder = ClipFolder::new();
    let video = read(&clip_folder.make(
        "a.mp4",
        "-f lavfi -i testsrc2=s=320x180:r=25:d=4,noise=alls=90:allf=t -c:v libx264 -qp 0 -pix_fmt yuv420p -movflags +faststart",
    ));
    assert!(video.len() > 4_000_000, "{} bytes are too few to see a difference", video.len());
    let (size, fetched) = (video.len() as u64, Arc::new(AtomicU64::new(0)));
    let counter = fetched.clone();
    let reader = RangeReader::new(size, move |offset, length| {
        counter.fetch_add(length, Ordering::Relaxed);
        Ok(video[offset as usize..(offset + length) as usize].to_vec())
    });
    let probe = probe(Bytes::new(reader), &Limits::default()).expect("a video");
    assert_eq!(probe.frames, 100);
    assert!(fetched.load(Ordering::Relaxed) < size / 3, "{fetched:?} of {size} bytes");
}

#[test]
fn errors_of_budget_time_and_disk_are_distinguished() {
    struct Slow(Cursor<Vec<u8>>);
    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            std::thread::sleep(Duration::from_millis(30));
            let few = buffer.len().min(512);
            self.0.read(&mut buffer[..few])
        }
    }
    impl Seek for Slow {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.position() > 8000 {
                return Err(io::Error::new(io::ErrorKind::ConnectionReset, "the store hung up"));
            }
            let few = buffer.len().min(512);
            self.0.read(&mut buffer[..few])
        }
    }
    impl Seek for Failing {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    let clip_folder = ClipFolder::new();
    let video = read(&clip_folder.disc("a.mkv", "-c:v libx264 -qp 0 -pix_fmt yuv420p -c:a aac"));
    let limits = Limits::default();
    let spent = probe(Bytes::new(Cursor::new(video.clone())).at_most(500), &limits)
        .expect_err("the budget is used up");
    assert!(matches!(spent, SourceError::TooScattered), "{spent}");
    let slow = Bytes::new(Slow(Cursor::new(video.clone()))).within(Duration::from_millis(100));
    let late = probe(slow, &limits).expect_err("the time is over");
    assert!(matches!(late, SourceError::TooSlow) && late.retryable(), "{late}");
    let failed = probe(Bytes::new(Failing(Cursor::new(video.clone()))), &limits).expect_err("failed");
    assert!(matches!(failed, SourceError::Io { .. }) && failed.retryable(), "{failed}");
    assert!(failed.to_string().contains("the store hung up"));
    // A failure during decoding is not the end of the video.
    let opened = FrameSource::open(Bytes::new(Failing(Cursor::new(video))), &options());
    let failed = match opened {
        Err(error) => error,
        Ok(mut source) => loop {
            match source.next() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("a failure was taken for the end"),
                Err(error) => break error,
            }
        },
    };
    assert!(matches!(failed, SourceError::Io { .. }), "{failed}");
}

#[test]
fn flipped_bytes_cause_no_panic() {
    let clip_folder = ClipFolder::new();
    let video =
        read(&clip_folder.disc("a.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart"));
    let mut state = 1_u32;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for _ in 0..150 {
        let mut bytes = video.clone();
        for _ in 0..20 {
            let at = random(bytes.len());
            bytes[at] = random(256) as u8;
        }
        // Any result is correct; the test is that there is no panic.
        let _answer = probe_bytes(bytes.clone());
        if let Ok(mut source) = FrameSource::open(Bytes::new(Cursor::new(bytes)), &options()) {
            while let Ok(Some(_)) = source.next() {}
        }
    }
}
