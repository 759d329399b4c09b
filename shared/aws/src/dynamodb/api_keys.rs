//! API keys. Each has two rows: one to find it by its hash, and one for the list of its account. Their number is in
//! the profile, so that concurrent requests cannot exceed the limit.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{Delete, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use sansfond_domain::api_key::MAX_KEYS;
use sansfond_domain::ports::{ApiKeys, KeyAdded, PortError};
use sansfond_domain::{AccountId, ApiKey, Event, KeyId, Timestamp};

use super::accounts::{EXISTS, SESSIONS_SINCE};
use super::rows::{KEY, PROFILE, Row, account_pk, key, number, read, row, text};
use super::transactions::{ATTEMPTS, pause};
use super::{SERVICE, Table};
use crate::error::{port, strange};

const BY_HASH: &str = "key";
/// The attribute of the profile with the number of keys.
const KEYS: &str = "api_keys";

pub(super) fn hash_pk(hash: &str) -> String {
    format!("{KEY}{hash}")
}

#[async_trait]
impl ApiKeys for Table {
    async fn by_hash(&self, hash: &str) -> Result<Option<ApiKey>, PortError> {
        self.get(key(hash_pk(hash), BY_HASH)).await?.map(read).transpose()
    }

    async fn keys(&self, account: &AccountId) -> Result<Vec<ApiKey>, PortError> {
        // Strongly consistent: a key that was added just before a password reset must be revoked by it.
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(account_pk(account)))
            .expression_attribute_values(":prefix", text(KEY))
            .scan_index_forward(false)
            .consistent_read(true)
            .send()
            .await
            .map_err(port(SERVICE, "Query"))?;
        answer.items.unwrap_or_default().into_iter().map(read).collect()
    }

    async fn add(&self, added: &ApiKey, session_issued_at: Timestamp) -> Result<KeyAdded, PortError> {
        for attempt in 0..ATTEMPTS {
            let mut writes = vec![self.count_key(&added.account, session_issued_at)?];
            for (pk, sk) in [
                (hash_pk(&added.hash), BY_HASH.to_owned()),
                (account_pk(&added.account), format!("{KEY}{}", added.id)),
            ] {
                writes.push(self.put(row(pk, sk, added)?, None)?);
            }
            writes.push(self.put_event(&Event::of_key(added))?);
            match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
                Ok(_) => return Ok(KeyAdded::Added),
                Err(error) => match error.as_service_error().and_then(reason) {
                    Some(Cancelled::Conflict) => tokio::time::sleep(pause(attempt, fastrand::f64())).await,
                    Some(Cancelled::Condition(profile)) => return Ok(refused(profile)),
                    None => return Err(port(SERVICE, "TransactWriteItems")(error)),
                },
            }
        }
        Err(strange(SERVICE, "TransactWriteItems", "too many concurrent changes of an account's API keys"))
    }

    async fn revoke(&self, account: &AccountId, id: &KeyId) -> Result<bool, PortError> {
        let listed = key(account_pk(account), format!("{KEY}{id}"));
        for attempt in 0..ATTEMPTS {
            let Some(found) = self.get(listed.clone()).await? else { return Ok(false) };
            let found: ApiKey = read(found)?;
            let writes = vec![
                self.uncount_key(account)?,
                self.delete(listed.clone())?,
                self.delete(key(hash_pk(&found.hash), BY_HASH))?,
            ];
            match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
                Ok(_) => return Ok(true),
                // Somebody else revoked it, or the account was removed with its keys: the next look tells.
                Err(error) if error.as_service_error().and_then(reason).is_some() => {
                    tokio::time::sleep(pause(attempt, fastrand::f64())).await;
                }
                Err(error) => return Err(port(SERVICE, "TransactWriteItems")(error)),
            }
        }
        Err(strange(SERVICE, "TransactWriteItems", "too many concurrent changes of an account's API keys"))
    }
}

/// The reason why a transaction was cancelled.
enum Cancelled {
    /// A concurrent transaction; it may succeed when it is repeated.
    Conflict,
    /// A condition failed: that of the profile, which is the first write, or that of a key. The profile as it was.
    Condition(Option<Row>),
}

fn reason(error: &TransactWriteItemsError) -> Option<Cancelled> {
    match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let reasons = cancelled.cancellation_reasons();
            if reasons.iter().any(|reason| reason.code() == Some("ConditionalCheckFailed")) {
                return Some(Cancelled::Condition(reasons.first().and_then(|first| first.item().cloned())));
            }
            let conflict = reasons.iter().any(|reason| reason.code() == Some("TransactionConflict"));
            conflict.then_some(Cancelled::Conflict)
        }
        TransactWriteItemsError::TransactionInProgressException(_) => Some(Cancelled::Conflict),
        _ => None,
    }
}

/// Why a profile allows no new key.
fn refused(profile: Option<Row>) -> KeyAdded {
    let keys: Option<usize> = profile.and_then(|profile| profile.get(KEYS)?.as_n().ok()?.parse().ok());
    match keys {
        Some(keys) if keys >= MAX_KEYS => KeyAdded::TooMany,
        _ => KeyAdded::SessionOver,
    }
}

impl Table {
    /// Counts a new key in the profile, on the condition that the account exists, that it may have one more, and that
    /// its password was not changed after the session began.
    fn count_key(
        &self,
        account: &AccountId,
        session_issued_at: Timestamp,
    ) -> Result<TransactWriteItem, PortError> {
        let update = self
            .update_count(account)
            .update_expression(format!("SET {KEYS} = if_not_exists({KEYS}, :none) + :one"))
            .condition_expression(format!(
                "{EXISTS} AND (attribute_not_exists({KEYS}) OR {KEYS} < :most) AND \
                 (attribute_not_exists({SESSIONS_SINCE}) OR {SESSIONS_SINCE} <= :issued)"
            ))
            .expression_attribute_values(":most", number(MAX_KEYS))
            .expression_attribute_values(":issued", number(session_issued_at.millis()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| strange(SERVICE, "building an update", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Counts a key less in the profile.
    fn uncount_key(&self, account: &AccountId) -> Result<TransactWriteItem, PortError> {
        let update = self
            .update_count(account)
            .update_expression(format!("SET {KEYS} = {KEYS} - :one"))
            .condition_expression(format!("{EXISTS} AND {KEYS} > :none"))
            .build()
            .map_err(|error| strange(SERVICE, "building an update", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// An update of the number of keys, with the values `:none` and `:one`.
    fn update_count(&self, account: &AccountId) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(key(account_pk(account), PROFILE)))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":one", number(1))
    }

    /// The deletion of a row that exists.
    fn delete(&self, key: Row) -> Result<TransactWriteItem, PortError> {
        let delete = Delete::builder().table_name(&self.name).set_key(Some(key));
        let delete = delete.condition_expression("attribute_exists(pk)").build();
        let delete = delete.map_err(|error| strange(SERVICE, "building a deletion", error))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}
