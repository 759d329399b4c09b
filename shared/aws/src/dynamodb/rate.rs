//! Counters of requests: one row for each subject and window, which expires after the window.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValue;
use sansfond_domain::Timestamp;
use sansfond_domain::ports::{PortError, RateCounters};

use super::rows::{key, number};
use super::{SERVICE, Table};
use crate::error::{port, strange};

#[async_trait]
impl RateCounters for Table {
    async fn count(&self, subject: &str, window: Duration, now: Timestamp) -> Result<u32, PortError> {
        self.add(1, subject, window, now).await
    }

    async fn uncount(&self, subject: &str, window: Duration, counted_at: Timestamp) -> Result<(), PortError> {
        self.add(-1, subject, window, counted_at).await.map(drop)
    }
}

impl Table {
    /// Adds requests to the window that contains `now`, and returns their number.
    async fn add(
        &self,
        requests: i64,
        subject: &str,
        window: Duration,
        now: Timestamp,
    ) -> Result<u32, PortError> {
        let length = i64::try_from(window.as_secs().max(1)).unwrap_or(i64::MAX);
        let start = now.seconds() - now.seconds().rem_euclid(length);
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(format!("rate#{subject}#{start}"), "count")))
            .update_expression("ADD requests :requests SET #ttl = :ttl")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":requests", number(requests))
            .expression_attribute_values(":ttl", number(start.saturating_add(length.saturating_mul(2))))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(port(SERVICE, "UpdateItem"))?;
        let count = answer.attributes.as_ref().and_then(|row| row.get("requests")?.as_n().ok()?.parse().ok());
        count.ok_or_else(|| strange(SERVICE, "UpdateItem", "the counter was not returned"))
    }
}
