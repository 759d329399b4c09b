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
use sansfond_domain::{Event, Failure, Job, JobState, Language};
use sansfond_jobs::now;
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
        let seen = self.transactions.look(&scope).await?;
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
