//! Sound stays in sync with the pictures.

use std::path::Path;
use std::process::Command;

use sansfond_imaging::{Background, parse_color};
use sansfond_video::VideoFormat;

use crate::{ClipFolder, ffprobe, times};

const RATE: usize = 48_000;

/// Start of the tone, in seconds after the first frame.
pub(crate) fn onset(path: &Path) -> f64 {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-copyts", "-i"])
        .arg(path)
        // Silence before the sound, so that sample indexes are times.
        .args([
            "-map",
            "0:a:0",
            "-af",
            "aresample=async=1:first_pts=0",
            "-ac",
            "1",
            "-ar",
            "48000",
            "-f",
            "s16le",
            "-",
        ])
        .output()
        .expect("ffmpeg is installed");
    let samples: Vec<i16> =
        output.stdout.as_chunks::<2>().0.iter().map(|word| i16::from_le_bytes(*word)).collect();
    let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().expect("samples");
    assert!(loudest > 500, "there is a tone: {loudest}");
    let first = samples.iter().position(|sample| sample.unsigned_abs() > loudest / 2).expect("a tone");
    first as f64 / RATE as f64 - times(path)[0]
}

fn audio_codec(path: &Path) -> Option<String> {
    let answer = ffprobe(path, "-select_streams a:0 -show_entries stream=codec_name");
    answer["streams"][0]["codec_name"].as_str().map(str::to_owned)
}

#[test]
fn sound_stays_in_sync() {
    let clip_folder = ClipFolder::new();
    let h264 = "-c:v libx264 -pix_fmt yuv420p";
    let delayed =
        format!("-f lavfi -i {} -itsoffset 0.3 -f lavfi -i {} {h264} -c:a aac", crate::DISC, crate::TONE);
    let inputs = [
        clip_folder.disc("aac.mp4", &format!("{h264} -c:a aac")),
        clip_folder.disc("pcm.mov", &format!("{h264} -c:a pcm_s16le")),
        clip_folder.disc("surround.mkv", &format!("{h264} -c:a ac3 -ac 6")),
        clip_folder.disc("opus.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"),
        clip_folder.disc("start.ts", &format!("{h264} -bf 2 -c:a aac")),
        clip_folder.disc("low.mp4", &format!("{h264} -c:a aac -ar 22050 -ac 1")),
        clip_folder.make("delayed.mp4", &delayed),
    ];
    for input in &inputs {
        let wanted = onset(input);
        for (format, codecs) in [
            (VideoFormat::WebM, ["opus", "opus"]),
            (VideoFormat::Mov, ["aac", "pcm_s16le"]),
            (VideoFormat::Mp4, ["aac", "aac"]),
        ] {
            let background = Background::Color(parse_color("black").expect("a color"));
            let output = clip_folder.cut_out(input, &format!("out.{format}"), format, background);
            let codec = audio_codec(&output).expect("sound");
            assert!(codecs.contains(&codec.as_str()), "{} as {format}: {codec}", input.display());
            let found = onset(&output);
            let off_ms = (found - wanted) * 1000.0;
            println!("{} as {format} ({codec}): {off_ms:.1} ms", input.display());
            assert!(off_ms.abs() < 20.0, "{} as {format}: {found} is not {wanted}", input.display());
        }
    }
}

#[test]
fn a_video_without_sound_stays_silent() {
    let clip_folder = ClipFolder::new();
    let input =
        clip_folder.make("silent.mp4", &format!("-f lavfi -i {} -c:v libx264 -pix_fmt yuv420p", crate::DISC));
    for format in [VideoFormat::WebM, VideoFormat::Mov] {
        let output = clip_folder.cut_out(&input, &format!("out.{format}"), format, Background::Transparent);
        assert_eq!(audio_codec(&output), None);
    }
}
