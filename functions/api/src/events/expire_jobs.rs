//! Every few minutes: ending jobs that do not move any more, so that no credit stays away.

use std::sync::Arc;

use anyhow::Result;
use sansfond_boot::Boot;
use sansfond_domain::ports::{Jobs, Multipart, Transactions};
use sansfond_domain::rules::sweep;
use sansfond_domain::{Job, Timestamp};
use sansfond_jobs::{JobChange, change, now};

/// Jobs read at a time.
const AT_ONCE: u32 = 100;

/// The step.
///
/// # Errors
/// If a setting is missing.
pub fn step(boot: &Boot) -> Result<impl AsyncFn() -> Result<()> + use<>> {
    let sweep = Sweep::of(boot)?;
    Ok(async move || {
        let ended = sweep.run().await?;
        tracing::info!(ended, "looked after open jobs");
        Ok(())
    })
}

/// Looks after jobs.
pub struct Sweep {
    jobs: Arc<dyn Jobs>,
    transactions: Arc<dyn Transactions>,
    parts: Arc<dyn Multipart>,
}

impl Sweep {
    /// With the ports of this installation.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn of(boot: &Boot) -> Result<Self> {
        let (table, parts) = (boot.table()?, boot.bucket()?);
        Ok(Self { jobs: table.clone(), transactions: table, parts })
    }

    /// Ends every job whose time is over; says how many it has ended. One that cannot be ended does
    /// not keep the others.
    ///
    /// # Errors
    /// If the table does not answer, or the last trouble with a job. What was ended stays so.
    pub async fn run(&self) -> Result<usize> {
        let now = now();
        let mut all = 0;
        loop {
            let (looked_at, done) = self.one_page(now).await?;
            all += done;
            // A page of jobs that could not be ended would come again and again.
            if looked_at < AT_ONCE as usize || done == 0 {
                return Ok(all);
            }
        }
    }

    /// How many jobs were looked at, and of how many something became.
    async fn one_page(&self, now: Timestamp) -> Result<(usize, usize)> {
        let (mut done, mut trouble) = (0, None);
        let due = self.jobs.due(now, AT_ONCE).await?;
        let looked_at = due.len();
        for job in due {
            match change(&*self.transactions, &job.account, &job.id, &|seen| sweep(seen, now)).await {
                Ok(JobChange::Written(job)) => {
                    done += 1;
                    forget_parts(&*self.parts, &job).await;
                }
                Ok(JobChange::Unchanged(_) | JobChange::Gone) => {}
                Err(error) => {
                    tracing::warn!(job = %job.id, ?error, "a job could not be ended");
                    trouble = Some(error);
                }
            }
        }
        match trouble {
            Some(error) => Err(error.into()),
            None => Ok((looked_at, done)),
        }
    }
}

/// What has come of a video that nobody will finish. The bucket forgets it too, a day later.
async fn forget_parts(parts: &dyn Multipart, job: &Job) {
    let Some(upload) = &job.input.multipart else { return };
    if let Err(error) = parts.abort(&job.source_key(), upload).await {
        tracing::warn!(job = %job.id, ?error, "parts of an upload are still there");
    }
}
