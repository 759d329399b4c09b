//! Bad input gives one clear line, a non-zero exit code, and no output file.

use crate::{Shell, fixture};

/// Asserts that `image` fails on these bytes with one line that contains `words`, and writes no file.
fn assert_rejected(name: &str, bytes: &[u8], words: &[&str]) {
    let shell = Shell::new();
    shell.write(name, bytes);
    let ran = shell.run(&["image", name, "-o", "out.png", "-q"]).failed(1, words);
    assert_eq!(ran.err.trim().lines().count(), 1, "{}", ran.err);
    assert!(ran.err.contains(name), "{}", ran.err);
    assert_eq!(shell.files(), [name], "no output file");
}

#[test]
fn files_that_are_not_pictures_are_rejected() {
    assert_rejected("empty.jpg", b"", &["empty"]);
    assert_rejected("list.jpg", b"milk, eggs, bread", &["not a picture"]);
    assert_rejected("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", &["SVG", "PNG"]);
    assert_rejected("phone.heic", b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", &["HEIC", "convert it to JPEG"]);
    assert_rejected("clip.mp4", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2", &["video", "still picture"]);
}

#[test]
fn truncated_and_damaged_files_are_rejected() {
    let jpeg = std::fs::read(fixture("odd/subsampled.jpg")).expect("a fixture");
    assert_rejected("cut.jpg", &jpeg[..jpeg.len() * 2 / 3], &["cut off"]);
    let png = std::fs::read(fixture("pictures/chelsea.png")).expect("a fixture");
    assert_rejected("cut.png", &png[..png.len() / 2], &["cut off"]);
    let mut damaged = png.clone();
    damaged[png.len() / 2] ^= 1;
    assert_rejected("damaged.png", &damaged, &["damaged"]);
}

#[test]
fn pictures_that_are_too_large_are_rejected() {
    let bomb = std::fs::read(fixture("odd/bomb.png")).expect("a fixture");
    assert!(bomb.len() < 1_000_000);
    assert_rejected("bomb.png", &bomb, &["megapixels", "more than the 50"]);
    let header = std::fs::read(fixture("odd/header-60000.png")).expect("a fixture");
    assert_rejected("huge.png", &header, &["3600 megapixels"]);
    let shell = Shell::new();
    shell.copy("pictures/chelsea.png", "cat.png");
    shell
        .run(&["image", "cat.png", "-o", "out.png", "--max-megapixels", "0"])
        .failed(1, &["--max-megapixels"]);
    shell.run(&["image", "cat.png", "-o", "out.png", "--max-mb", "0"]).failed(1, &["--max-mb"]);
}

#[test]
fn a_picture_without_a_subject_is_an_error() {
    let shell = Shell::new();
    image::RgbImage::from_pixel(64, 64, image::Rgb([255; 3])).save(shell.path("white.png")).expect("written");
    shell.run(&["image", "white.png", "-o", "out.png"]).failed(1, &["no subject found"]);
    assert_eq!(shell.files(), ["white.png"]);
}

#[test]
fn missing_inputs_are_rejected() {
    let shell = Shell::new();
    std::fs::create_dir(shell.path("empty")).expect("a folder");
    shell.write("notes/notes.txt", "nothing to see");
    shell.run(&["image", "nowhere.jpg"]).failed(1, &["nowhere.jpg does not exist"]);
    shell.run(&["image", "*.jpg"]).failed(1, &["*.jpg does not exist"]);
    shell.run(&["image", "empty", "-o", "out"]).failed(1, &["no picture in empty"]);
    shell.run(&["image", "notes", "-o", "out"]).failed(1, &["no picture in notes"]);
}

#[test]
fn impossible_outputs_are_rejected() {
    let shell = Shell::new();
    shell.copy("odd/alpha.png", "a.png");
    shell.write("file", "in the way");
    shell.run(&["image", "a.png", "-o", "file/out.png"]).failed(1, &["cannot be written to"]);
    shell.run(&["image", "a.png", "a.png", "-o", "file"]).failed(1, &["is a file"]);
    shell.run(&["image", "a.png", "-o", "out.xyz.txt"]).failed(1, &["out.xyz.txt", "png"]);
    assert_eq!(shell.files(), ["a.png", "file"]);
}

#[test]
fn a_result_never_replaces_that_of_another_input() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "in/a.png");
    shell.copy("pictures/chelsea.png", "in/deep/a.png");
    let twice = ["image", "in/a.png", "in/deep/a.png", "-o", "out"];
    let words = [
        "1 picture cut out, 1 failed",
        "in/deep/a.png: its result would have the name of the result of in/a.png",
    ];
    shell.run(&twice).failed(1, &words);
    assert_eq!(shell.files(), ["in/a.png", "in/deep/a.png", "out/a.png"]);
}

