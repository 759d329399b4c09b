//! The mail to the owner of a job that has ended: whether it is still to be sent, and that it has been.

use super::{Change, Decision, Refusal, Snapshot};
use crate::event::{EVENT_KEPT, Event, EventKind};
use crate::ports::Scope;
use crate::record::{Effect, fingerprint};
use crate::{Account, Job, Record, RecordKey, Timestamp};

/// What [`mail_due`] and [`mail_sent`] want to see.
#[must_use]
pub fn mail_scope(event: &Event) -> Scope {
    let EventKind::JobEnded { job, .. } = &event.kind;
    Scope { records: vec![key(event)], ..Scope::of(event.account.clone(), job.clone()) }
}

/// To whom a mail about an event shall go, and about which job. `None`: it has been sent, or nobody waits for it: account or
/// job are gone, or the owner knows the end, because they have had the job tried again.
#[must_use]
pub fn mail_due<'a>(seen: &'a Snapshot, event: &Event, now: Timestamp) -> Option<(&'a Account, &'a Job)> {
    let EventKind::JobEnded { retry, state, .. } = event.kind;
    let (account, job) = (seen.account.as_ref()?, seen.job.as_ref()?);
    let is_sent = seen.record(&key(event), now).is_some();
    (!is_sent && job.retries == retry && job.state == state).then_some((account, job))
}

/// Records that the mail about an event has been sent. `Nothing`: it is recorded already.
///
/// # Errors
/// [`Refusal::NoAccount`].
pub fn mail_sent(seen: &Snapshot, event: &Event, now: Timestamp) -> Result<Decision, Refusal> {
    seen.member()?;
    if seen.record(&key(event), now).is_some() {
        return Ok(Decision::Nothing);
    }
    let record = Record {
        key: key(event),
        fingerprint: fingerprint(event.id().as_bytes()),
        effect: Effect::Mailed,
        // From now, and not from the event: it may be delivered again by hand, from the row that is kept as long.
        until: Some(now.plus(EVENT_KEPT)),
    };
    Ok(Change { records: vec![record], ..Change::default() }.into())
}

fn key(event: &Event) -> RecordKey {
    RecordKey::Mail(event.id())
}
