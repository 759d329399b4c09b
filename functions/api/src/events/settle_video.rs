//! Handles the end of a video job in AWS Batch. A worker normally ends its job itself; a job that it left open fails here.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::{BatchJobEnded, batch_job_ended};
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::Transactions;
use sansfond_domain::rules::lose;
use sansfond_jobs::{change, now};

pub struct SettleVideo {
    transactions: Arc<dyn Transactions>,
}

pub fn handler(boot: &Boot) -> Result<SettleVideo> {
    Ok(SettleVideo { transactions: boot.table()? })
}

impl OnMessage for SettleVideo {
    async fn handle(&self, body: &str) -> Result<()> {
        let BatchJobEnded { account, job, retry, end } = batch_job_ended(body)?;
        // Also when Batch reports success: a worker that is done has ended its job, so an open one is lost.
        let lost = change(&*self.transactions, &account, &job, &|seen| lose(seen, retry, now())).await?;
        if lost.written().is_some() {
            tracing::error!(%job, ?end, "the worker of a video left its job open");
        }
        Ok(())
    }
}
