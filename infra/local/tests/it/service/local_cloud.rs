//! A local cloud: the real launcher with its own ports and data folder.
//!
//! The launcher stops at the end of its standard input: when this process ends, in whatever way, the kernel
//! closes it, and the cloud stops.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sansfond_telemetry::settings;
use serde_json::Value;

use super::aws::Aws;
use super::until;
use crate::{checkout, text};

const LAUNCHER: &str = env!("CARGO_BIN_EXE_sansfond-local");
const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/service");
/// The calls to AWS by functions and workers, in a file for each cloud; `infra/check/permissions.py` checks
/// them afterwards.
const CALLS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/calls");
/// Measured: 4 s on two cores, if nothing else runs.
const START_LIMIT: Duration = Duration::from_secs(180);
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// The next worker starts 26 s after one that died, a second after its lease. On AWS it would be six times
/// the timeout.
const SHORT: [(&str, &str); 2] = [("ImageTimeout", "20"), ("ImageVisibility", "26")];

/// A local cloud. It stops when it is dropped.
pub(super) struct LocalCloud {
    home: PathBuf,
    port: u16,
    cloud_port: u16,
    batch_port: u16,
    parameters: BTreeMap<&'static str, String>,
    template: Option<PathBuf>,
    launcher: Mutex<Option<Launcher>>,
    aws: Mutex<Option<Aws>>,
}

struct Launcher {
    child: Child,
    stop_with_parent: ChildStdin,
}

