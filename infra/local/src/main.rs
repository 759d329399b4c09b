//! The whole cloud on one machine: one process that starts the emulator, deploys the template to it, and
//! serves site and API at one address.
//!
//! | file | subject |
//! | --- | --- |
//! | `settings`, `ports` | settings, paths and ports |
//! | `state` | the folder of all data |
//! | `emulator`, `cloud.py` | ministack's process |
//! | `gate.py`, `root_key` | access to the emulator, and the key of its root |
//! | `aws_rules.py` | requests that AWS refuses and ministack does not |
//! | `streams.py` | the table's stream: failed records are retried, unread ones survive a restart |
//! | `deploy`, `deploy.py` | the stack |
//! | `front_door`, `proxy` | the one address, and the proxy to the API |
//! | `edge`, `site` | CloudFront's headers, and the built site |
//! | `site_server` | Vite's site instead of the built one, for `make dev` |
//! | `batch` | AWS Batch, which runs the worker for videos |
//! | `outbox`, `start_page` | its own two pages |
//!
//! Deliberately absent: anything that the product does. The functions are those that run on AWS, and they do
//! not know where they run.

mod batch;
mod deploy;
mod edge;
mod emulator;
mod front_door;
mod http;
mod outbox;
mod ports;
mod proxy;
mod root_key;
mod settings;
mod site;
mod site_server;
mod start_page;
mod state;

use std::net::IpAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use rustix::process::{getpid, kill_process};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::batch::{Batch, EventBus, Worker};
use crate::deploy::{Deployed, Deployment};
use crate::emulator::Emulator;
use crate::http::Client;
use crate::outbox::Outbox;
use crate::proxy::Upstream;
use crate::root_key::RootKey;
use crate::settings::{DEMO_EMAIL, DEMO_PASSWORD, LOOPBACK, Settings};
use crate::state::State;

