//! The email to the owner of an ended job: whether it has to be sent, and the record that it was.

use super::{Change, Decision, Refusal, Snapshot};
use crate::event::{EVENT_KEPT, Event, EventKind};
use crate::ports::Scope;
use crate::record::{Effect, fingerprint};
use crate::{Account, Job, Record, RecordKey, Timestamp};

/// The rows that [`mail_due`] and [`mail_sent`] read.
#[must_use]
pub fn mail_scope(event: &Event) -> Scope {
    let EventKind::JobEnded { job, .. } = &event.kind;
    Scope { records: vec![key(event)], ..Scope::of(event.account.clone(), job.clone()) }
}

/// The recipient of the email about an event, and its job. `None` if it was sent, if the account or the job is deleted, or if
/// the owner has retried the job and therefore knows how it ended.
#[must_use]
pub fn mail_due<'a>(seen: &'a Snapshot, event: &Event, now: Timestamp) -> Option<(&'a Account, &'a Job)> {
    let EventKind::JobEnded { retry, state, .. } = event.kind;
    let (account, job) = (seen.account.as_ref()?, seen.job.as_ref()?);
    let is_sent = seen.record(&key(event), now).is_some();
    (!is_sent && job.retries == retry && job.state == state).then_some((account, job))
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
