//! Deploys the template with `deploy.py`, which talks to AWS; this file talks to `deploy.py`.
//!
//! It is started together with the emulator, so its imports and its check of the binaries cost no extra time.

use std::fs::File;
use std::process::Stdio;

use anyhow::{Context, bail};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::root_key::RootKey;
use crate::say;
use crate::settings::{DEMO_EMAIL, DEMO_PASSWORD, SENDER_EMAIL, Settings};

/// The deployed stack.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Deployed {
    /// Whether anything was deployed.
    pub(crate) changed: bool,
    pub(crate) api: String,
    /// The outputs that the worker needs.
    pub(crate) outputs: Outputs,
    /// The credentials of the worker's role.
    pub(crate) worker: Credentials,
}

/// Outputs of the template.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Outputs {
    pub(crate) table_name: String,
    pub(crate) bucket_name: String,
}

/// Credentials of the worker's role, as its container has them on AWS. They are valid on this machine only.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) token: String,
}

/// A line of `deploy.py`'s output.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Progress(String),
    Error(String),
    Ready,
    /// A [`Deployed`] with more values, for `stack.json`.
    Deployed(serde_json::Value),
}

/// A running deployment.
#[derive(Debug)]
pub(crate) struct Deployment {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    log: String,
}

impl Deployment {
    /// Starts the process and waits until it has found the binaries. It does not need the emulator yet.
    ///
    /// # Errors
    /// The template cannot be read, or a binary is missing.
    pub(crate) async fn prepare(settings: &Settings, key: &RootKey) -> anyhow::Result<Self> {
        let log = settings.state.join("logs/deploy.log");
        let file = File::create(&log).with_context(|| log.display().to_string())?;
        let mut child = Command::new(&settings.python)
            .arg(settings.checkout.join("infra/local/deploy.py"))
            // The user's own AWS settings must have no effect.
            .env_clear()
            .env("LANG", "C.UTF-8")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", key.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| settings.python.display().to_string())?;
        let mut input = child.stdin.take().context("the deployment has no standard input")?;
        let output = child.stdout.take().context("the deployment has no standard output")?;
        let request = serde_json::json!({
            "endpoint": settings.endpoint(),
            "template": settings.template,
            "binaries": settings.binaries,
            "packages": settings.packages,
            "aside": settings.state.join("functions"),
            "parameters": settings.parameters(),
            "sender": SENDER_EMAIL,
            "demo": { "email": DEMO_EMAIL, "password": DEMO_PASSWORD },
        });
        input
            .write_all(format!("{request}\n").as_bytes())
            .await
            .context("the deployment does not read its input")?;
        let lines = BufReader::new(output).lines();
        let mut deployment = Self { child, input, lines, log: log.display().to_string() };
        loop {
            match deployment.line().await? {
                Line::Ready => return Ok(deployment),
                Line::Progress(text) => say(&text),
                Line::Error(reason) => bail!("{reason}"),
                Line::Deployed(_) => bail!("deploy.py answered too early. This is a bug."),
            }
        }
    }

    /// Deploys; the emulator must be ready. The names of all resources go to `stack.json`, for tests and for
    /// inspection.
    ///
    /// # Errors
    /// The reason why the stack could not be deployed.
    pub(crate) async fn deploy(mut self, settings: &Settings) -> anyhow::Result<Deployed> {
        self.input.write_all(b"go\n").await.context("the deployment does not read its input")?;
        loop {
            match self.line().await? {
                Line::Progress(text) => say(&text),
                Line::Error(reason) => bail!("{reason}"),
                Line::Deployed(stack) => {
                    let path = settings.state.join("stack.json");
                    std::fs::write(&path, format!("{stack:#}\n"))
                        .with_context(|| path.display().to_string())?;
                    return Deployed::deserialize(stack).context("the answer of deploy.py is incomplete");
                }
                Line::Ready => bail!("deploy.py reported twice that it is ready. This is a bug."),
            }
        }
    }

    async fn line(&mut self) -> anyhow::Result<Line> {
        let Some(line) = self.lines.next_line().await? else {
            let status = self.child.wait().await?;
            bail!("the deployment ended early ({status}); see {}", self.log);
        };
        serde_json::from_str(&line).with_context(|| format!("deploy.py printed “{line}”"))
    }
}
