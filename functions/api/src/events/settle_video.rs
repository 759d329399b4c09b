//! Handles the end of a video job in AWS Batch. A worker normally ends its job itself; a job that it left open fails
//! here. Then the owner is notified, if requested.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::{BatchJobEnded, batch_job_ended};
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::Transactions;
use sansfond_domain::rules::{lose, tell};
use sansfond_jobs::{change, now};

use crate::video_mail::VideoMail;

pub struct SettleVideo {
    transactions: Arc<dyn Transactions>,
    mail: VideoMail,
}

pub fn handler(boot: &Boot) -> Result<SettleVideo> {
    Ok(SettleVideo { transactions: boot.table()?, mail: VideoMail::of(boot)? })
}

impl OnMessage for SettleVideo {
    async fn handle(&self, body: &str) -> Result<()> {
        let BatchJobEnded { account, job, retry, end } = batch_job_ended(body)?;
        // Also when Batch reports success: a worker that is done has ended its job, so an open one is lost.
        let lost = change(&*self.transactions, &account, &job, &|seen| lose(seen, retry, now())).await?;
        if lost.written().is_some() {
            tracing::error!(%job, ?end, "the worker of a video left its job open");
        }
        let told = change(&*self.transactions, &account, &job, &|seen| tell(seen, now())).await?;
        if let Some(job) = told.written() {
            self.mail.send(&job).await;
        }
        Ok(())
    }
}
