//! A new password: the event that tells the owner.

use super::{Change, Decision, Refusal, Snapshot};
use crate::{Event, EventKind, Timestamp};

/// Writes the event of a new password.
///
/// # Errors
/// [`Refusal::NoAccount`].
pub fn password_changed(seen: &Snapshot, now: Timestamp) -> Result<Decision, Refusal> {
    let account = seen.existing_account()?.id.clone();
    let event = Event { account, at: now, kind: EventKind::PasswordChanged };
    Ok(Change { events: vec![event], ..Change::default() }.into())
}
