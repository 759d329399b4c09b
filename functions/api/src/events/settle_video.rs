//! The end of machines' work on a video. A worker ends its job itself; what it could not end is ended here,
//! and the owner is told, if they want that.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::{Ended, ended};
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::Job;
use sansfond_domain::ports::{Books, BooksError, Rule, Scope};
use sansfond_domain::rules::{Decision, Refusal, lose, tell};
use sansfond_web::now;

use crate::video_mail::VideoMail;

/// Settles jobs.
pub struct SettleVideo {
    books: Arc<dyn Books>,
    mail: VideoMail,
}

/// The handler.
///
/// # Errors
/// If a setting is missing.
pub fn handler(boot: &Boot) -> Result<SettleVideo> {
    Ok(SettleVideo { books: boot.table()?, mail: VideoMail::of(boot)? })
}

impl OnMessage for SettleVideo {
    async fn handle(&self, body: &str) -> Result<()> {
        let Some(Ended { account, job, retry, end }) = ended(body) else {
            tracing::error!("a message that nobody understands was dropped");
            return Ok(());
        };
        let scope = Scope::of(account, job.clone());
        // Also when the machine is content: a worker that is done has ended its job.
        if self.apply(&scope, &|seen| lose(seen, retry, now())).await?.is_some() {
            tracing::error!(%job, ?end, "the worker of a video left its job open");
        }
        if let Some(job) = self.apply(&scope, &|seen| tell(seen, now())).await? {
            self.mail.send(&job).await;
        }
        Ok(())
    }
}

impl SettleVideo {
    /// The job as it was written; `None` if there was nothing to write.
    async fn apply(&self, scope: &Scope, rule: Rule<'_>) -> Result<Option<Job>, BooksError> {
        match self.books.apply(scope, rule).await {
            Ok(Decision::Write(change)) => Ok(Some(change.job)),
            // A job that was deleted has no credit to give back, and nobody to tell.
            Ok(Decision::Nothing | Decision::Earlier(_)) | Err(BooksError::Refused(Refusal::NoJob)) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
