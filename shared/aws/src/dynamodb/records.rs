//! Deleting all rows of an account.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use sansfond_domain::ports::{PortError, Records};
use sansfond_domain::{AccountId, ApiKey, Timestamp};

use super::api_keys::hash_pk;
use super::rows::{KEY, PROFILE, Row, account_pk, key, read, text};
use super::{SERVICE, Table};
use crate::error::{port, strange};

/// The maximum number of rows of one `BatchWriteItem`.
const BATCH: usize = 25;

#[async_trait]
impl Records for Table {
    async fn erase(&self, account: &AccountId, at: Timestamp) -> Result<(), PortError> {
        // First, so that nothing new is written for the account.
        self.mark_removed(account, at).await?;
        loop {
            let mut rows = self.some_rows(account).await?;
            rows.retain(|row| row.get("sk") != Some(&text(PROFILE)));
            if rows.is_empty() {
                return Ok(());
            }
            let mut keys = Vec::new();
            for row in rows {
                let sort = row.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
                if sort.starts_with(KEY) {
                    let listed: ApiKey = read(row)?;
                    keys.push(key(hash_pk(&listed.hash), "key"));
                }
                keys.push(key(account_pk(account), sort));
            }
            self.delete_all(keys).await?;
        }
    }
}

impl Table {
    async fn some_rows(&self, account: &AccountId) -> Result<Vec<Row>, PortError> {
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(account_pk(account)))
            .consistent_read(true)
            .send()
            .await
            .map_err(port(SERVICE, "Query"))?;
        Ok(answer.items.unwrap_or_default())
    }

    async fn delete_all(&self, keys: Vec<Row>) -> Result<(), PortError> {
        for batch in keys.chunks(BATCH) {
            let mut left = Vec::new();
            for key in batch {
                let delete = DeleteRequest::builder().set_key(Some(key.clone())).build();
                let delete = delete.map_err(|error| strange(SERVICE, "building a deletion", error))?;
                left.push(WriteRequest::builder().delete_request(delete).build());
            }
            while !left.is_empty() {
                let sent = self.client.batch_write_item().request_items(&self.name, left).send().await;
                let answer = sent.map_err(port(SERVICE, "BatchWriteItem"))?;
                left = answer.unprocessed_items.unwrap_or_default().remove(&self.name).unwrap_or_default();
            }
        }
        Ok(())
    }
}
