//! Successful runs.

use std::io::Write;
use std::process::Stdio;

use image::RgbaImage;

use crate::{RunResult, Shell};

fn open(shell: &Shell, name: &str) -> RgbaImage {
    image::open(shell.path(name)).unwrap_or_else(|error| panic!("{name}: {error}")).into_rgba8()
}

#[test]
fn a_photograph_becomes_a_cutout() {
    let shell = Shell::new();
    shell.copy("pictures/astronaut.png", "a.png");
    let ran = shell.run(&["image", "a.png", "-o", "cutout.png"]).succeeded();
    assert!(ran.err.contains("commercial use: unclear"), "the license is shown: {}", ran.err);
    let cutout = open(&shell, "cutout.png");
    assert_eq!(cutout.dimensions(), (512, 512));
    assert_eq!(cutout.get_pixel(200, 250).0[3], 255, "the suit is opaque");
    assert_eq!(cutout.get_pixel(480, 30).0, [0; 4], "the flag behind her is removed");
}

#[test]
fn a_folder_keeps_its_structure_and_one_broken_picture_does_not_stop_the_run() {
    let shell = Shell::new();
    shell.copy("pictures/chelsea.png", "in/cat.png");
    shell.copy("pictures/coffee.png", "in/deep/down/coffee.png");
    shell.write("in/broken.jpg", "not a picture");
    shell.write("in/notes.txt", "no picture, and not called one");
    let ran = shell
        .run(&["image", "in", "-o", "out", "--format", "webp"])
        .failed(1, &["2 pictures cut out, 1 failed"]);
    assert!(
        ran.err
            .trim_end()
            .ends_with("in/broken.jpg: this is not a picture; use JPEG, PNG, WebP, GIF, BMP or TIFF")
    );
    let results: Vec<_> = shell.files().into_iter().filter(|name| name.starts_with("out")).collect();
    assert_eq!(results, ["out/cat.webp", "out/deep/down/coffee.webp"]);
}

#[test]
fn existing_results_are_skipped_unless_forced() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "in/coffee.png");
    shell.write("out/coffee.png", "precious");
    let read = || std::fs::read(shell.path("out/coffee.png")).expect("the file exists");
    shell.run(&["image", "in", "-o", "out"]).succeeded();
    assert_eq!(read(), b"precious");
    shell.run(&["image", "in", "-o", "out", "--force"]).succeeded();
    assert!(read().starts_with(b"\x89PNG"));
}

#[test]
fn results_beside_their_inputs_are_not_inputs() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "in/coffee.png");
    for _ in 0..2 {
        shell.run(&["image", "in"]).succeeded();
    }
    assert_eq!(shell.files(), ["in/coffee-cutout.png", "in/coffee.png"]);
}

#[test]
fn results_in_the_inputs_folder_are_beside_their_inputs() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "in/coffee.png");
    shell.copy("pictures/chelsea.png", "in/deep/cat.png");
    let before = std::fs::read(shell.path("in/coffee.png")).expect("the file exists");
    for _ in 0..2 {
        shell.run(&["image", "in", "-o", "in", "--force"]).succeeded();
    }
    assert_eq!(
        shell.files(),
        ["in/coffee-cutout.png", "in/coffee.png", "in/deep/cat-cutout.png", "in/deep/cat.png"]
    );
    assert_eq!(std::fs::read(shell.path("in/coffee.png")).expect("the file exists"), before);
}

#[test]
fn a_name_with_a_slash_is_a_folder() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "coffee.png");
    shell.run(&["image", "coffee.png", "-o", "new.v2/"]).succeeded();
    assert_eq!(shell.files(), ["coffee.png", "new.v2/coffee.png"]);
}

#[test]
fn links_and_pipes_stay_what_they_are() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "coffee.png");
    shell.write("real/old.png", "precious");
    std::os::unix::fs::symlink("real/old.png", shell.path("link.png")).expect("a link");
    std::os::unix::fs::symlink("real/new.png", shell.path("empty.png")).expect("a link");
    let size = |name: &str| open(&shell, name).dimensions();
    shell.run(&["image", "coffee.png", "-o", "link.png", "--force"]).succeeded();
    shell.run(&["image", "coffee.png", "-o", "empty.png"]).succeeded();
    for (link, file) in [("link.png", "real/old.png"), ("empty.png", "real/new.png")] {
        let found = std::fs::read_link(shell.path(link)).expect("it is still a link");
        assert_eq!((found, size(file)), (file.into(), (600, 400)));
    }
    shell.run(&["image", "coffee.png", "-o", "/dev/null"]).succeeded();
    assert!(!std::fs::metadata("/dev/null").expect("it is there").is_file());
    let ran = shell.run(&["image", "coffee.png", "-o", "/dev/stdout", "--format", "png"]).succeeded();
    assert!(ran.out.starts_with(b"\x89PNG"));
}

