//! Handles the dead-letter queue of all other queues. A message arrives here after ten failed deliveries: its job fails
//! and the credit is returned, unless the owner has retried the job since.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::dead_letter;
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::Transactions;
use sansfond_domain::rules::lose;
use sansfond_jobs::{change, now};

pub struct FailDeadLetters {
    transactions: Arc<dyn Transactions>,
}

pub fn handler(boot: &Boot) -> Result<FailDeadLetters> {
    Ok(FailDeadLetters { transactions: boot.table()? })
}

impl OnMessage for FailDeadLetters {
    async fn handle(&self, body: &str) -> Result<()> {
        let dead_letter = match dead_letter(body) {
            Ok(dead_letter) => dead_letter,
            // There is no further queue for this message.
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::error!(error, "an unreadable dead letter was dropped");
                return Ok(());
            }
        };
        tracing::error!(job = %dead_letter.job, "all deliveries of a job failed");
        let now = now();
        // A deleted job has no credit to return.
        change(&*self.transactions, &dead_letter.account, &dead_letter.job, &|seen| {
            lose(seen, dead_letter.retry, now)
        })
        .await?;
        Ok(())
    }
}