#[test]
fn an_input_is_never_replaced_by_its_result() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "a.png");
    let before = std::fs::read(shell.path("a.png")).expect("the file exists");
    std::os::unix::fs::symlink("a.png", shell.path("link.png")).expect("a link");
    std::fs::hard_link(shell.path("a.png"), shell.path("same.png")).expect("a link");
    for output in ["a.png", "./a.png", "link.png", "same.png"] {
        let words = [output, "is an input"];
        shell.run(&["image", "a.png", "-o", output, "--force"]).failed(1, &words);
    }
    assert_eq!(std::fs::read(shell.path("a.png")).expect("the file exists"), before);
}

#[test]
fn what_systems_leave_in_folders_does_not_stop_the_run() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "in/coffee.png");
    std::os::unix::fs::symlink("loop.png", shell.path("in/loop.png")).expect("a link");
    shell.write("in/._coffee.png", "metadata of macOS");
    shell.write("in/__MACOSX/coffee.png", "metadata of macOS");
    shell.write("in/@eaDir/coffee.png", "a thumbnail of a Synology");
    shell.run(&["image", "in", "-o", "out"]).succeeded();
    let results: Vec<_> = shell.files().into_iter().filter(|name| name.starts_with("out")).collect();
    assert_eq!(results, ["out/coffee.png"]);
}

#[test]
fn options_that_exclude_each_other_are_rejected() {
    let shell = Shell::new();
    shell.copy("odd/alpha.png", "a.png");
    shell.run(&["image", "a.png", "--mark", "3,4"]).failed(1, &["--mark is for sam"]);
    shell.run(&["image", "a.png", "--cloth", "upper"]).failed(1, &["--cloth is for u2net_cloth_seg"]);
    shell.run(&["image", "a.png", "--split", "-o", "-"]).failed(1, &["standard output takes one"]);
    shell.run(&["image", "a.png", "--only", "matte", "-o", "m.zip"]).failed(1, &["cannot be written as ZIP"]);
    shell.run(&["image", "a.png", "a.png", "-o", "two.png"]).failed(1, &["is a file"]);
    assert_eq!(shell.files(), ["a.png"]);
}

#[test]
fn strokes_that_remove_the_whole_subject_are_an_error() {
    let shell = Shell::new();
    shell.copy("pictures/coffee.png", "c.png");
    image::RgbImage::from_pixel(60, 40, image::Rgb([255, 0, 0]))
        .save(shell.path("red.png"))
        .expect("written");
    shell.run(&["image", "c.png", "-o", "o.png", "--strokes", "red.png"]).failed(1, &["no subject found"]);
    assert_eq!(shell.files(), ["c.png", "red.png"]);
}

#[test]
fn missing_models_are_named() {
    let shell = Shell::new();
    shell.copy("odd/alpha.png", "a.png");
    shell.run(&["image", "a.png", "-m", "magic"]).failed(1, &["no model “magic”", "models list"]);
    shell.run(&["image", "a.png", "-m", "isnet-general"]).failed(1, &["Did you mean isnet-general-use?"]);
    shell.run(&["image", "a.png", "-m", "dis_custom"]).failed(1, &["--weights"]);
    let ran =
        shell.command(&["image", "a.png"]).env("SANSFOND_HOME", shell.path("home")).output().expect("starts");
    crate::RunResult::from(ran).failed(1, &["ONNX Runtime", "make setup"]);
    // Missing weights are downloaded, so the test allows no address outside this machine.
    let ran =
        shell.command(&["image", "a.png", "-m", "u2netp"]).env("ALL_PROXY", "http://127.0.0.1:9").output();
    crate::RunResult::from(ran.expect("starts"))
        .failed(1, &["could not be downloaded from any source", "sansfond models fetch u2netp --from FILE"]);
    shell.run(&["image", "a.png", "-m", "u2nt"]).failed(1, &["Did you mean u2net"]);
    shell.run(&["image", "a.png", "--weights", "no.onnx"]).failed(1, &["no.onnx does not exist"]);
    shell.run(&["image", "a.png", "--weights", "a.png"]).failed(1, &["not an ONNX model"]);
}

