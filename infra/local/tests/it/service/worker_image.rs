//! The worker from its image instead of the local build: `make worker-image-check` sets `SANSFOND_WORKER` to
//! the script that starts it. It runs the real network on the CPU.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sansfond_telemetry::settings;
use serde_json::json;

use super::client::Client;
use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::fixture;
use super::videos::{is_open, run, save, streams, upload, usage};
use super::{jobs, until};

/// The real network takes seconds for each frame on a small machine.
const SLOW: Duration = Duration::from_secs(900);
/// The path of the program in the image.
const PROGRAM: &str = "/opt/sansfond/bin/batch-worker";

#[test]
fn the_worker_image_finishes_a_job_after_a_kill_and_a_stop() {
    if settings::optional::<PathBuf>("SANSFOND_WORKER").expect("a path").is_none() {
        println!("skipped: no image of the worker is named; `make worker-image-check` does it");
        return;
    }
    let local_cloud =
        LocalCloud::new("worker-image").with("FreeVideos", "40").with("VideoProvider", "cpu").started();
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(&local_cloud, "image-filmmaker");
    let id = upload(&mut person.browser, &clip(folder.path()), &json!({}));

    let first = worker_at(&local_cloud, &mut person.browser, &id, 15);
    assert!(is_read_only_and_nobodys(first), "as in a container");
    kill_process(first, Signal::KILL).expect("it runs");

    let second = worker_at(&local_cloud, &mut person.browser, &id, 50);
    assert_ne!(first, second);
    kill_process(second, Signal::TERM).expect("it runs");
    until("it ends when it is asked to", SLOW, || {
        (!local_cloud.processes(Path::new(PROGRAM)).contains(&second)).then_some(())
    });

    let job = jobs::completed(&mut person.browser, &id, SLOW);
    let file = save(folder.path(), &job, "webm");
    assert_eq!(streams(&file), ["vp9,24"], "every frame is there");
    assert_eq!(usage(&mut person.browser).0, 1, "it is paid for once");
    let matte = alpha(&file);
    let covered = matte.iter().filter(|&&alpha| alpha > 200).count() as f64 / matte.len() as f64;
    assert!((0.05..0.5).contains(&covered), "the disc is cut out: {covered:.2} of the picture is");
}

/// Two seconds of the disc, without sound.
fn clip(folder: &Path) -> Vec<u8> {
    let (short, long) = (folder.join("short.mp4"), folder.join("long.mp4"));
    std::fs::write(&short, fixture("clips/disc.mp4")).expect("written");
    let arguments = ["-v", "error", "-stream_loop", "3", "-i", short.to_str().expect("a path"), "-an"];
    let coded = ["-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-t", "2", "-r", "12"];
    run("ffmpeg", &[&arguments[..], &coded[..]].concat(), &long);
    std::fs::read(&long).expect("a clip")
}

/// The process that works on a job, once more than `percent` of the job is done.
fn worker_at(local_cloud: &LocalCloud, client: &mut Client, id: &str, percent: u64) -> Pid {
    until("a part of it is done", SLOW, || {
        let job = jobs::job(client, id);
        assert!(is_open(&job), "it ended before its worker did: {job}");
        (job["progress_percent"].as_u64() > Some(percent)).then_some(())?;
        match local_cloud.processes(Path::new(PROGRAM))[..] {
            [] => None,
            [one] => Some(one),
            _ => panic!("several work on one job"),
        }
    })
}

/// Whether the container's restrictions hold: a user without rights, and a read-only file system.
fn is_read_only_and_nobodys(worker: Pid) -> bool {
    let about = |file: &str| {
        std::fs::read_to_string(format!("/proc/{}/{file}", worker.as_raw_nonzero())).expect("a process")
    };
    let user = about("status").lines().any(|line| line.starts_with("Uid:\t10001\t10001"));
    let root = std::fs::read_link(format!("/proc/{}/root", worker.as_raw_nonzero())).expect("a root");
    let mounts = about("mountinfo");
    let read_only = mounts.lines().any(|line| {
        let fields: Vec<&str> = line.split(' ').collect();
        fields[4] == "/" && fields[5].split(',').any(|option| option == "ro")
    });
    assert_ne!(root, Path::new("/"), "a root of its own");
    user && read_only
}

/// Alpha of the middle frame, one byte for each pixel.
fn alpha(file: &Path) -> Vec<u8> {
    let raw = file.with_extension("gray");
    let path = file.display().to_string();
    let filter = "select=eq(n\\,12),alphaextract,format=gray";
    let arguments = ["-v", "error", "-c:v", "libvpx-vp9", "-i", &path, "-vf", filter, "-frames:v", "1"];
    run("ffmpeg", &[&arguments[..], &["-f", "rawvideo"]].concat(), &raw);
    std::fs::read(&raw).expect("pixels")
}
