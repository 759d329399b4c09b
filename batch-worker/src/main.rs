//! `batch-worker`: the program that AWS Batch starts, one process for one video.
//!
//! Exit codes: 0, the job has ended, with or without success; 75, the machine is shutting down and the job
//! waits for the next worker; 1, an internal error, after which another attempt may succeed.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use sansfond_aws::{Bucket, Table, config};
use sansfond_batch_worker::engine;
use sansfond_batch_worker::progress::HeartbeatPace;
use sansfond_batch_worker::settings::Settings;
use sansfond_batch_worker::shutdown::{Signals, Stop, StopReason};
use sansfond_batch_worker::worker::{WorkerContext, run_job};
use sansfond_domain::Rate;
use sansfond_jobs::{JobOutcome, Lifecycle};
use sansfond_telemetry::log;

/// `EX_TEMPFAIL`: not an error; try again.
const EX_TEMPFAIL: u8 = 75;

fn main() -> ExitCode {
    let outcome = prepare().and_then(|runtime| {
        let outcome = runtime.block_on(run());
        // A thread that is still running ends with the process.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(JobOutcome::Completed | JobOutcome::Failed(_) | JobOutcome::Nothing) => ExitCode::SUCCESS,
        Ok(JobOutcome::HandedOver) => ExitCode::from(EX_TEMPFAIL),
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

async fn run() -> Result<JobOutcome> {
    let settings = Settings::read().context("the worker cannot start")?;
    let stop = Arc::new(Stop::default());
    let mut signals = Signals::catch()?;
    let listener = stop.clone();
    tokio::spawn(async move {
        signals.arrived().await;
        listener.request(StopReason::Shutdown);
    });
    let sdk = config::load().await;
    let bucket = Arc::new(Bucket::for_long_files(&sdk, settings.bucket));
    let (engine_settings, batch_size) = (settings.engine, settings.frames_at_once);
    let context = WorkerContext {
        lifecycle: Lifecycle {
            transactions: Arc::new(Table::new(&sdk, settings.table)),
            files: bucket.clone(),
            rate: settings.machine_hour.map(Rate::of_machine),
        },
        ranges: bucket,
        load: Arc::new(move || Ok(Box::new(engine::load(&engine_settings, batch_size)?))),
        pace: HeartbeatPace::production(settings.lease, settings.limit),
        scratch: std::env::temp_dir(),
    };
    Ok(run_job(&context, &settings.task, &stop).await?)
}