#[test]
fn damaged_weights_are_rejected() {
    let shell = Shell::new();
    shell.copy("odd/alpha.png", "a.png");
    let model = "home/models/isnet-general-use/isnet-general-use.onnx";
    shell.copy("models/isnet.onnx", model);
    std::os::unix::fs::symlink(runtime_folder(), shell.path("home/runtime")).expect("linked");
    for arguments in [&["image", "a.png"][..], &["models", "verify"]] {
        let ran = shell.command(arguments).env("SANSFOND_HOME", shell.path("home")).output().expect("starts");
        crate::RunResult::from(ran).failed(1, &["damaged or not the right file", "--force"]);
    }
}

#[test]
fn unusable_libraries_are_rejected() {
    let shell = Shell::new();
    shell.copy("odd/alpha.png", "a.png");
    let with_library = |path: &std::path::Path| {
        let ran = shell.command(&["image", "a.png"]).env("ORT_DYLIB_PATH", path).output().expect("starts");
        crate::RunResult::from(ran)
    };
    with_library(&shell.path("nowhere.so")).failed(1, &["nowhere.so", "cannot be loaded"]);
    with_library(&shell.write("text.so", "no library")).failed(1, &["text.so", "cannot be loaded"]);
    with_library(&old_library(&shell)).failed(1, &["1.17.0", "too old", "1.24"]);
    shell
        .run(&["image", "a.png", "--provider", "cuda"])
        .failed(1, &["cuda", "not installed", "onnxruntime-gpu"]);
}

#[test]
fn a_provider_that_the_library_lacks_is_rejected() {
    let shell = Shell::new();
    shell.copy("odd/alpha.png", "a.png");
    let library = std::fs::read_dir(runtime_folder().join("cpu")).expect("installed").flatten();
    let library =
        library.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains("libonnxruntime.so"));
    for provider in ["openvino", "cuda", "tensorrt"] {
        let mut command = shell.command(&["image", "a.png", "--provider", provider]);
        let ran =
            command.env("ORT_DYLIB_PATH", library.as_ref().expect("a library")).output().expect("starts");
        let ran = crate::RunResult::from(ran).failed(1, &[provider, "cannot run isnet-general-use"]);
        assert!(!ran.err.contains("damaged"), "{}", ran.err);
    }
    assert_eq!(shell.files(), ["a.png"]);
}

/// A library that reports ONNX Runtime 1.17.
fn old_library(shell: &Shell) -> std::path::PathBuf {
    let source = shell.write(
        "old.c",
        "static const char *version(void) { return \"1.17.0\"; }\n\
         static const void *api(unsigned number) { (void)number; return 0; }\n\
         static const struct { const void *(*api)(unsigned); const char *(*version)(void); } base = { api, version };\n\
         const void *OrtGetApiBase(void) { return &base; }\n",
    );
    let library = shell.path("old.so");
    let built =
        std::process::Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status();
    assert!(built.is_ok_and(|status| status.success()), "a C compiler is needed");
    library
}

fn runtime_folder() -> std::path::PathBuf {
    crate::home().join("runtime")
}

#[test]
fn invalid_option_values_are_rejected() {
    let shell = Shell::new();
    shell.copy("odd/alpha.png", "a.png");
    shell.run(&["image", "a.png", "--bg-color", "blurple"]).failed(1, &["blurple", "color"]);
    shell.run(&["image", "a.png", "--bg-gradient", "red"]).failed(1, &["gradient"]);
    shell.run(&["image", "a.png", "--bg-image", "nowhere.jpg"]).failed(1, &["nowhere.jpg"]);
    shell.run(&["image", "a.png", "--bg-color", "red", "--bg-blur"]).failed(2, &["cannot be used with"]);
    shell.run(&["image", "a.png", "--roi", "1 2 3"]).failed(2, &["x1 y1 x2 y2"]);
    shell.run(&["image", "a.png", "--scale", "5%"]).failed(2, &["10% to 100%"]);
    shell.run(&["image", "a.png", "--provider", "abacus"]).failed(2, &["abacus", "openvino"]);
    shell.run(&["image", "a.png", "--foreground", "2"]).failed(2, &["0 to 1"]);
    shell.run(&["image", "a.png", "--format", "tga"]).failed(2, &["tga"]);
    shell.run(&["image"]).failed(2, &["INPUT"]);
}
