//! The dead-letter queue of all others: whoever should have done something about a job has died over it
//! ten times, or could not letter. The job fails and its credit comes back, unless its owner has had it
//! tried again meanwhile.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::letter;
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::ports::{Books, BooksError, Scope};
use sansfond_domain::rules::{Refusal, lose};
use sansfond_web::now;

/// Fails jobs.
pub struct FailDeadLetters {
    books: Arc<dyn Books>,
}

/// The handler.
///
/// # Errors
/// If a setting is missing.
pub fn handler(boot: &Boot) -> Result<FailDeadLetters> {
    Ok(FailDeadLetters { books: boot.table()? })
}

impl OnMessage for FailDeadLetters {
    async fn handle(&self, body: &str) -> Result<()> {
        let Some(letter) = letter(body) else {
            tracing::error!("a dead letter that nobody understands was dropped");
            return Ok(());
        };
        tracing::error!(job = %letter.job, "the workers of a job died or gave up");
        let scope = Scope::of(letter.account, letter.job);
        let now = now();
        match self.books.apply(&scope, &|seen| lose(seen, letter.retry, now)).await {
            // A job that was deleted has no credit to give back.
            Ok(_) | Err(BooksError::Refused(Refusal::NoJob)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
