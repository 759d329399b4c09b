//! A process of the worker: the real program, with the environment of its container on AWS.
//!
//! It dies with this process, in whatever way this process ends.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use super::job::{BatchJob, End};
use crate::deploy::Deployed;
use crate::settings::Settings;

/// The time that ECS gives a container between SIGTERM and SIGKILL.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub(crate) struct Worker {
    pub(super) program: PathBuf,
    /// The environment from the job definition and the machine; a job adds its own.
    pub(super) environment: Vec<(String, String)>,
    pub(super) log: PathBuf,
    pub(super) patience: Duration,
}

impl Worker {
    pub(crate) fn new(settings: &Settings, deployed: &Deployed) -> Self {
        let state = |part: &str| settings.state.join(part).display().to_string();
        let log = settings.state.join("logs/worker.log");
        // Keep the log of the last run.
        let _ = std::fs::rename(&log, log.with_extension("log.1"));
        let parameters = settings.parameters();
        let parameter = |name: &str| parameters.get(name).cloned().unwrap_or_default();
        let environment = [
            ("SANSFOND_TABLE", deployed.outputs.table_name.clone()),
            ("SANSFOND_BUCKET", deployed.outputs.bucket_name.clone()),
            ("SANSFOND_MODEL", parameter("VideoModel")),
            ("SANSFOND_PROVIDER", parameter("VideoProvider")),
            ("SANSFOND_HOME", settings.home.display().to_string()),
            ("SANSFOND_PREPARED", parameter("ImagePrepared")),
            ("SANSFOND_LOG", settings.log_filter.clone()),
            ("AWS_ENDPOINT_URL", settings.endpoint()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", deployed.worker.key.clone()),
            ("AWS_SECRET_ACCESS_KEY", deployed.worker.secret.clone()),
            ("AWS_SESSION_TOKEN", deployed.worker.token.clone()),
            ("TMPDIR", state("tmp")),
            ("LANG", "C.UTF-8".to_owned()),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
        ];
        let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { program: settings.worker.clone(), environment, log, patience: PATIENCE }
    }

    pub(crate) fn is_built(&self) -> bool {
        self.program.is_file()
    }

    /// Starts a process for a job.
    ///
    /// # Errors
    /// The program cannot be started, or its log cannot be opened.
    pub(super) fn start(&self, job: &BatchJob) -> anyhow::Result<Process> {
        let mut log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .with_context(|| self.log.display().to_string())?;
        writeln!(log, "== {} ({}), attempt {}", job.name, job.id, job.attempt())?;
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(job.environment.iter().map(|variable| (&variable.name, &variable.value)))
            .env("AWS_BATCH_JOB_ID", &job.id)
            .env("AWS_BATCH_JOB_ATTEMPT", job.attempt().to_string())
            .env("AWS_BATCH_JQ_NAME", job.queue.rsplit('/').next().unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C at the terminal must reach only this process.
            .process_group(0)
            .kill_on_drop(true);
        #[cfg(target_os = "linux")]
        die_with_parent(&mut command);
        let child = command.spawn().with_context(|| self.program.display().to_string())?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Process { child, id: id.context("the worker ended at once")? })
    }
}

#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    id: Pid,
}

impl Process {
    /// Asks it to hand its job over and to end.
    pub(super) fn ask(&self) {
        let _ = kill_process_group(self.id, Signal::TERM);
    }

    pub(super) fn kill(&self) {
        let _ = kill_process_group(self.id, Signal::KILL);
    }

    pub(super) async fn end(&mut self) -> End {
        match self.child.wait().await {
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => End::Exit(code),
                (None, signal) => End::Signal(signal.unwrap_or_default()),
            },
            Err(error) => End::NotStarted(error.to_string()),
        }
    }
}

/// The kernel kills the worker when the thread that started it ends. Threads of the runtime end only with the
/// process.
#[cfg(target_os = "linux")]
fn die_with_parent(command: &mut Command) {
    use rustix::process::{getpid, getppid, set_parent_process_death_signal};
    let us = getpid();
    // SAFETY: between fork and exec only system calls are made, and nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // This process may have ended before the kernel knew about the worker.
            if getppid() == Some(us) { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
        });
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::super::job::tests::job;
    use super::*;

    /// A worker that is this shell script. `$LOG` is a file for its output to the test.
    pub(in crate::batch) fn script(folder: &Path, text: &str) -> Worker {
        let program = folder.join("worker.sh");
        std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).expect("written");
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("executable");
        let seen = folder.join("seen").display().to_string();
        Worker {
            program,
            environment: vec![("LOG".to_owned(), seen), ("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            log: folder.join("worker.log"),
            patience: Duration::from_millis(300),
        }
    }

    #[tokio::test]
    async fn a_worker_does_not_inherit_the_environment_of_the_cloud() {
        let folder = tempfile::tempdir().expect("a folder");
        let worker = script(folder.path(), "env > $LOG; echo said; echo failed >&2; exit 3");
        let mut process = worker.start(&job("a")).expect("it starts");
        assert_eq!(process.end().await, End::Exit(3));
        let seen = std::fs::read_to_string(folder.path().join("seen")).expect("a file");
        for line in ["SANSFOND_JOB=a", "AWS_BATCH_JOB_ID=a", "AWS_BATCH_JOB_ATTEMPT=1"] {
            assert!(seen.lines().any(|seen| seen == line), "{line} is not in {seen}");
        }
        assert!(!seen.contains("CARGO"), "{seen}");
        let log = std::fs::read_to_string(folder.path().join("worker.log")).expect("a log");
        assert!(log.contains("sansfond-a-0") && log.contains("said") && log.contains("failed"), "{log}");
    }

    #[tokio::test]
    async fn a_missing_worker_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let worker = Worker { program: folder.path().join("nothing"), ..script(folder.path(), "") };
        assert!(!worker.is_built());
        let error = format!("{:#}", worker.start(&job("a")).expect_err("no program"));
        assert!(error.contains("nothing"), "{error}");
    }

    /// This test starts itself again, as the owner that is killed.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_worker_ends_with_a_killed_owner() {
        const OWNER: &str = "SANSFOND_TEST_OWNER";
        const NAME: &str = "batch::worker::tests::a_worker_ends_with_a_killed_owner";
        let owned: Option<PathBuf> = sansfond_telemetry::settings::optional(OWNER).expect("a path");
        if let Some(folder) = owned {
            let worker =
                script(&folder, "echo $$ > $LOG.fresh; mv $LOG.fresh $LOG; while :; do sleep 1; done");
            let _process = worker.start(&job("a")).expect("it starts");
            until(|| folder.join("seen").exists()).await;
            let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut owner = Command::new(std::env::current_exe().expect("this test"));
        owner.args(["--exact", NAME]).env(OWNER, folder.path()).stdout(Stdio::null());
        let status = owner.status().await.expect("it starts");
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()));
        let id = std::fs::read_to_string(folder.path().join("seen")).expect("the worker has started");
        let process = Path::new("/proc").join(id.trim()).join("cmdline");
        // Ended but not yet waited for: a process without a command line.
        until(|| std::fs::read(&process).is_ok_and(|line| line.is_empty()) || !process.exists()).await;
    }

    /// Polls until the condition is true.
    pub(in crate::batch) async fn until(mut is_so: impl FnMut() -> bool) {
        for _ in 0..3000 {
            if is_so() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not within half a minute");
    }
}
