//! The dead-letter queue of all others: whoever should have done something about a job has died over it
//! ten times. The job fails and its credit comes back, unless its owner has had it
//! tried again meanwhile.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::dead_letter;
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::Transactions;
use sansfond_domain::rules::lose;
use sansfond_jobs::{change, now};

/// Fails jobs.
pub struct FailDeadLetters {
    transactions: Arc<dyn Transactions>,
}

/// The handler.
///
/// # Errors
/// If a setting is missing.
pub fn handler(boot: &Boot) -> Result<FailDeadLetters> {
    Ok(FailDeadLetters { transactions: boot.table()? })
}

impl OnMessage for FailDeadLetters {
    async fn handle(&self, body: &str) -> Result<()> {
        let dead_letter = match dead_letter(body) {
            Ok(dead_letter) => dead_letter,
            // No queue comes after this one.
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::error!(error, "a dead letter that nobody understands was dropped");
                return Ok(());
            }
        };
        tracing::error!(job = %dead_letter.job, "the workers of a job died or gave up");
        let now = now();
        // A job that was deleted has no credit to give back.
        change(&*self.transactions, &dead_letter.account, &dead_letter.job, &|seen| {
            lose(seen, dead_letter.retry, now)
        })
        .await?;
        Ok(())
    }
}
