//! `sansfond video`, with a tiny network for which bright pixels are the subject.

use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::{RunResult, Shell, fixture};

impl Shell {
    /// A white disc that moves over blue, with a tone: 12 frames, 96 × 64.
    fn clip(&self, name: &str) {
        self.copy("clips/disc.mp4", name);
    }

    /// Runs `video` with the tiny network.
    fn video(&self, arguments: &[&str]) -> RunResult {
        let weights = fixture("models/u2net.onnx").display().to_string();
        let mut all = vec!["video"];
        all.extend(arguments);
        all.extend(["-m", "u2net", "--weights", &weights]);
        self.run(&all)
    }

    /// The streams of a file: codec, width and frames of each.
    fn streams(&self, name: &str) -> Vec<String> {
        let output = Command::new("ffprobe")
            .args([
                "-v",
                "error",
                "-count_packets",
                "-show_entries",
                "stream=codec_name,width,nb_read_packets",
            ])
            .args(["-of", "csv=p=0"])
            .arg(self.path(name))
            .output()
            .expect("ffprobe is installed");
        String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
    }
}

#[test]
fn a_video_becomes_a_webm_with_sound() {
    let shell = Shell::new();
    shell.clip("in.mp4");
    let ran = shell.video(&["in.mp4", "-o", "out.webm"]).succeeded();
    assert!(ran.err.contains("out.webm  12 frames, 1.00 s of video"), "{}", ran.err);
    let streams = shell.streams("out.webm");
    assert_eq!(streams[0], "vp9,96,12");
    assert!(streams[1].starts_with("opus"), "{streams:?}");
    assert_eq!(shell.files(), ["in.mp4", "out.webm"], "no other file is left");
}

#[test]
fn the_file_name_sets_the_format_and_options_set_the_content() {
    let shell = Shell::new();
    shell.clip("in.mp4");
    let ran = shell
        .video(&["in.mp4", "-o", "out.mp4", "--bg-color", "green", "--no-audio", "--until", "0.5", "--json"])
        .succeeded();
    assert_eq!(shell.streams("out.mp4"), ["h264,96,6"]);
    let report: serde_json::Value = serde_json::from_slice(&ran.out).expect("JSON");
    assert_eq!((&report["frames"], &report["seconds"]), (&6.into(), &0.5.into()));
    shell.video(&["in.mp4", "--format", "gif", "--max-side", "48", "-q"]).succeeded();
    assert_eq!(shell.streams("in-cutout.gif"), ["gif,48,12"]);
}

#[test]
fn a_recurrent_network_processes_videos() {
    let shell = Shell::new();
    shell.clip("in.mp4");
    let weights = fixture("models/rvm.onnx").display().to_string();
    let arguments = ["video", "in.mp4", "-o", "out.webm", "-m", "rvm-mobilenetv3", "--weights", &weights];
    let ran = shell.run(&arguments).succeeded();
    assert!(ran.err.contains("rvm-mobilenetv3 on cpu; commercial use: unclear"), "{}", ran.err);
    assert!(ran.err.contains("12 frames"), "{}", ran.err);
    assert_eq!(shell.streams("out.webm")[0], "vp9,96,12");
    let other = fixture("models/u2net.onnx").display().to_string();
    shell
        .run(&["video", "in.mp4", "-o", "other.webm", "-m", "rvm-mobilenetv3", "--weights", &other])
        .failed(1, &["u2net.onnx has no output “pha”"]);
    assert_eq!(shell.files(), ["in.mp4", "out.webm"]);
}

#[test]
fn an_impossible_request_gives_one_line_and_no_file() {
    let shell = Shell::new();
    shell.clip("in.mp4");
    shell.write("text.mp4", "not a video");
    shell.write("list.mp4", "#EXTM3U\n#EXTINF:1,\nin.mp4\n#EXT-X-ENDLIST\n");
    shell.write("existing.webm", "precious");
    let whole = std::fs::read(shell.path("in.mp4")).expect("the file exists");
    shell.write("half.mp4", &whole[..whole.len() / 2]);
    for (arguments, words) in [
        (vec!["in.mp4", "-o", "out.mp4"], vec!["MP4 has no transparency", "--bg-color"]),
        (vec!["in.mp4", "-o", "out.xyz"], vec!["“xyz” is not an output format"]),
        (vec!["in.mp4", "-o", "out.png"], vec!["--format png"]),
        (vec!["in.mp4", "-o", "existing.webm"], vec!["existing.webm exists; use", "--force"]),
        (vec!["text.mp4", "-o", "out.webm"], vec!["text.mp4: this is not a video"]),
        (vec!["list.mp4", "-o", "out.webm"], vec!["list.mp4: this is not a video"]),
        (vec!["half.mp4", "-o", "out.webm"], vec!["half.mp4: the video is incomplete: it ends after"]),
        (vec!["none.mp4", "-o", "out.webm"], vec!["none.mp4 does not exist"]),
        (vec![".", "-o", "out.webm"], vec!["is a folder"]),
        (vec!["existing.webm", "-o", "existing.webm", "--force"], vec!["existing.webm, which is the input"]),
        (vec!["in.mp4", "-o", "/dev/null"], vec!["/dev/null is not a file"]),
    ] {
        let ran = shell.video(&arguments).failed(1, &words);
        assert_eq!(ran.err.trim().lines().count(), 1, "{}", ran.err);
    }
    assert_eq!(shell.files(), ["existing.webm", "half.mp4", "in.mp4", "list.mp4", "text.mp4"]);
    assert_eq!(std::fs::read(shell.path("existing.webm")).expect("the file exists"), b"precious");
}

#[test]
fn an_interrupted_run_leaves_no_file() {
    let shell = Shell::new();
    shell.clip("in.mp4");
    let weights = fixture("models/isnet.onnx").display().to_string();
    let arguments = ["video", "in.mp4", "-o", "out.mov", "--every-frame", "--weights", &weights];
    let mut running = shell.command(&arguments).stderr(std::process::Stdio::null()).spawn().expect("starts");
    let begun = || shell.files().iter().any(|name| name.starts_with(".sansfond-"));
    while !begun() {
        assert_eq!(running.try_wait().expect("waits"), None, "the program ended before it wrote anything");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    kill_process(Pid::from_child(&running), Signal::INT).expect("the program runs");
    assert!(!running.wait().expect("ends").success(), "the program finished in spite of the interrupt");
    assert_eq!(shell.files(), ["in.mp4"]);
}
