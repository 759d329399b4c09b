//! The email to the owner of an account about an event: whether it has to be sent, and the record that it was.

use super::{Change, Decision, Refusal, Snapshot};
use crate::event::{EVENT_KEPT, Event, EventKind};
use crate::ports::Scope;
use crate::record::{Effect, fingerprint};
use crate::{Account, Job, Record, RecordKey, Timestamp};

/// The rows that [`mail_due`] and [`mail_sent`] read.
#[must_use]
pub fn mail_scope(event: &Event) -> Scope {
    let job = match &event.kind {
        EventKind::JobEnded { job, .. } => Some(job.clone()),
        EventKind::ApiKeyCreated { .. } | EventKind::PasswordChanged => None,
    };
    Scope { job, ..Scope::of_records(event.account.clone(), vec![key(event)]) }
}

/// The subject of an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSubject<'a> {
    /// A video job that has ended.
    Job(&'a Job),
    /// A new API key.
    ApiKeyCreated,
    /// A new password.
    PasswordChanged,
}

/// The recipient of the email about an event, and its subject. `None` if it was sent, if the account or the job is
/// deleted, or if the owner has retried the job and therefore knows how it ended.
#[must_use]
pub fn mail_due<'a>(
    seen: &'a Snapshot,
    event: &Event,
    now: Timestamp,
) -> Option<(&'a Account, MailSubject<'a>)> {
    let account = seen.account.as_ref()?;
    if seen.record(&key(event), now).is_some() {
        return None;
    }
    let subject = match event.kind {
        EventKind::JobEnded { retry, state, .. } => {
            let job = seen.job.as_ref()?;
            (job.retries == retry && job.state == state).then_some(MailSubject::Job(job))?
        }
        EventKind::ApiKeyCreated { .. } => MailSubject::ApiKeyCreated,
        EventKind::PasswordChanged => MailSubject::PasswordChanged,
    };
    Some((account, subject))
}

/// Records that the email about an event was sent. `Nothing` if it is recorded already.
///
/// # Errors
/// [`Refusal::NoAccount`].
pub fn mail_sent(seen: &Snapshot, event: &Event, now: Timestamp) -> Result<Decision, Refusal> {
    seen.existing_account()?;
    if seen.record(&key(event), now).is_some() {
        return Ok(Decision::Nothing);
    }
    let record = Record {
        key: key(event),
        fingerprint: fingerprint(event.id().as_bytes()),
        effect: Effect::Mailed,
        // Counted from now and not from the event: its stored row can be redelivered by hand for as long.
        until: Some(now.plus(EVENT_KEPT)),
    };
    Ok(Change { records: vec![record], ..Change::default() }.into())
}

fn key(event: &Event) -> RecordKey {
    RecordKey::Mail(event.id())
}
