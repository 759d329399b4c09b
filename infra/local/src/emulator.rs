//! The emulator's process: starts it, watches it, and stops it so that it saves its state.
//!
//! `cloud.py` is the program that runs in it.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use crate::http::{Client, get};
use crate::root_key::RootKey;
use crate::say;
use crate::settings::Settings;
use crate::state::State;

/// Measured: 0.5 s on an idle machine, 6 s on a busy one.
const START_LIMIT: Duration = Duration::from_secs(90);
/// Saving a large state takes seconds; after this time the emulator is considered stuck.
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// How long to read its output after it has ended.
const OUTPUT_LIMIT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Emulator {
    child: Child,
    /// Its standard input. The kernel closes it when this process is killed, and then the emulator stops.
    _stdin: ChildStdin,
    id: Pid,
    messages: Option<tokio::task::JoinHandle<()>>,
    log: PathBuf,
}

impl Emulator {
    /// Starts it; it does not answer requests yet.
    ///
    /// # Errors
    /// The process cannot be started.
    pub(crate) fn start(settings: &Settings, state: &State, key: &RootKey) -> anyhow::Result<Self> {
        let log = settings.state.join("logs/emulator.log");
        // Keep the log of the last run.
        let _ = std::fs::rename(&log, log.with_extension("log.1"));
        let file = File::create(&log).with_context(|| log.display().to_string())?;
        let mut child = Command::new(&settings.python)
            .arg(settings.checkout.join("infra/local/cloud.py"))
            .arg(state.emulator_lock())
            .arg(settings.site_origin())
            .arg(key.path())
            .args(settings.calls.as_deref().map(|path| format!("--calls={}", path.display())))
            // The functions inherit the emulator's environment, and must not see ours, as on AWS.
            .env_clear()
            .envs(environment(settings))
            .current_dir(&settings.state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            // Ctrl-C at the terminal must reach only this process.
            .process_group(0)
            .spawn()
            .with_context(|| settings.python.display().to_string())?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let id = id.context("the emulator ended at once")?;
        let stop_with_parent = child.stdin.take().context("the emulator has no standard input")?;
        let mut lines =
            BufReader::new(child.stdout.take().context("the emulator has no standard output")?).lines();
        let messages = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                say(&line);
            }
        });
        Ok(Self { child, _stdin: stop_with_parent, id, messages: Some(messages), log })
    }

    /// Waits until it answers requests.
    ///
    /// # Errors
    /// It ended, or does not answer in time.
    pub(crate) async fn ready(&mut self, client: &Client, settings: &Settings) -> anyhow::Result<()> {
        let health = format!("{}/_ministack/health", settings.endpoint());
        let started = Instant::now();
        let mut told = Duration::ZERO;
        loop {
            if get(client, &health).await.is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(self.ended_by_itself(status).await);
            }
            let waited = started.elapsed();
            if waited > START_LIMIT {
                bail!(
                    "the emulator does not answer after {} s; see {}",
                    waited.as_secs(),
                    self.log.display()
                );
            }
            if waited - told >= Duration::from_secs(3) {
                say(&format!("waiting for the emulator, {} s", waited.as_secs()));
                told = waited;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until it ends by itself, which is an error, and returns the reason.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        match self.child.wait().await {
            Ok(status) => self.ended_by_itself(status).await,
            Err(error) => error.into(),
        }
    }

    /// Asks it to save and end, and waits for that. Its remaining functions end with it.
    ///
    /// # Errors
    /// It had to be killed.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        if self.child.try_wait()?.is_none() {
            kill_process(self.id, Signal::TERM)?;
        }
        let ended = tokio::time::timeout(STOP_LIMIT, self.child.wait()).await;
        self.drain_output().await;
        // Returning drops this value, which kills the rest of the group.
        let Ok(status) = ended else {
            bail!("the emulator did not stop within {} s and was killed", STOP_LIMIT.as_secs());
        };
        // Ended by the signal itself: it was asked before it was ready, and had nothing to save.
        let status = status?;
        if !status.success() && status.signal() != Some(Signal::TERM.as_raw()) {
            bail!("the emulator did not stop cleanly; see {}", self.log.display());
        }
        Ok(())
    }

    /// Prints its last output, such as the reason of its end.
    async fn drain_output(&mut self) {
        if let Some(messages) = self.messages.take() {
            let _ = tokio::time::timeout(OUTPUT_LIMIT, messages).await;
        }
    }

    async fn ended_by_itself(&mut self, status: ExitStatus) -> anyhow::Error {
        self.drain_output().await;
        for line in tail(&self.log, 5) {
            say(&format!("  {line}"));
        }
        anyhow::anyhow!("the emulator ended by itself ({status}); its log is {}", self.log.display())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The group: the emulator and the functions that it started. Usually all have ended.
        let _ = kill_process_group(self.id, Signal::KILL);
    }
}

/// The environment of the emulator and so of each function.
fn environment(settings: &Settings) -> Vec<(&'static str, String)> {
    let state = |part: &str| settings.state.join(part).display().to_string();
    let mut environment = vec![
        // Check signatures and IAM policies.
        ("AUTH", "true".to_owned()),
        ("BIND_HOST", settings.listen.to_string()),
        ("GATEWAY_PORT", settings.ports.cloud.to_string()),
        ("AWS_ENDPOINT_URL", settings.endpoint()),
        // The service that the emulator does not have: see `batch`.
        ("AWS_ENDPOINT_URL_BATCH", settings.batch_endpoint()),
        ("PERSIST_STATE", "1".to_owned()),
        ("STATE_DIR", state("emulator")),
        ("S3_PERSIST", "1".to_owned()),
        ("S3_DATA_DIR", state("objects")),
        ("TMPDIR", state("tmp")),
        // Ports that are not needed.
        ("IOT_MTLS_ENABLED", "0".to_owned()),
        ("SFTP_ENABLED", "0".to_owned()),
        // Do not use the machine's Docker.
        ("DOCKER_HOST", format!("unix://{}", state("no-docker.sock"))),
        ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
    ];
    environment.sort();
    environment
}

/// The last lines of a file; empty if it cannot be read.
fn tail(path: &Path, lines: usize) -> Vec<String> {
    let text =
        std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    all[all.len().saturating_sub(lines)..].iter().map(|&line| line.to_owned()).collect()
}
