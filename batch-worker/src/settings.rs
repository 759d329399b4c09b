//! Settings of the worker. The submission of a job sets those of the job; the job definition sets the others.

use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

use sansfond_domain::{AccountId, JobId, Usd};
use sansfond_engine::EngineSettings;
use sansfond_telemetry::settings::{SettingError, optional, required};

/// The settings from the environment.
#[derive(Debug, Clone)]
pub struct Settings {
    pub task: JobTask,
    /// `SANSFOND_TABLE`.
    pub table: String,
    /// `SANSFOND_BUCKET`.
    pub bucket: String,
    pub engine: EngineSettings,
    /// `SANSFOND_FRAMES_AT_ONCE`: the batch size, if the graph supports batches. How many frames fit into a
    /// GPU's memory depends on the model.
    pub frames_at_once: Option<usize>,
    /// `SANSFOND_JOB_MINUTES`: how long one worker may work on one job.
    pub limit: Duration,
    /// `SANSFOND_LEASE_SECONDS`: how long a worker holds a job without a heartbeat.
    pub lease: Duration,
    /// `SANSFOND_MACHINE_HOUR_USD`: the price of the machine per hour, for the cost estimate in each job's
    /// record.
    pub machine_hour: Option<Usd>,
}

/// The job, and its attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobTask {
    /// `SANSFOND_ACCOUNT`.
    pub account: AccountId,
    /// `SANSFOND_JOB`.
    pub job: JobId,
    /// `SANSFOND_RETRY`: the number of the owner's retry. A worker of an earlier retry has nothing to do.
    pub retry: u32,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`SettingError`] names the variable.
    pub fn read() -> Result<Self, SettingError> {
        let minutes = optional::<NonZeroU64>("SANSFOND_JOB_MINUTES")?.map_or(180, NonZeroU64::get);
        let lease_s = optional::<NonZeroU64>("SANSFOND_LEASE_SECONDS")?.map_or(60, NonZeroU64::get);
        Ok(Self {
            task: JobTask {
                account: required("SANSFOND_ACCOUNT")?,
                job: required("SANSFOND_JOB")?,
                retry: required("SANSFOND_RETRY")?,
            },
            table: required("SANSFOND_TABLE")?,
            bucket: required("SANSFOND_BUCKET")?,
            engine: EngineSettings::read()?,
            frames_at_once: optional::<NonZeroUsize>("SANSFOND_FRAMES_AT_ONCE")?.map(usize::from),
            limit: Duration::from_secs(minutes.saturating_mul(60)),
            lease: Duration::from_secs(lease_s),
            machine_hour: optional("SANSFOND_MACHINE_HOUR_USD")?,
        })
    }

    /// The filter of the log.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn log_filter() -> Result<String, SettingError> {
        Ok(optional("SANSFOND_LOG")?.unwrap_or_else(|| "info".to_owned()))
    }
}
