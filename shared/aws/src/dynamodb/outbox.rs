//! Events on their way out: a row for each, which DynamoDB's stream of changes brings to whoever delivers them.
//!
//! The row is written once and never changed. Nobody reads it from the table: it is there for an operator, until its `ttl`.

use aws_sdk_dynamodb::types::TransactWriteItem;
use sansfond_domain::Event;
use sansfond_domain::ports::PortError;
use serde::{Deserialize, Serialize};
use serde_dynamo::{AttributeValue, Item};

use super::rows::{account_pk, row};
use super::{SERVICE, Table};
use crate::error::strange;

/// How the sort keys begin; the event source mapping in `infra/template/events.yaml` looks for it.
const OUTBOX: &str = "outbox#";
/// What DynamoDB calls a change that has made a new row.
const INSERT: &str = "INSERT";

#[derive(Serialize, Deserialize)]
struct OutboxRow {
    event: Event,
    /// In seconds.
    ttl: i64,
}

impl Table {
    /// Writes an event. That it is there already means that somebody else has made the same change.
    pub(super) fn put_event(&self, event: &Event) -> Result<TransactWriteItem, PortError> {
        let sk = format!("{OUTBOX}{}", event.id());
        let outbox_row = OutboxRow { event: event.clone(), ttl: event.kept_until().seconds() };
        self.put(row(account_pk(&event.account), sk, &outbox_row)?, None)
    }
}

/// Reads a record of the stream: what DynamoDB calls the change, the keys of its row, and the row as it is now. `None`: the
/// change is about no event, or about its end.
///
/// # Errors
/// The row cannot be read, as one that a later version of this program has written.
pub fn read_event(change: &str, keys: &Item, row: Item) -> Result<Option<Event>, PortError> {
    let is_event = matches!(keys.get("sk"), Some(AttributeValue::S(sk)) if sk.starts_with(OUTBOX));
    if change != INSERT || !is_event {
        return Ok(None);
    }
    let OutboxRow { event, .. } =
        serde_dynamo::from_item(row).map_err(|error| strange(SERVICE, "reading an event", error))?;
    Ok(Some(event))
}
