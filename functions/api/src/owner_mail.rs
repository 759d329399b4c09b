//! Emails to the owner of an account: a video job that they want to be notified about has ended, an API key was
//! created, the password has changed.
//!
//! **At least once.** The email is sent first and recorded afterwards. A repeated event finds the record, so the
//! owner gets one email. The owner gets two only if the event is delivered again after this process ended between
//! SES's response and the record, or after the response or the record was lost. The reverse order would be at most
//! once: a failure after the record would lose the email. A second email is less harmful than none.

use std::sync::Arc;

use anyhow::Result;
use sansfond_boot::Boot;
use sansfond_domain::ports::{Mailer, TransactionError, Transactions};
use sansfond_domain::rules::{MailSubject, Refusal, mail_due, mail_scope, mail_sent};
use sansfond_domain::{Event, Job, JobState, Language};
use sansfond_jobs::now;
use sansfond_texts::mail::{self, VideoFailedText, VideoReadyText};
use sansfond_web::failure_text;

/// Sends the emails.
pub(crate) struct OwnerMail {
    transactions: Arc<dyn Transactions>,
    /// `None`: this installation sends no email.
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

    /// Sends the email about an event, unless it has been sent or is no longer due.
    ///
    /// # Errors
    /// If the email was not sent; it may be sent when the event is delivered again.
    pub(crate) async fn deliver(&self, event: &Event) -> Result<()> {
        let Some(mailer) = &self.mailer else { return Ok(()) };
        let (scope, id) = (mail_scope(event), event.id());
        let seen = self.transactions.snapshot(&scope).await?;
        let Some((account, subject)) = mail_due(&seen, event, now()) else { return Ok(()) };
        let Some(mail) = write(subject, account.language, &self.site_origin) else { return Ok(()) };
        match mailer.send(&account.email, None, &mail.subject, &mail.text).await {
            Ok(()) => {}
            Err(error) if error.retryable => return Err(error.into()),
            Err(error) => {
                // Rejected permanently, for example because the address is invalid. The owner finds the result on
                // the site, and later events must not wait for this one.
                tracing::error!(event = id, ?error, "an email was rejected");
                return Ok(());
            }
        }
        match self.transactions.apply(&scope, &|seen| mail_sent(seen, event, now())).await {
            Ok(_) | Err(TransactionError::Refused(Refusal::NoAccount)) => {}
            // Delivering the event again would send the email again.
            Err(error) => tracing::error!(event = id, ?error, "an email was sent but not recorded"),
        }
        Ok(())
    }
}

/// An email.
#[derive(Debug, PartialEq, Eq)]
struct Mail {
    subject: String,
    text: String,
}

/// The email about a subject; `None` if there is nothing to tell yet.
fn write(subject: MailSubject<'_>, language: Language, site_origin: &str) -> Option<Mail> {
    let page = format!("{site_origin}/account");
    let (subject, text) = match subject {
        MailSubject::Job(job) => return about_job(job, language, site_origin),
        MailSubject::ApiKeyCreated => (mail::api_key_created_subject(), mail::api_key_created_text(page)),
        MailSubject::PasswordChanged => (mail::password_changed_subject(), mail::password_changed_text(page)),
    };
    Some(Mail { subject: subject.in_language(language), text: text.in_language(language) })
}

/// The email about a job that has ended; `None` if the job is open. It contains the customer's file name and no
/// other data of the job.
fn about_job(job: &Job, language: Language, site_origin: &str) -> Option<Mail> {
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
