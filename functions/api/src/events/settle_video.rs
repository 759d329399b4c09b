//! The end of machines' work on a video. A worker ends its job itself; what it could not end is ended here,
//! and the owner is told, if they want that.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::{BatchJobEnded, batch_job_ended};
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::Transactions;
use sansfond_domain::rules::{lose, tell};
use sansfond_jobs::{change, now};

use crate::video_mail::VideoMail;

/// Settles jobs.
pub struct SettleVideo {
    transactions: Arc<dyn Transactions>,
    mail: VideoMail,
}

/// The handler.
///
/// # Errors
/// If a setting is missing.
pub fn handler(boot: &Boot) -> Result<SettleVideo> {
    Ok(SettleVideo { transactions: boot.table()?, mail: VideoMail::of(boot)? })
}

impl OnMessage for SettleVideo {
    async fn handle(&self, body: &str) -> Result<()> {
        let BatchJobEnded { account, job, retry, end } = batch_job_ended(body)?;
        // Also when the machine is content: a worker that is done has ended its job.
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
