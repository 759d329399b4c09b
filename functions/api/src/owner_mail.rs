//! The mail to whoever has asked to be notified when their video is done.
//!
//! **At least once.** The mail is sent first and recorded then. An event that comes again finds the record, so its owner gets one
//! mail; they get two only if the event comes again after this process died between SES's answer and the record, or the answer
//! or the record was lost. The other order would be at most once: whatever failed after the record would lose the mail for
//! good. A second mail does less harm than none.

use std::sync::Arc;

use anyhow::Result;
use sansfond_boot::Boot;
use sansfond_domain::ports::{Mailer, TransactionError, Transactions};
use sansfond_domain::rules::{Refusal, mail_due, mail_scope, mail_sent};
use sansfond_domain::{Event, Job, JobState, Language};
use sansfond_jobs::now;
use sansfond_texts::mail::{self, VideoFailedText, VideoReadyText};
use sansfond_web::failure_text;

/// Sends the mails.
pub(crate) struct OwnerMail {
    transactions: Arc<dyn Transactions>,
    /// `None`: this installation sends no mail.
    mailer: Option<Arc<dyn Mailer>>,
    site_origin: String,
}

impl OwnerMail {
    /// # Errors
    /// If a setting is missing.
    pub(crate) fn of(boot: &Boot) -> Result<Self> {
        let mailer = match boot.settings().sender_email {
            Some(_) => Some(boot.mailer()? as Arc<dyn Mailer>),
            None => None,
        };
        Ok(Self { transactions: boot.table()?, mailer, site_origin: boot.settings().site_origin()? })
    }

    /// Sends the mail about an event, unless it has been sent or nobody waits for it.
    ///
    /// # Errors
    /// The mail was not sent, and may be if the event comes again.
    pub(crate) async fn deliver(&self, event: &Event) -> Result<()> {
        let Some(mailer) = &self.mailer else { return Ok(()) };
        let (scope, id) = (mail_scope(event), event.id());
        let seen = self.transactions.snapshot(&scope).await?;
        let Some((account, job)) = mail_due(&seen, event, now()) else { return Ok(()) };
        let Some(mail) = write(job, account.language, &self.site_origin) else { return Ok(()) };
        match mailer.send(&account.email, None, &mail.subject, &mail.text).await {
            Ok(()) => {}
            Err(error) if error.retryable => return Err(error.into()),
            Err(error) => {
                // Refused for good, as an address that cannot exist is. The owner finds the result all the same, and the
                // events behind this one must not wait for it.
                tracing::error!(event = id, ?error, "a mail was refused");
                return Ok(());
            }
        }
        match self.transactions.apply(&scope, &|seen| mail_sent(seen, event, now())).await {
            Ok(_) | Err(TransactionError::Refused(Refusal::NoAccount)) => {}
            // To have the event again would be to send the mail again.
            Err(error) => tracing::error!(event = id, ?error, "a mail was sent and not recorded"),
        }
        Ok(())
    }
}

/// A mail.
#[derive(Debug, PartialEq, Eq)]
struct Mail {
    subject: String,
    text: String,
}

/// The mail about a job that has ended; `None` for one that has not. It names the file as the customer did, and says
/// nothing else about it.
fn write(job: &Job, language: Language, site_origin: &str) -> Option<Mail> {
    let (file, history) = (job.input.name.clone(), format!("{site_origin}/history"));
    let (subject, text) = match (job.state, job.failure) {
        (JobState::Completed, _) => {
            (mail::video_ready_subject(), mail::video_ready_text(VideoReadyText { file, history }))
        }
        (JobState::Failed, Some(failure)) => {
            let reason = failure_text(failure).in_language(language);
            let variables = VideoFailedText { file, reason, history };
            (mail::video_failed_subject(), mail::video_failed_text(variables))
        }
        _ => return None,
    };
    Some(Mail { subject: subject.in_language(language), text: text.in_language(language) })
}
