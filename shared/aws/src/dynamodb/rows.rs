//! Keys of rows, and the conversion between rows and structs.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
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

/// The number of rows that a query with a filter reads, and the maximum number of queries for one page: 2,000 rows,
/// more than most accounts have.
const LOOK_AT: i32 = 250;
const LOOKS: u32 = 8;

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

/// Converts a struct to a row, without attributes that are `None`: an index rejects NULL.
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
    /// Reads a row, strongly consistent.
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

    /// A page of an account's rows with a prefix of the sort key, newest first, which pass the filter. DynamoDB
    /// applies a filter after reading a row, so this repeats the query until the page is full, or until a limit
    /// that keeps the response in time.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        account: &AccountId,
        prefix: &str,
        filter: &Filter,
        page: &PageRequest,
    ) -> Result<Page<T>, PortError> {
        let mut place = page.after.as_ref().map(|after| key(account_pk(account), format!("{prefix}{after}")));
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        // One more than the limit: DynamoDB returns a position even if no row follows.
        let all = i32::try_from(page.limit.saturating_add(1)).unwrap_or(i32::MAX);
        let look_at = if filter.0.is_empty() { all } else { all.max(LOOK_AT) };
        let mut rows = Vec::new();
        for _ in 0..LOOKS {
            let query = self
                .client
                .query()
                .table_name(&self.name)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", text(account_pk(account)))
                .expression_attribute_values(":prefix", text(prefix))
                .scan_index_forward(false)
                .limit(look_at)
                .set_exclusive_start_key(place);
            let answer = filter.on(query).send().await.map_err(port(SERVICE, "Query"))?;
            rows.extend(answer.items.unwrap_or_default());
            place = answer.last_evaluated_key;
            if rows.len() > wanted || place.is_none() {
                break;
            }
        }
        // The last row of the page, or the position of the last query.
        let last = if rows.len() > wanted { rows[..wanted].last() } else { place.as_ref() };
        let last = last.and_then(|row| row.get("sk")?.as_s().ok()?.strip_prefix(prefix));
        let next = last.map(str::to_owned);
        let items = rows.into_iter().take(wanted).map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }
}

/// A filter: attributes that must have a value. None of them is part of a key.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter(Vec<(&'static str, &'static str)>);

impl Filter {
    /// Adds an attribute; `None` adds nothing.
    pub(super) fn and(mut self, attribute: &'static str, value: Option<&'static str>) -> Self {
        self.0.extend(value.map(|value| (attribute, value)));
        self
    }

    fn on(&self, mut query: QueryFluentBuilder) -> QueryFluentBuilder {
        let mut demands = Vec::new();
        for (attribute, value) in &self.0 {
            let (name, placeholder) = (format!("#{attribute}"), format!(":{attribute}"));
            demands.push(format!("{name} = {placeholder}"));
            query = query
                .expression_attribute_names(name, *attribute)
                .expression_attribute_values(placeholder, text(*value));
        }
        query.set_filter_expression((!demands.is_empty()).then(|| demands.join(" AND ")))
    }
}
