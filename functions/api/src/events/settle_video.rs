//! The end of machines' work on a video. A worker ends its job itself; what it could not end is ended here,
//! and the owner is told, if they want that.

use std::sync::Arc;

use anyhow::Result;
use sansfond_aws::events::{Ended, ended};
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::Job;
use sansfond_domain::ports::{Accounts, Books, BooksError, Mailer, Rule, Scope};
use sansfond_domain::rules::{Decision, Refusal, lose, tell};
use sansfond_web::now;

use crate::video_mail;

/// Settles jobs.
pub struct SettleVideo {
    books: Arc<dyn Books>,
    accounts: Arc<dyn Accounts>,
    /// `None`: this installation sends no mail.
    mail: Option<Arc<dyn Mailer>>,
    site_origin: String,
}

/// The handler.
///
/// # Errors
/// If a setting is missing.
pub fn handler(boot: &Boot) -> Result<SettleVideo> {
    let table = boot.table()?;
    let mail = match boot.settings().sender_email {
        Some(_) => Some(boot.post()? as Arc<dyn Mailer>),
        None => None,
    };
    let site_origin = boot.settings().site_origin()?;
    Ok(SettleVideo { books: table.clone(), accounts: table, mail, site_origin })
}

impl OnMessage for SettleVideo {
    async fn handle(&self, body: &str) -> Result<()> {
        let Some(Ended { account, job, retry, end }) = ended(body) else {
            tracing::error!("a message that nobody understands was dropped");
            return Ok(());
        };
        let scope = Scope { account, job: Some(job.clone()), idempotency_key: None };
        // Also when the machine is content: a worker that is done has ended its job.
        if self.apply(&scope, &|seen| lose(seen, retry, now())).await?.is_some() {
            tracing::error!(%job, ?end, "the worker of a video left its job open");
        }
        if let Some(job) = self.apply(&scope, &|seen| tell(seen, now())).await? {
            self.tell(&job).await;
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

    /// At most once: it has been noted already that they know. Who gets no mail finds the result all the
    /// same.
    async fn tell(&self, job: &Job) {
        let Some(mailer) = &self.mail else { return };
        let account = match self.accounts.account(&job.account).await {
            Ok(Some(account)) => account,
            Ok(None) => return,
            Err(error) => return tracing::error!(job = %job.id, ?error, "a mail was not sent"),
        };
        let Some(mail) = video_mail::write(job, account.language, &self.site_origin) else { return };
        if let Err(error) = mailer.send(&account.email, None, &mail.subject, &mail.text).await {
            tracing::error!(job = %job.id, ?error, "a mail was not sent");
        }
    }
}
