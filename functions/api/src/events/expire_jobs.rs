//! Runs every few minutes: ends stalled jobs, so that their credits are returned.

use std::sync::Arc;

use anyhow::Result;
use sansfond_boot::Boot;
use sansfond_domain::ports::{Jobs, Multipart, Transactions};
use sansfond_domain::rules::sweep;
use sansfond_domain::{Job, Timestamp};
use sansfond_jobs::{JobChange, change, now};

/// Jobs read per page.
const AT_ONCE: u32 = 100;

pub fn step(boot: &Boot) -> Result<impl AsyncFn() -> Result<()> + use<>> {
    let sweep = Sweep::of(boot)?;
    Ok(async move || {
        let ended = sweep.run().await?;
        tracing::info!(ended, "swept open jobs");
        Ok(())
    })
}

/// Ends stalled jobs.
pub struct Sweep {
    jobs: Arc<dyn Jobs>,
    transactions: Arc<dyn Transactions>,
    parts: Arc<dyn Multipart>,
}

impl Sweep {
    pub fn of(boot: &Boot) -> Result<Self> {
        let (table, parts) = (boot.table()?, boot.bucket()?);
        Ok(Self { jobs: table.clone(), transactions: table, parts })
    }

    /// Ends every job that is due, and returns how many changed. A job that cannot be ended does not hold up the
    /// others on its page; its error is returned after them.
    pub async fn run(&self) -> Result<usize> {
        let now = now();
        let mut all = 0;
        loop {
            let (looked_at, done) = self.one_page(now).await?;
            all += done;
            // Jobs that could not be ended are still due: reading on would return the same page again.
            if looked_at < AT_ONCE as usize || done == 0 {
                return Ok(all);
            }
        }
    }

    /// Returns the number of jobs on the page and the number of those that changed.
    async fn one_page(&self, now: Timestamp) -> Result<(usize, usize)> {
        let (mut done, mut trouble) = (0, None);
        let due = self.jobs.due(now, AT_ONCE).await?;
        let looked_at = due.len();
        for job in due {
            match change(&*self.transactions, &job.account, &job.id, &|seen| sweep(seen, now)).await {
                Ok(JobChange::Written(job)) => {
                    done += 1;
                    abort_upload(&*self.parts, &job).await;
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

/// Deletes the parts of an unfinished upload. If that fails, the bucket deletes them a day later.
async fn abort_upload(parts: &dyn Multipart, job: &Job) {
    let Some(upload) = &job.input.multipart else { return };
    if let Err(error) = parts.abort(&job.source_key(), upload).await {
        tracing::warn!(job = %job.id, ?error, "the parts of an upload were not deleted");
    }
}
