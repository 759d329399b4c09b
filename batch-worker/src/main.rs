//! `batch-worker`: what AWS Batch starts, one process for one video.
//!
//! Exit codes: 0, the job has ended, well or badly; 75, the machine goes away and the job waits for the
//! next worker; 1, something of ours failed and another attempt may help.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use sansfond_aws::{Bucket, Table, config};
use sansfond_batch_worker::engine;
use sansfond_batch_worker::progress::Pace;
use sansfond_batch_worker::settings::Settings;
use sansfond_batch_worker::shutdown::{Halt, Signals, Stop};
use sansfond_batch_worker::worker::{Workshop, work};
use sansfond_domain::Rate;
use sansfond_jobs::{Lifecycle, Outcome};
use sansfond_telemetry::log;

/// `EX_TEMPFAIL`: not an error, come again.
const COME_AGAIN: u8 = 75;

fn main() -> ExitCode {
    let outcome = prepare().and_then(|runtime| {
        let outcome = runtime.block_on(run());
        // A thread that has not ended by now ends with the process.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(Outcome::Completed | Outcome::Failed(_) | Outcome::Nothing) => ExitCode::SUCCESS,
        Ok(Outcome::HandedOver) => ExitCode::from(COME_AGAIN),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "stopped");
            ExitCode::FAILURE
        }
    }
}

fn prepare() -> Result<tokio::runtime::Runtime> {
    log::init(&Settings::log_filter()?, log::Format::Json);
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

async fn run() -> Result<Outcome> {
    let settings = Settings::read().context("the worker cannot start")?;
    let stop = Arc::new(Stop::default());
    let mut signals = Signals::catch()?;
    let listener = stop.clone();
    tokio::spawn(async move {
        signals.arrived().await;
        listener.now(Halt::Leaving);
    });
    let sdk = config::load().await;
    let bucket = Arc::new(Bucket::for_long_files(&sdk, settings.bucket));
    let (of_engine, at_once) = (settings.engine, settings.frames_at_once);
    let workshop = Workshop {
        lifecycle: Lifecycle {
            books: Arc::new(Table::new(&sdk, settings.table)),
            files: bucket.clone(),
            rate: settings.machine_hour.map(Rate::of_machine),
        },
        ranges: bucket,
        load: Arc::new(move || Ok(Box::new(engine::load(&of_engine, at_once)?))),
        pace: Pace::real(settings.lease, settings.limit),
        scratch: std::env::temp_dir(),
    };
    Ok(work(&workshop, &settings.task, &stop).await?)
}