#[tokio::main]
async fn main() -> ExitCode {
    sansfond_telemetry::log::init("warn", sansfond_telemetry::log::Format::Text);
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let reason = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
            eprintln!("local cloud: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line for the user at the terminal.
pub(crate) fn say(text: &str) {
    use std::io::Write;
    // If the terminal is gone, `println!` would end the cloud before its state is saved.
    let _ = writeln!(std::io::stdout(), "local cloud: {text}");
}

async fn run() -> anyhow::Result<()> {
    let started = Instant::now();
    let mut stop = Stop::listen()?;
    let settings = Settings::read()?;
    if settings.stop_with_parent {
        stop_with_parent();
    }
    let state = State::open(&settings.state)?;
    tokio::select! {
        ready = state.make_ready() => ready?,
        () = stop.asked() => return Ok(()),
    }
    let key = RootKey::open(&settings.state)?;
    let door = bind(settings.listen, settings.ports.door, "PORT").await?;
    let listener = bind(LOOPBACK, settings.ports.batch, "SANSFOND_BATCH_PORT").await?;
    let batch = Batch::open(&settings.state, listener, settings.calls.as_deref())?;
    settings.ports.remember(&settings.state)?;
    let mut emulator = tokio::select! {
        emulator = start(&settings, &state, &key) => emulator?,
        () = stop.asked() => return Ok(()),
    };
    let outcome = tokio::select! {
        outcome = serve(&settings, &key, &mut emulator, &batch, door, started) => outcome,
        () = stop.asked() => Ok(()),
    };
    if outcome.is_ok() {
        say("stopping; the emulator saves its state");
    }
    let stopping = async {
        // First the worker, which records its progress.
        batch.stop().await;
        emulator.stop().await
    };
    tokio::select! {
        stopped = stopping => outcome.and(stopped)?,
        () = stop.asked() => bail!("stopped before the state was saved; at most the last seconds are lost"),
    }
    say("stopped");
    Ok(())
}

/// Starts the emulator's process, once its preconditions hold.
async fn start(settings: &Settings, state: &State, key: &RootKey) -> anyhow::Result<Emulator> {
    // The port was free a moment ago; the emulator checks again.
    drop(bind(settings.listen, settings.ports.cloud, "SANSFOND_CLOUD_PORT").await?);
    Emulator::start(settings, state, key)
}

/// Runs from the emulator's first answer until one of the parts ends.
async fn serve(
    settings: &Settings,
    key: &RootKey,
    emulator: &mut Emulator,
    batch: &Batch,
    door: TcpListener,
    started: Instant,
) -> anyhow::Result<()> {
    let client = http::client();
    let (deployment, ()) =
        tokio::try_join!(Deployment::prepare(settings, key), emulator.ready(&client, settings))?;
    let deployed = tokio::select! {
        deployed = deployment.deploy(settings) => deployed?,
        reason = emulator.ended() => return Err(reason),
    };
    let router = front_door(settings, client.clone(), &deployed.api)?;
    start_batch(settings, &deployed, batch, client);
    print_addresses(settings, key, deployed.changed, started.elapsed());
    tokio::select! {
        served = async { axum::serve(door, router).await } => Ok(served?),
        reason = emulator.ended() => Err(reason),
    }
}

fn front_door(settings: &Settings, client: Client, api: &str) -> anyhow::Result<axum::Router> {
    let upstream = Upstream::new(client.clone(), settings.ports.cloud, api)?;
    front_door::router(settings, client.clone(), upstream, Outbox::new(client, settings))
}

/// Starts the runner of video jobs.
fn start_batch(settings: &Settings, deployed: &Deployed, batch: &Batch, client: Client) {
    let worker = Worker::new(settings, deployed);
    if !worker.is_built() {
        say("videos will fail: batch-worker is not built; `make up` builds it");
    }
    batch.run(worker, EventBus::new(client, &settings.endpoint()));
}

fn print_addresses(settings: &Settings, key: &RootKey, deployed: bool, took: Duration) {
    let origin = settings.site_origin();
    let what = if deployed { "deployed" } else { "unchanged since the last start" };
    say(&format!("ready after {:.1} s, {what}", took.as_secs_f64()));
    let lines = [
        ("address", origin.clone()),
        ("documentation", format!("{origin}/docs")),
        ("demo account", format!("{DEMO_EMAIL}  {DEMO_PASSWORD}")),
        ("mails", format!("{origin}/outbox")),
        ("AWS endpoint", format!("{}  (Batch: {})", settings.endpoint(), settings.batch_endpoint())),
        ("its root's key", key.path().display().to_string()),
        ("logs", settings.state.join("logs").display().to_string()),
        ("stop", "Ctrl-C".to_owned()),
    ];
    if let Some(packages) = &settings.packages {
        say(&format!("{:<14} the packages of {}", "functions", packages.display()));
    }
    for (name, value) in lines {
        say(&format!("{name:<14} {value}"));
    }
}

async fn bind(at: IpAddr, port: u16, variable: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind((at, port)).await.map_err(|error| {
        let other = if port < u16::MAX { port + 1 } else { port - 1 };
        match error.kind() {
            std::io::ErrorKind::AddrInUse => anyhow!(
                "port {port} is taken; stop the program that has it, or choose another: {variable}={other} make up"
            ),
            _ => anyhow!(error).context(format!("port {port} cannot be used; choose another with {variable}")),
        }
    })
}

/// Waits for the end of standard input, then asks this process to stop: its parent is gone. A thread of its
/// own, because a read cannot be cancelled.
fn stop_with_parent() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = kill_process(getpid(), rustix::process::Signal::TERM);
    });
}

/// Ctrl-C, SIGTERM and the end of the terminal.
struct Stop([Signal; 3]);

impl Stop {
    fn listen() -> anyhow::Result<Self> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(signal);
        Ok(Self([interrupt?, terminate?, hangup?]))
    }

    async fn asked(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
