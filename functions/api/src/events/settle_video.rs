//! The end of machines' work on a video. A worker ends its job itself; what it could not end is ended here.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::{BatchJobEnded, batch_job_ended};
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::Transactions;
use sansfond_domain::rules::lose;
use sansfond_jobs::{change, now};

/// Settles jobs.
pub struct SettleVideo {
    transactions: Arc<dyn Transactions>,
}

/// The handler.
///
/// # Errors
/// If a setting is missing.
pub fn handler(boot: &Boot) -> Result<SettleVideo> {
    Ok(SettleVideo { transactions: boot.table()? })
}

impl OnMessage for SettleVideo {
    async fn handle(&self, body: &str) -> Result<()> {
        let BatchJobEnded { account, job, retry, end } = batch_job_ended(body)?;
        // Also when the machine is content: a worker that is done has ended its job.
        let lost = change(&*self.transactions, &account, &job, &|seen| lose(seen, retry, now())).await?;
        if lost.written().is_some() {
            tracing::error!(%job, ?end, "the worker of a video left its job open");
        }
        Ok(())
    }
}