impl LocalCloud {
    /// The one that all tests share which do not break it.
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<LocalCloud> = OnceLock::new();
        SHARED.get_or_init(|| Self::new("shared").started())
    }

    /// A local cloud that is not started yet.
    pub(super) fn new(name: &str) -> Self {
        what_is_needed();
        static CLEANED: Once = Once::new();
        CLEANED.call_once(forget_earlier_runs);
        let home = Path::new(FOLDER).join(format!("{}-{name}", std::process::id()));
        std::fs::create_dir_all(&home).expect("a folder");
        std::fs::create_dir_all(CALLS).expect("a folder");
        for part in ["venv", "models", "runtime"] {
            std::os::unix::fs::symlink(installed().join(part), home.join(part)).expect("a link");
        }
        let mut parameters: BTreeMap<_, _> = SHORT.map(|(name, value)| (name, value.to_owned())).into();
        // Prepared once for this machine, not by each cloud again.
        parameters.insert("ImagePrepared", format!("{FOLDER}/prepared"));
        Self {
            home,
            port: free_port(),
            cloud_port: free_port(),
            batch_port: free_port(),
            parameters,
            template: None,
            launcher: Mutex::default(),
            aws: Mutex::default(),
        }
    }

    /// Sets a stack parameter.
    pub(super) fn with(mut self, parameter: &'static str, value: &str) -> Self {
        self.parameters.insert(parameter, value.to_owned());
        self
    }

    /// Uses a network of some kilobytes, which takes bright pixels for the subject.
    pub(super) fn with_small_network(self) -> Self {
        let models = self.home.join("models");
        std::fs::remove_file(&models).expect("the link to the installed models");
        std::fs::create_dir_all(models.join("u2net")).expect("a folder");
        let graph = checkout().join("fixtures/models/u2net.onnx");
        std::fs::copy(&graph, models.join("u2net/u2net.onnx")).expect("a copy");
        // The pin that a first download would have written.
        let pin = Command::new("sha256sum").arg(&graph).output().expect("sha256sum").stdout;
        std::fs::write(models.join("u2net/u2net.onnx.sha256"), pin).expect("written");
        let prepared = self.home.join("prepared").display().to_string();
        self.with("Model", "u2net").with("VideoModel", "u2net").with("ImagePrepared", &prepared)
    }

    /// Replaces a text in the template.
    pub(super) fn with_template(mut self, old: &str, new: &str) -> Self {
        let path = self.home.join("template.yaml");
        let template = if path.exists() {
            std::fs::read_to_string(&path).expect("a template")
        } else {
            text("infra/template.yaml")
        };
        assert!(template.contains(old), "the template has changed: it does not say “{old}”");
        std::fs::write(&path, template.replace(old, new)).expect("written");
        self.template = Some(path);
        self
    }

    pub(super) fn started(self) -> Self {
        self.start();
        self
    }

    /// Starts it and waits until it is ready. Returns the time that this took.
    pub(super) fn start(&self) -> Duration {
        let started = Instant::now();
        let log = self.home.join("launcher.log");
        let file = File::create(&log).expect("a log");
        let parameters: Vec<_> =
            self.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut command = Command::new(LAUNCHER);
        command
            .env("SANSFOND_HOME", &self.home)
            .env("PORT", self.port.to_string())
            .env("SANSFOND_CLOUD_PORT", self.cloud_port.to_string())
            .env("SANSFOND_BATCH_PORT", self.batch_port.to_string())
            .env("SANSFOND_LOCAL_PARAMETERS", parameters.join(","))
            .env("SANSFOND_LOCAL_STOP_WITH_PARENT", "true")
            .stdin(Stdio::piped())
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file)
            .process_group(0);
        if let Some(template) = &self.template {
            // Its roles may differ from ours, so its calls are not checked.
            command.env("SANSFOND_TEMPLATE", template);
        } else {
            let name = self.home.file_name().expect("a name").to_str().expect("text");
            command.env("SANSFOND_LOCAL_CALLS", format!("{CALLS}/{name}.jsonl"));
        }
        let mut child = command.spawn().expect("the launcher starts");
        let stop_with_parent = child.stdin.take().expect("a stop_with_parent");
        let said = || std::fs::read_to_string(&log).unwrap_or_default();
        until("the local cloud is ready", START_LIMIT, || {
            let ended = child.try_wait().expect("a child");
            assert!(ended.is_none(), "the local cloud ended while it started:\n{}", said());
            said().contains(": stop ").then_some(())
        });
        *self.launcher() = Some(Launcher { child, stop_with_parent });
        started.elapsed()
    }

    /// Stops it like Ctrl-C.
    pub(super) fn stop(&self) -> ExitStatus {
        let mut launcher = self.launcher().take().expect("it runs");
        kill_process(pid(&launcher.child), Signal::INT).expect("it runs");
        until("the local cloud stops", STOP_LIMIT, || launcher.child.try_wait().expect("a child"))
    }

    /// Kills the launcher with `kill -9`, and at the same moment the emulator, which cannot save any more.
    pub(super) fn kill(&self) {
        let mut launcher = self.launcher().take().expect("it runs");
        let emulator = self.processes(&self.state().join("emulator.lock"));
        assert_eq!(emulator.len(), 1, "one emulator");
        for process in emulator.into_iter().chain([pid(&launcher.child)]) {
            kill_process(process, Signal::KILL).expect("it runs");
        }
        launcher.child.wait().expect("a child");
    }

    /// Closes its standard input, as the kernel does when this process is killed.
    pub(super) fn let_go(&self) {
        let Launcher { mut child, stop_with_parent } = self.launcher().take().expect("it runs");
        drop(stop_with_parent);
        until("the local cloud stops", STOP_LIMIT, || child.try_wait().expect("a child"));
    }

    /// The output of the launcher.
    pub(super) fn said(&self) -> String {
        std::fs::read_to_string(self.home.join("launcher.log")).unwrap_or_default()
    }

    pub(super) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn state(&self) -> PathBuf {
        self.home.join("local")
    }

    /// The stack's output, by the name in the template.
    pub(super) fn output(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.state().join("stack.json")).expect("stack.json");
        let stack: Value = serde_json::from_str(&text).expect("JSON");
        stack["outputs"][name].as_str().unwrap_or_else(|| panic!("the stack has no output {name}")).to_owned()
    }

    /// Calls an API of the emulator, as its root.
    pub(super) fn aws(&self, service: &str, call: &str, with: Value) -> Value {
        self.ask(|aws| aws.call(service, call, &with))
    }

    /// Calls an API that refuses, and returns the error.
    pub(super) fn aws_refusal(&self, service: &str, call: &str, with: Value) -> String {
        let answer = self.ask(|aws| aws.ask(service, call, &with));
        answer.expect_err("it should be refused")
    }

    fn ask<T>(&self, with: impl FnOnce(&mut Aws) -> T) -> T {
        let mut aws = self.aws.lock().unwrap_or_else(PoisonError::into_inner);
        with(aws.get_or_insert_with(|| {
            let endpoint = format!("http://127.0.0.1:{}", self.cloud_port);
            Aws::start(&self.program("python"), &endpoint, &self.state().join("aws-credentials"))
        }))
    }

    /// A program in the emulator's environment.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.home.join("venv/cloud/bin").join(name)
    }

    pub(super) fn workers(&self, function: &str) -> Vec<Pid> {
        let mut found = self.processes(&self.state().join("functions"));
        found.retain(|id| has_in_environment(*id, &format!("_HANDLER={function}")));
        found
    }

    /// The processes of the worker that Batch has started.
    pub(super) fn machines(&self) -> Vec<Pid> {
        let program = Path::new(LAUNCHER).with_file_name("batch-worker");
        let mut found = self.processes(&program);
        found.retain(|id| has_in_environment(*id, &format!("SANSFOND_HOME={}", self.home.display())));
        found
    }

    /// All processes with a path, or its beginning, in their command line.
    pub(super) fn processes(&self, path: &Path) -> Vec<Pid> {
        let wanted = path.to_str().expect("a path in UTF-8").as_bytes();
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
            let Some(id) =
                entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw)
            else {
                continue;
            };
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if line.split(|&byte| byte == 0).any(|argument| argument.starts_with(wanted)) {
                found.push(id);
            }
        }
        found
    }

    fn launcher(&self) -> MutexGuard<'_, Option<Launcher>> {
        self.launcher.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LocalCloud {
    fn drop(&mut self) {
        if let Some(Launcher { mut child, stop_with_parent: _stdin }) = self.launcher().take() {
            let _ = kill_process(pid(&child), Signal::INT);
            let asked = Instant::now();
            while matches!(child.try_wait(), Ok(None)) {
                if asked.elapsed() > STOP_LIMIT {
                    let _ = child.kill();
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        // The logs of a failed test are kept.
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.home);
        }
    }
}

/// Whether a process was started with a variable, `NAME=value`.
fn has_in_environment(id: Pid, wanted: &str) -> bool {
    let environment = std::fs::read(format!("/proc/{}/environ", id.as_raw_nonzero())).unwrap_or_default();
    environment.split(|&byte| byte == 0).any(|variable| variable == wanted.as_bytes())
}

/// The folder of `make setup`.
fn installed() -> PathBuf {
    settings::optional("SANSFOND_HOME").expect("a path").unwrap_or_else(|| checkout().join(".sansfond"))
}

/// Checks the prerequisites of a local cloud, so that a missing one gives a clear line.
fn what_is_needed() {
    let binaries = Path::new(LAUNCHER).parent().expect("a folder");
    for program in ["api", "image", "fetch_image", "video_intake", "batch-worker"] {
        assert!(
            binaries.join(program).is_file(),
            "{program} is not built in {}; run `make functions`",
            binaries.display()
        );
    }
    for (part, verb) in [("venv/cloud/bin/python", "functions"), ("models/isnet-general-use", "model")] {
        assert!(installed().join(part).exists(), "{part} is not installed; run `make {verb}`");
    }
}

/// Deletes the data of earlier runs that have ended.
fn forget_earlier_runs() {
    let Ok(entries) = std::fs::read_dir(FOLDER) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process =
            name.to_str().and_then(|name| name.split_once('-')?.0.parse().ok()).and_then(Pid::from_raw);
        let in_use = File::open(entry.path().join("local/lock")).is_ok_and(|lock| lock.try_lock().is_err());
        if process.is_some_and(|process| test_kill_process(process).is_err()) && !in_use {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A free port, below those that the kernel assigns by itself.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 500).expect("small") * 20;
    (0..2_000)
        .map(|_| first + NEXT.fetch_add(1, Ordering::Relaxed))
        .find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        .expect("a free port")
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}