#[test]
fn a_small_subject_is_split_off_too() {
    let shell = Shell::new();
    let photo = image::open(crate::fixture("pictures/astronaut.png")).expect("a fixture").into_rgb8();
    let small = image::imageops::thumbnail(&photo, 40, 40);
    let mut gray = image::RgbImage::from_pixel(2400, 2400, image::Rgb([128; 3]));
    image::imageops::replace(&mut gray, &small, 1200, 1200);
    gray.save(shell.path("crumb.png")).expect("written");
    let whole = shell.run(&["image", "crumb.png", "-o", "whole.png"]);
    let split = shell.run(&["image", "crumb.png", "-o", "part.png", "--split"]);
    assert_eq!(split.code, whole.code, "{}", split.err);
    assert_eq!(shell.path("part-1.png").exists(), whole.code == Some(0));
}

#[test]
fn a_name_that_is_not_utf8_is_reported() {
    use std::os::unix::ffi::OsStringExt;
    let shell = Shell::new();
    let name = std::ffi::OsString::from_vec(b"caf\xe9.png".to_vec());
    std::fs::copy(crate::fixture("pictures/coffee.png"), shell.path("").join(&name)).expect("copied");
    let ran = shell.run(&["image", ".", "-o", "out", "--json"]).succeeded();
    let report: serde_json::Value = serde_json::from_slice(&ran.out).expect("JSON");
    assert_eq!(report["pictures"][0]["outputs"][0]["path"], "out/caf\u{fffd}.png");
}

#[test]
fn a_picture_on_standard_output_is_not_followed_by_its_report() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "coffee.png");
    let ran = shell.run(&["image", "coffee.png", "-o", "-", "--json", "-q"]).succeeded();
    image::load_from_memory(&ran.out).expect("a picture");
    assert!(ran.out.ends_with(b"IEND\xae\x42\x60\x82"));
    assert!(ran.err.contains("\"provider\": \"cpu\""), "{}", ran.err);
}

#[test]
fn a_closed_output_pipe_is_not_a_failure() {
    let shell = Shell::new();
    for arguments in [&["models", "list"][..], &["completions", "bash"]] {
        let mut child =
            shell.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        drop(child.stdout.take());
        assert_eq!(RunResult::from(child.wait_with_output().expect("ends")).succeeded().err, "");
    }
}

#[test]
fn pictures_are_read_from_and_written_to_pipes() {
    let shell = Shell::new();
    let photo = std::fs::read(crate::fixture("pictures/coffee.png")).expect("a fixture");
    let mut child = shell
        .command(&["image", "-", "-o", "-", "--format", "jpg", "--bg-color", "#0000ff"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    child.stdin.take().expect("piped").write_all(&photo).expect("written");
    let ran = RunResult::from(child.wait_with_output().expect("ends")).succeeded();
    let picture = image::load_from_memory(&ran.out).expect("a JPEG").into_rgb8();
    let [r, g, b] = picture.get_pixel(5, 5).0;
    assert!(r < 20 && g < 20 && b > 235, "{r} {g} {b}");
}

#[test]
fn options_change_the_result() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "c.png");
    shell
        .run(&["image", "c.png", "-o", "crop.png", "--crop", "--crop-margin", "10px", "--size", "0.05"])
        .succeeded();
    let crop = open(&shell, "crop.png");
    assert!(crop.width() * crop.height() <= 50_000, "{:?}", crop.dimensions());
    shell.run(&["image", "c.png", "-o", "matte.png", "--only", "matte"]).succeeded();
    assert_eq!(image::open(shell.path("matte.png")).expect("PNG").color(), image::ColorType::L8);
    shell
        .run(&["image", "c.png", "-o", "shadow.png", "--shadow", "--shadow-offset", "0px", "40px"])
        .succeeded();
    let shadow = open(&shell, "shadow.png");
    assert!(
        shadow.pixels().any(|pixel| pixel.0[..3] == [0; 3] && pixel.0[3] > 60),
        "a shadow is black and soft"
    );
    shell.run(&["image", "c.png", "-o", "both.zip"]).succeeded();
    assert!(std::fs::read(shell.path("both.zip")).expect("the file exists").starts_with(b"PK"));
    shell
        .run(&["image", "c.png", "-o", "roi.png", "--roi", "0% 0% 20% 20%"])
        .failed(1, &["no subject found"]);
}

#[test]
fn strokes_keep_and_remove() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "c.png");
    let painting = RgbaImage::from_fn(600, 400, |x, y| match (x, y) {
        (0..60, 0..60) => image::Rgba([0, 255, 0, 255]),
        (250..350, 100..300) => image::Rgba([255, 0, 0, 255]),
        _ => image::Rgba([0; 4]),
    });
    painting.save(shell.path("strokes.png")).expect("written");
    shell.run(&["image", "c.png", "-o", "out.png", "--strokes", "strokes.png"]).succeeded();
    let cutout = open(&shell, "out.png");
    assert_eq!([(30, 30), (300, 200)].map(|(x, y)| cutout.get_pixel(x, y).0[3]), [255, 0]);
}

