//! The mail to whoever has asked to be told when their video is done.

use std::sync::Arc;

use anyhow::Result;
use sansfond_boot::Boot;
use sansfond_domain::ports::{Accounts, Mailer};
use sansfond_domain::{Job, JobState, Language};
use sansfond_texts::mail::{self, VideoFailedText, VideoReadyText};
use sansfond_web::failure_text;

/// Sends the mails.
pub(crate) struct VideoMail {
    accounts: Arc<dyn Accounts>,
    /// `None`: this installation sends no mail.
    mailer: Option<Arc<dyn Mailer>>,
    site_origin: String,
}

impl VideoMail {
    /// # Errors
    /// If a setting is missing.
    pub(crate) fn of(boot: &Boot) -> Result<Self> {
        let mailer = match boot.settings().sender_email {
            Some(_) => Some(boot.mailer()? as Arc<dyn Mailer>),
            None => None,
        };
        Ok(Self { accounts: boot.table()?, mailer, site_origin: boot.settings().site_origin()? })
    }

    /// Tells the owner of a job that has ended. At most once: it has been noted already that they know. Who
    /// gets no mail finds the result all the same.
    pub(crate) async fn send(&self, job: &Job) {
        let Some(mailer) = &self.mailer else { return };
        let account = match self.accounts.account(&job.account).await {
            Ok(Some(account)) => account,
            Ok(None) => return,
            Err(error) => return tracing::error!(job = %job.id, ?error, "a mail was not sent"),
        };
        let Some(mail) = write(job, account.language, &self.site_origin) else { return };
        if let Err(error) = mailer.send(&account.email, None, &mail.subject, &mail.text).await {
            tracing::error!(job = %job.id, ?error, "a mail was not sent");
        }
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
