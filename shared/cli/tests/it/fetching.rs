//! `models fetch` against a server in this process: resume, mirrors, wrong files, no network.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::{RunResult, Shell};

/// The file that u2netp's mirror serves here. It is not u2netp, so its hash is always wrong.
const BODY: &[u8] = b"these are not the weights that you are looking for";

/// A server for one file. It records the `Range` of each request, and breaks the first response off after
/// `broken_after` bytes.
struct Server {
    address: String,
    ranges: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(broken_after: Option<usize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&ranges);
        std::thread::spawn(move || {
            let mut broken_after = broken_after;
            for stream in listener.incoming().flatten() {
                answer(stream, &seen, broken_after.take());
            }
        });
        Self { address, ranges }
    }
}

fn answer(mut stream: TcpStream, ranges: &Mutex<Vec<String>>, broken_after: Option<usize>) {
    let mut range = String::new();
    for line in BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(value) = line.to_lowercase().strip_prefix("range: ") {
            range = value.to_owned();
        }
    }
    ranges.lock().expect("no panic").push(range.clone());
    let start =
        range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-')?.parse().ok()).unwrap_or(0);
    let status = if start > 0 { "206 Partial Content" } else { "200 OK" };
    let rest = &BODY[start..];
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", rest.len());
    let sent = &rest[..broken_after.unwrap_or(rest.len())];
    // The client may close the connection first.
    let _hung_up = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent));
}

fn fetch(shell: &Shell, arguments: &[&str]) -> RunResult {
    let mut all = vec!["models", "fetch", "u2netp"];
    all.extend(arguments);
    let mut command = shell.command(&all);
    // Requests to other hosts than loopback go to a closed port, so no other machine is contacted.
    command.env("ALL_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "127.0.0.1");
    command.env("SANSFOND_HOME", shell.path("home"));
    RunResult::from(command.output().expect("starts"))
}

#[test]
fn a_wrong_file_is_rejected_with_both_hashes_and_deleted() {
    let (shell, server) = (Shell::new(), Server::start(None));
    let ran = fetch(&shell, &["--mirror", &server.address]);
    ran.failed(1, &["not the right file", "8e83ca70e441ab06c318d82300c84806", "--from"]);
    assert_eq!(shell.files(), Vec::<String>::new());
}

#[test]
fn missing_weights_are_downloaded_and_verified_before_the_first_cutout() {
    let (shell, server) = (Shell::new(), Server::start(None));
    shell.copy("odd/alpha.png", "a.png");
    let mut command = shell.command(&["image", "a.png", "-m", "u2netp"]);
    command.env("ALL_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "127.0.0.1");
    command.env("SANSFOND_MIRROR", &server.address).env("SANSFOND_HOME", shell.path("home"));
    std::fs::create_dir_all(shell.path("home")).expect("a folder");
    std::os::unix::fs::symlink(crate::home().join("runtime"), shell.path("home/runtime")).expect("a link");
    RunResult::from(command.output().expect("starts")).failed(
        1,
        &[
            "downloading the weights of u2netp, once",
            "not the right file",
            "could not be downloaded from any source",
        ],
    );
    assert_eq!(*server.ranges.lock().expect("no panic"), [""]);
    assert!(!shell.path("home/models/u2netp").exists());
}

#[test]
fn an_interrupted_download_is_resumed() {
    let (shell, server) = (Shell::new(), Server::start(Some(20)));
    fetch(&shell, &["--mirror", &server.address]).failed(1, &["the connection was lost"]);
    let part = "home/models/u2netp/u2netp.onnx.part";
    assert_eq!(std::fs::read(shell.path(part)).expect("kept"), &BODY[..20]);
    fetch(&shell, &["--mirror", &server.address]).failed(1, &["not the right file"]);
    assert_eq!(*server.ranges.lock().expect("no panic"), ["", "bytes=20-"]);
}

#[test]
fn two_programs_that_need_the_same_weights_download_them_once() {
    let (shell, server) = (Shell::new(), Server::start(None));
    // Upstream publishes no hash of MODNet, so any file is accepted.
    let start = || {
        let mut command = shell.command(&["models", "fetch", "modnet", "--mirror", &server.address]);
        command.env("SANSFOND_HOME", shell.path("home")).stderr(std::process::Stdio::piped());
        command.spawn().expect("starts")
    };
    for program in [start(), start(), start()] {
        RunResult::from(program.wait_with_output().expect("ends")).succeeded();
    }
    assert_eq!(*server.ranges.lock().expect("no panic"), [""]);
    assert_eq!(std::fs::read(shell.path("home/models/modnet/modnet.onnx")).expect("the file exists"), BODY);
}

#[test]
fn weights_are_installed_from_a_local_file_without_a_network() {
    let shell = Shell::new();
    let model = "modnet";
    let from = crate::fixture("models/modnet.onnx");
    let run = |arguments: &[&str]| {
        let mut command = shell.command(arguments);
        RunResult::from(command.env("SANSFOND_HOME", shell.path("home")).output().expect("starts"))
    };
    // Upstream publishes no hash of MODNet: the first file is accepted and its hash is pinned.
    let ran = run(&["models", "fetch", model, "--from", from.to_str().expect("UTF-8")]).succeeded();
    assert!(ran.err.contains("Apache-2.0"), "the license is shown: {}", ran.err);
    assert_eq!(shell.files(), ["home/models/modnet/modnet.onnx", "home/models/modnet/modnet.onnx.sha256"]);
    run(&["models", "verify"]).succeeded();
    shell.write("home/models/modnet/modnet.onnx", "changed");
    run(&["models", "verify", model]).failed(1, &["damaged"]);
    run(&["models", "fetch", "sam", "--from", "one.onnx"]).failed(1, &["has 2 files"]);
    run(&["models", "fetch", "dis_custom"]).failed(1, &["--weights"]);
}