#[test]
fn two_subjects_become_two_pictures() {
    let shell = Shell::new();
    let photo = image::open(crate::fixture("pictures/coffee.png")).expect("a fixture").into_rgb8();
    let small = image::imageops::resize(&photo, 300, 200, image::imageops::FilterType::Triangle);
    let corner = *photo.get_pixel(2, 2);
    let mut both = image::RgbImage::from_pixel(900, 400, corner);
    image::imageops::replace(&mut both, &photo, 0, 0);
    image::imageops::replace(&mut both, &small, 600, 100);
    both.save(shell.path("both.png")).expect("written");
    let ran = shell.run(&["image", "both.png", "-o", "cup.png", "--split", "--json"]).succeeded();
    let report: serde_json::Value = serde_json::from_slice(&ran.out).expect("JSON");
    let subjects = report["pictures"][0]["subjects"].as_array().expect("subjects").len();
    assert_eq!(subjects, 2, "{report:#}");
    let (first, second) = (open(&shell, "cup-1.png"), open(&shell, "cup-2.png"));
    for (a, b) in first.pixels().zip(second.pixels()) {
        assert!(a.0[3] == 0 || b.0[3] == 0, "no pixel belongs to both");
    }
}

#[test]
fn the_report_is_json() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "in/coffee.png");
    shell.write("in/broken.png", "no");
    let ran = shell.run(&["image", "in", "-o", "out", "--json"]).failed(1, &[]);
    let report: serde_json::Value = serde_json::from_slice(&ran.out).expect("JSON");
    assert_eq!(report["model"], "isnet-general-use");
    assert_eq!(report["provider"], "cpu");
    let pictures = report["pictures"].as_array().expect("a list");
    assert!(pictures[0]["error"].as_str().expect("an error").contains("not a picture"));
    assert_eq!(pictures[1]["outputs"][0]["path"], "out/coffee.png");
    assert!(pictures[1]["stages"]["inference_ms"].as_f64().expect("a number") > 0.0);
}

#[test]
fn rembg_commands_are_accepted() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "in/c.png");
    shell.run(&["i", "-m", "isnet-general-use", "-om", "in/c.png", "mask.png"]).succeeded();
    assert_eq!(image::open(shell.path("mask.png")).expect("PNG").color(), image::ColorType::L8);
    shell.run(&["i", "-bgc", "255", "0", "0", "255", "in/c.png", "red.png"]).succeeded();
    assert_eq!(open(&shell, "red.png").get_pixel(3, 3).0, [255, 0, 0, 255]);
    shell.run(&["p", "in", "out"]).succeeded();
    assert_eq!(open(&shell, "out/c.png").dimensions(), (600, 400));
}

#[test]
fn openvino_gives_the_same_matte() {
    let shell = Shell::new();
    if !crate::home().join("runtime/openvino").is_dir() {
        println!("skipped: there is no OpenVINO build for this machine");
        return;
    }
    shell.copy("pictures/coffee.png", "c.png");
    for provider in ["cpu", "openvino"] {
        let output = format!("{provider}.png");
        let ran = shell
            .run(&["image", "c.png", "-o", &output, "--only", "matte", "--provider", provider])
            .succeeded();
        assert!(ran.err.contains(&format!("on {provider}")), "{}", ran.err);
    }
    let (cpu, openvino) = (open(&shell, "cpu.png"), open(&shell, "openvino.png"));
    let sum: u64 = cpu.pixels().zip(openvino.pixels()).map(|(a, b)| u64::from(a.0[0].abs_diff(b.0[0]))).sum();
    let mean = sum as f64 / f64::from(cpu.width() * cpu.height());
    assert!(mean < 0.5, "{mean}");
}

#[test]
fn help_and_completions_are_printed() {
    let shell = Shell::new();
    let help = String::from_utf8(shell.run(&["image", "--help"]).succeeded().out).expect("UTF-8");
    for word in ["--bg-color", "--crop-margin", "--strokes", "Examples:", "rembg"] {
        assert!(help.contains(word), "{word}");
    }
    let formats =
        help.split("--format").nth(1).and_then(|rest| rest.split("--only").next()).expect("the option");
    for format in sansfond_imaging::ImageFormat::ALL {
        assert!(formats.contains(format.name()), "{format}");
    }
    for name in ["bash", "zsh", "fish"] {
        assert!(!shell.run(&["completions", name]).succeeded().out.is_empty());
    }
}

#[test]
fn the_list_shows_licenses() {
    let list = String::from_utf8(Shell::new().run(&["models", "list"]).succeeded().out).expect("UTF-8");
    let line =
        |name: &str| list.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}"));
    assert!(line("bria-rmbg").contains("CC-BY-NC-4.0") && line("bria-rmbg").contains("no"));
    assert!(line("u2netp").contains("Apache-2.0") && line("u2netp").contains("clear"));
    assert!(line("isnet-general-use").contains("yes") && line("isnet-general-use").contains("(default)"));
}
