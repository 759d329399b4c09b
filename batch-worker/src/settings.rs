//! Every setting of the worker. Those of one job come from whoever submits it, the others from the job
//! definition.

use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

use sansfond_domain::{AccountId, JobId, Usd};
use sansfond_engine::EngineSettings;
use sansfond_telemetry::settings::{SettingError, optional, required};

/// What the environment says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which job.
    pub task: JobTask,
    /// `SANSFOND_TABLE`: the table's name.
    pub table: String,
    /// `SANSFOND_BUCKET`: the bucket's name.
    pub bucket: String,
    /// How the network runs.
    pub engine: EngineSettings,
    /// `SANSFOND_FRAMES_AT_ONCE`: frames that go through the network together, where its graph takes
    /// more than one. How many the memory of a GPU holds depends on the model.
    pub frames_at_once: Option<usize>,
    /// `SANSFOND_JOB_MINUTES`: how long one worker may work on one job.
    pub limit: Duration,
    /// `SANSFOND_LEASE_SECONDS`: how long a job waits for a worker that says nothing.
    pub lease: Duration,
    /// `SANSFOND_MACHINE_HOUR_USD`: what an hour of the machine costs, for the estimate in each job's record.
    pub machine_hour: Option<Usd>,
}

/// Which job, and which try of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobTask {
    /// `SANSFOND_ACCOUNT`.
    pub account: AccountId,
    /// `SANSFOND_JOB`.
    pub job: JobId,
    /// `SANSFOND_RETRY`: a worker of an earlier try has nothing to do.
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

    /// What is written to the log.
    ///
    /// # Errors
    /// See [`Self::read`].
    pub fn log_filter() -> Result<String, SettingError> {
        Ok(optional("SANSFOND_LOG")?.unwrap_or_else(|| "info".to_owned()))
    }
}
