//! Events of the outbox, as the table's stream brings them: whoever shall hear of one hears of it.
//!
//! Each event comes at least once, and each way out makes once of it by itself ([`crate::owner_mail`]). If one fails, the event
//! comes again, and those that were done are passed over.

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
