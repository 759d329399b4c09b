//! Videos made by FFmpeg's program, and inspected by it.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// Frames of [`long`].
pub(crate) const FRAMES: usize = 240;

/// A white disc that moves over dark gray, with a tone: 24 seconds at 10 frames per second, 96 × 64, three
/// segments.
pub(crate) fn long() -> &'static [u8] {
    static CLIP: OnceLock<Vec<u8>> = OnceLock::new();
    CLIP.get_or_init(|| generate(24, "if(lt(hypot(X-20-2*T,Y-32),15),255,16)"))
}

/// The same clip with two seconds.
pub(crate) fn short() -> &'static [u8] {
    static CLIP: OnceLock<Vec<u8>> = OnceLock::new();
    CLIP.get_or_init(|| generate(2, "if(lt(hypot(X-20-2*T,Y-32),15),255,16)"))
}

/// A black clip.
pub(crate) fn dark() -> Vec<u8> {
    generate(1, "0")
}

fn generate(seconds: u32, brightness: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clip.mp4");
    let picture = format!(
        "color=0x101010:s=96x64:r=10:d={seconds},format=rgb24,geq=r='{brightness}':g='{brightness}':b='{brightness}'"
    );
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-nostdin", "-bitexact", "-f", "lavfi", "-i", &picture])
        .args(["-f", "lavfi", "-i", &format!("sine=440:d={seconds}"), "-shortest"])
        .args([
            "-c:v",
            "libx264",
            "-pix_fmt",
            "yuv420p",
            "-g",
            "10",
            "-c:a",
            "aac",
            "-movflags",
            "+faststart",
        ])
        .arg(&path)
        .output()
        .expect("ffmpeg is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(path).expect("the clip exists")
}

/// The pixels of every frame with alpha, concatenated.
pub(crate) fn pixels(video: &[u8]) -> Vec<u8> {
    decode(video, &["-c:v", "libvpx-vp9"])
}

/// The pixels of every frame of a video without alpha, concatenated, also with four channels.
pub(crate) fn flat_pixels(video: &[u8]) -> Vec<u8> {
    decode(video, &[])
}

fn decode(video: &[u8], decoder: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clip");
    std::fs::write(&path, video).expect("written");
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin"])
        .args(decoder)
        .arg("-i")
        .arg(&path)
        .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgba", "-"])
        .output()
        .expect("ffmpeg is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Times of all packets of the streams, as ffprobe prints them.
pub(crate) fn times(video: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clip.webm");
    std::fs::write(&path, video).expect("written");
    ffprobe(&path, "-show_entries packet=stream_index,pts,duration -of csv=p=0")
}

/// `codec,width,height,frames` of each stream.
pub(crate) fn streams(video: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clip");
    std::fs::write(&path, video).expect("written");
    let arguments = "-count_packets -show_entries stream=codec_name,width,height,nb_read_packets -of csv=p=0";
    ffprobe(&path, arguments).lines().map(str::to_owned).collect()
}

fn ffprobe(path: &Path, arguments: &str) -> String {
    let output = Command::new("ffprobe")
        .args(["-v", "error"])
        .args(arguments.split_whitespace())
        .arg(path)
        .output()
        .expect("ffprobe is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
