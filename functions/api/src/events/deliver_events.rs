//! Delivers the events of the outbox, which the table's stream brings.
//!
//! An event is delivered at least once, and each consumer makes a repeated one take effect once ([`crate::owner_mail`]). If one
//! consumer fails, the event is delivered again to all of them.

use anyhow::Result;
use sansfond_boot::{Boot, OnEvent};
use sansfond_domain::Event;

use crate::owner_mail::OwnerMail;

/// Delivers events.
pub struct DeliverEvents {
    mail: OwnerMail,
}

/// The handler.
///
/// # Errors
/// If a setting is missing.
pub fn handler(boot: &Boot) -> Result<DeliverEvents> {
    Ok(DeliverEvents { mail: OwnerMail::of(boot)? })
}

impl OnEvent for DeliverEvents {
    async fn handle(&self, event: &Event) -> Result<()> {
        self.mail.deliver(event).await
    }
}
