//! Deploying the template, by `deploy.py`: it speaks AWS, this file speaks to it.
//!
//! It is started together with the emulator, so that its imports and its look at the binaries cost no
//! time of their own.

use std::fs::File;
use std::process::Stdio;

use anyhow::{Context, bail};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::root_key::RootKey;
use crate::say;
use crate::settings::{DEMO_EMAIL, DEMO_PASSWORD, SENDER_EMAIL, Settings};

/// What the stack made.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Deployed {
    /// Whether anything had to be done.
    pub(crate) changed: bool,
    /// The HTTP API's id.
    pub(crate) api: String,
    /// What the worker has to be told.
    pub(crate) outputs: Outputs,
    /// The worker's rights.
    pub(crate) worker: Credentials,
}

/// Outputs of the template.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Outputs {
    /// The table.
    pub(crate) table_name: String,
    /// The bucket.
    pub(crate) bucket_name: String,
}

/// Of the worker's role, as its container has them on AWS. They are of use on this machine only.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Credentials {
    /// The access key's id.
    pub(crate) key: String,
    /// The secret access key.
    pub(crate) secret: String,
    /// The session.
    pub(crate) token: String,
}

/// A line of `deploy.py`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Progress(String),
    Error(String),
    Ready,
    /// A [`Deployed`] and more, for `stack.json`.
    Deployed(serde_json::Value),
}

/// A deployment on its way.
#[derive(Debug)]
pub(crate) struct Deployment {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    log: String,
}

impl Deployment {
    /// Starts the process and waits until it has found the binaries. The emulator is not needed yet.
    ///
    /// # Errors
    /// The template cannot be read, or a binary is missing.
    pub(crate) async fn prepare(settings: &Settings, key: &RootKey) -> anyhow::Result<Self> {
        let log = settings.state.join("logs/deploy.log");
        let file = File::create(&log).with_context(|| log.display().to_string())?;
        let mut child = Command::new(&settings.python)
            .arg(settings.checkout.join("infra/local/deploy.py"))
            // The person's own AWS settings have no say here.
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
        input.write_all(format!("{request}\n").as_bytes()).await.context("the deployment does not listen")?;
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

    /// Deploys; the emulator answers by now. The names of everything that was made go to `stack.json`, for
    /// tests and the curious.
    ///
    /// # Errors
    /// Why the stack could not be made.
    pub(crate) async fn deploy(mut self, settings: &Settings) -> anyhow::Result<Deployed> {
        self.input.write_all(b"go\n").await.context("the deployment does not listen")?;
        loop {
            match self.line().await? {
                Line::Progress(text) => say(&text),
                Line::Error(reason) => bail!("{reason}"),
                Line::Deployed(stack) => {
                    let path = settings.state.join("stack.json");
                    std::fs::write(&path, format!("{stack:#}\n"))
                        .with_context(|| path.display().to_string())?;
                    return Deployed::deserialize(stack).context("deploy.py said too little");
                }
                Line::Ready => bail!("deploy.py is ready twice. This is a bug."),
            }
        }
    }

    async fn line(&mut self) -> anyhow::Result<Line> {
        let Some(line) = self.lines.next_line().await? else {
            let status = self.child.wait().await?;
            bail!("the deployment broke off ({status}); see {}", self.log);
        };
        serde_json::from_str(&line).with_context(|| format!("deploy.py said “{line}”"))
    }
}
