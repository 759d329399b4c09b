//! The real program, as Batch starts it, with a tiny graph; killed and started again.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sansfond_batch_worker::settings::JobTask;
use sansfond_domain::{Failure, JobState, VideoOptions};
use sansfond_embedded::{BUCKET, TABLE};
use sansfond_telemetry::settings;

use crate::checkout;
use crate::clips::{self, FRAMES};
use crate::test_worker::TestWorker;

/// A home with this machine's ONNX Runtime, and a tiny graph in place of U²-Net.
fn home() -> tempfile::TempDir {
    let installed: PathBuf =
        settings::optional("SANSFOND_HOME").expect("a path").unwrap_or_else(|| checkout().join(".sansfond"));
    let home = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(installed.join("runtime"), home.path().join("runtime")).expect("a link");
    let folder = home.path().join("models/u2net");
    std::fs::create_dir_all(&folder).expect("a folder");
    let graph = checkout().join("fixtures/models/u2net.onnx");
    std::fs::copy(&graph, folder.join("u2net.onnx")).expect("copied");
    // The pin that a first download would have written.
    let pin = Command::new("sha256sum").arg(&graph).output().expect("sha256sum").stdout;
    std::fs::write(folder.join("u2net.onnx.sha256"), pin).expect("written");
    home
}

struct Program<'a> {
    test_worker: &'a TestWorker,
    home: tempfile::TempDir,
    temporary: tempfile::TempDir,
}

impl<'a> Program<'a> {
    fn on(test_worker: &'a TestWorker) -> Self {
        Self { test_worker, home: home(), temporary: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, task: &JobTask) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batch-worker"));
        command
            .env_clear()
            .env("AWS_ENDPOINT_URL", self.test_worker.cloud.endpoint())
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test-secret")
            .env("TMPDIR", self.temporary.path())
            .env("SANSFOND_TABLE", TABLE)
            .env("SANSFOND_BUCKET", BUCKET)
            .env("SANSFOND_HOME", self.home.path())
            .env("SANSFOND_MODEL", "u2net")
            .env("SANSFOND_PROVIDER", "cpu")
            .env("SANSFOND_LEASE_SECONDS", "4")
            .env("SANSFOND_ACCOUNT", task.account.as_ref() as &str)
            .env("SANSFOND_JOB", task.job.as_ref() as &str)
            .env("SANSFOND_RETRY", task.retry.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program and returns its exit code and log.
    async fn run(&self, task: &JobTask) -> (Option<i32>, String) {
        let child = self.command(task).spawn().expect("it starts");
        wait_for(child).await
    }

    /// Starts the program and waits until it has stored a segment.
    async fn run_until_first_segment(&self, task: &JobTask) -> Child {
        let mut child = self.command(task).spawn().expect("it starts");
        while self.test_worker.segments(task).await == 0 {
            assert_eq!(
                child.try_wait().expect("a child"),
                None,
                "the program ended before its first segment"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        child
    }

    /// The program's remaining temporary files. ONNX Runtime 1.31 also leaves a file `.ses`.
    fn leftover_files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.temporary.path()).expect("readable");
        let names = entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("sansfond-")).collect()
    }
}

async fn wait_for(child: Child) -> (Option<i32>, String) {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await;
    let output = output.expect("waited").expect("it ends");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The result of a program that is not killed, for the long clip.
async fn uninterrupted(test_worker: &TestWorker, program: &Program<'_>) -> Vec<u8> {
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let (code, log) = program.run(&task).await;
    assert_eq!(code, Some(0), "{log}");
    assert_log_is_complete_and_discreet(&log, &task);
    test_worker.result(&task, "cutout.webm").await
}

fn assert_log_is_complete_and_discreet(log: &str, task: &JobTask) {
    for text in ["\"provider\":\"cpu\"", "frames_per_second", "encode_percent", "\"the job is completed\""] {
        assert!(log.contains(text), "{text}: {log}");
    }
    for line in log.lines() {
        assert!(line.starts_with('{') && line.ends_with('}'), "not JSON: {line}");
    }
    let owner: &str = task.account.as_ref();
    for secret in ["été", "videos/", "results/", "test-secret", "http://", owner] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_program_finishes_the_job_of_one_that_was_terminated_or_killed() {
    let test_worker = TestWorker::open().await;
    let program = Program::on(&test_worker);
    let expected = uninterrupted(&test_worker, &program).await;
    for (signal, code) in [(Signal::TERM, Some(75)), (Signal::KILL, None)] {
        let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
        let child = program.run_until_first_segment(&task).await;
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        let (exit_code, log) = wait_for(child).await;
        assert_eq!(exit_code, code, "{signal:?}: {log}");
        let job = test_worker.job(&task).await;
        assert_eq!(job.state, JobState::Processing, "{signal:?}");
        assert_eq!(job.pieces[0].lease_until.is_none(), code == Some(75), "{signal:?}");
        if code == Some(75) {
            assert_eq!(program.leftover_files(), [""; 0], "{log}");
        }

        let (code, log) = program.run(&task).await;
        assert_eq!(code, Some(0), "{signal:?}: {log}");
        let job = test_worker.job(&task).await;
        assert_eq!((job.state, job.attempts()), (JobState::Completed, 2), "{signal:?}");
        let result = test_worker.result(&task, "cutout.webm").await;
        let pixels = clips::pixels(&result);
        assert_eq!(pixels.len(), FRAMES * 96 * 64 * 4, "{signal:?}");
        assert!(pixels == clips::pixels(&expected), "{signal:?}: every frame is equal");
        assert_eq!(clips::times(&result), clips::times(&expected), "{signal:?}");
        assert_eq!(test_worker.results(&task).await, ["cutout.webm", "preview.webp"], "{signal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_exits_with_0_and_a_missing_engine_or_setting_with_1() {
    let test_worker = TestWorker::open().await;
    let program = Program::on(&test_worker);
    let text = test_worker.queued(b"I am a text, not a video", VideoOptions::default()).await;
    let (code, log) = program.run(&text).await;
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(test_worker.job(&text).await.failure, Some(Failure::UnreadableVideo));

    let task = test_worker.queued(clips::short(), VideoOptions::default()).await;
    for (name, value, text) in [
        ("SANSFOND_PROVIDER", "cuda", "is not installed"),
        ("SANSFOND_PROVIDER", "gpu", "SANSFOND_PROVIDER"),
        ("SANSFOND_MODEL", "isnet-general-use", "are not installed"),
        ("SANSFOND_RETRY", "", "SANSFOND_RETRY must be set"),
    ] {
        // The previous worker's lease must expire first.
        let mut command = program.command(&task);
        command.env("SANSFOND_LEASE_SECONDS", "1").env(name, value);
        let (code, log) = wait_for(command.spawn().expect("it starts")).await;
        assert_eq!(code, Some(1), "{log}");
        assert_eq!(
            log.lines().filter(|line| line.contains("\"ERROR\"")).count(),
            1,
            "one line reports the error: {log}"
        );
        assert!(log.contains(text), "{text}: {log}");
    }
    assert_eq!(test_worker.job(&task).await.state, JobState::Processing, "another worker may try");
    assert_eq!(program.leftover_files(), [""; 0]);
}
