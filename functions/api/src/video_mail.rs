//! The email to an owner who asked to be notified when a video job ends.

use std::sync::Arc;

use anyhow::Result;
use sansfond_boot::Boot;
use sansfond_domain::ports::{Accounts, Mailer};
use sansfond_domain::{Failure, Job, JobState, Language};
use sansfond_web::failure_text;

/// Sends the emails.
pub(crate) struct VideoMail {
    accounts: Arc<dyn Accounts>,
    /// `None`: this installation sends no email.
    mailer: Option<Arc<dyn Mailer>>,
    site_origin: String,
}

impl VideoMail {
    pub(crate) fn of(boot: &Boot) -> Result<Self> {
        let mailer = match boot.settings().sender_email {
            Some(_) => Some(boot.mailer()? as Arc<dyn Mailer>),
            None => None,
        };
        Ok(Self { accounts: boot.table()?, mailer, site_origin: boot.settings().site_origin()? })
    }

    /// Notifies the owner of a job that has ended. At most once: the job was marked as notified before. Without the
    /// email the owner still finds the result in the history.
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

/// What is said of a job that has ended; nothing of one that has not. Of the file it says its name, as the
/// customer gave it, and nothing else.
fn write(job: &Job, language: Language, site_origin: &str) -> Option<Mail> {
    let (name, history) = (&job.input.name, format!("{site_origin}/history"));
    Some(match (job.state, job.failure) {
        (JobState::Completed, _) => ready(language, name, &history),
        (JobState::Failed, Some(failure)) => failed(language, name, &history, failure),
        _ => return None,
    })
}

fn ready(language: Language, name: &str, history: &str) -> Mail {
    let (subject, text) = match language {
        Language::En => (
            "Your video is ready",
            format!(
                "Hello,\n\nthe background of “{name}” is removed. The result waits for you here:\n\n{history}\n\nYou get this mail because you asked for it when you sent the video.\n\nSansfond\n"
            ),
        ),
        Language::Fr => (
            "Votre vidéo est prête",
            format!(
                "Bonjour,\n\nle fond de « {name} » est supprimé. Le résultat vous attend ici :\n\n{history}\n\nVous recevez cet e-mail parce que vous l’avez demandé en envoyant la vidéo.\n\nSansfond\n"
            ),
        ),
    };
    Mail { subject: subject.to_owned(), text }
}

fn failed(language: Language, name: &str, history: &str, failure: Failure) -> Mail {
    let why = failure_text(failure);
    let why = why.in_language(language);
    let (subject, text) = match language {
        Language::En => (
            "Your video could not be done",
            format!(
                "Hello,\n\nthe background of “{name}” could not be removed. {why}\n\nNo credit was used. Your videos:\n\n{history}\n\nYou get this mail because you asked for it when you sent the video.\n\nSansfond\n"
            ),
        ),
        Language::Fr => (
            "Votre vidéo n’a pas pu être traitée",
            format!(
                "Bonjour,\n\nle fond de « {name} » n’a pas pu être supprimé. {why}\n\nAucun crédit n’a été utilisé. Vos vidéos :\n\n{history}\n\nVous recevez cet e-mail parce que vous l’avez demandé en envoyant la vidéo.\n\nSansfond\n"
            ),
        ),
    };
    Mail { subject: subject.to_owned(), text }
}
