//! Keys of rows, and rows ⇄ structs.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use sansfond_domain::ports::{Page, PageRequest, PortError};
use sansfond_domain::{AccountId, JobId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{SERVICE, Table};
use crate::error::{port, strange};

pub(super) type Row = HashMap<String, AttributeValue>;

pub(super) const PROFILE: &str = "profile";
pub(super) const BALANCE: &str = "balance";
pub(super) const JOB: &str = "job#";
pub(super) const LEDGER: &str = "ledger#";
pub(super) const KEY: &str = "key#";

pub(super) fn account_pk(account: &AccountId) -> String {
    format!("account#{account}")
}

pub(super) fn job_sk(job: &JobId) -> String {
    format!("{JOB}{job}")
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Row {
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

/// A struct as a row, without the attributes that are absent: an index takes no NULL.
pub(super) fn row<T: Serialize>(pk: String, sk: String, value: &T) -> Result<Row, PortError> {
    let mut row: Row =
        serde_dynamo::to_item(value).map_err(|error| strange(SERVICE, "writing a row", error))?;
    row.retain(|_, value| !matches!(value, AttributeValue::Null(_)));
    row.extend(key(pk, sk));
    Ok(row)
}

pub(super) fn read<T: DeserializeOwned>(row: Row) -> Result<T, PortError> {
    serde_dynamo::from_item(row).map_err(|error| strange(SERVICE, "reading a row", error))
}

impl Table {
    /// One row, as it is now.
    pub(super) async fn get(&self, key: Row) -> Result<Option<Row>, PortError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(port(SERVICE, "GetItem"))?;
        Ok(answer.item)
    }

    /// Rows of an account whose sort key begins with `prefix`, newest first.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        account: &AccountId,
        prefix: &str,
        page: &PageRequest,
    ) -> Result<Page<T>, PortError> {
        let start = page.after.as_ref().map(|after| key(account_pk(account), format!("{prefix}{after}")));
        // One more than wanted: DynamoDB names a place to go on at even if nothing follows.
        let limit = i32::try_from(page.limit.saturating_add(1)).unwrap_or(i32::MAX);
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(account_pk(account)))
            .expression_attribute_values(":prefix", text(prefix))
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(port(SERVICE, "Query"))?;
        let mut rows = answer.items.unwrap_or_default();
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let goes_on = rows.len() > wanted || answer.last_evaluated_key.is_some();
        rows.truncate(wanted);
        let last = rows.last().filter(|_| goes_on).and_then(|row| row.get("sk")?.as_s().ok());
        let next = last.and_then(|sk| sk.strip_prefix(prefix)).map(str::to_owned);
        let items = rows.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }
}
