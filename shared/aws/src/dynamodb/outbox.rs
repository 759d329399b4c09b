//! The outbox: one row per event, which the table's stream of changes brings to the function that delivers it.
//!
//! A row is written once and never changed. It is not read from the table; until its `ttl` it is there for the
//! operator.

use aws_sdk_dynamodb::types::TransactWriteItem;
use sansfond_domain::Event;
use sansfond_domain::ports::PortError;
use serde::{Deserialize, Serialize};
use serde_dynamo::{AttributeValue, Item};

use super::rows::{account_pk, row};
use super::{SERVICE, Table};
use crate::error::strange;

/// The prefix of the sort keys. The event source mapping in `infra/template/events.yaml` filters by it.
const OUTBOX: &str = "outbox#";
/// DynamoDB's name for a change that inserts a row.
const INSERT: &str = "INSERT";

#[derive(Serialize, Deserialize)]
struct OutboxRow {
    event: Event,
    /// The time to live, in seconds of Unix time.
    ttl: i64,
}

impl Table {
    /// The write of an event. It fails if the event exists already, because then another writer has made the same
    /// change.
    pub(super) fn put_event(&self, event: &Event) -> Result<TransactWriteItem, PortError> {
        let sk = format!("{OUTBOX}{}", event.id());
        let outbox_row = OutboxRow { event: event.clone(), ttl: event.kept_until().seconds() };
        self.put(row(account_pk(&event.account), sk, &outbox_row)?, None)
    }
}

/// Reads a record of the stream: DynamoDB's name for the change, the keys of the row, and its new content. `None`:
/// the change does not insert an event.
///
/// # Errors
/// The row cannot be read, for example because a later version of this program wrote it.
pub fn read_event(change: &str, keys: &Item, row: Item) -> Result<Option<Event>, PortError> {
    let is_event = matches!(keys.get("sk"), Some(AttributeValue::S(sk)) if sk.starts_with(OUTBOX));
    if change != INSERT || !is_event {
        return Ok(None);
    }
    let OutboxRow { event, .. } =
        serde_dynamo::from_item(row).map_err(|error| strange(SERVICE, "reading an event", error))?;
    Ok(Some(event))
}
