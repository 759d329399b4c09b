//! API keys. Each has two rows: one to find it by its hash, and one for the list of its account.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use sansfond_domain::ports::{ApiKeys, PageRequest, PortError};
use sansfond_domain::{AccountId, ApiKey, KeyId};

use super::rows::{Filter, KEY, Row, account_pk, key, read, row};
use super::{SERVICE, Table};
use crate::error::{port, strange};

const BY_HASH: &str = "key";

pub(super) fn hash_pk(hash: &str) -> String {
    format!("{KEY}{hash}")
}

#[async_trait]
impl ApiKeys for Table {
    async fn by_hash(&self, hash: &str) -> Result<Option<ApiKey>, PortError> {
        self.get(key(hash_pk(hash), BY_HASH)).await?.map(read).transpose()
    }

    async fn keys(&self, account: &AccountId) -> Result<Vec<ApiKey>, PortError> {
        let all = PageRequest { limit: 100, after: None };
        Ok(self.page(account, KEY, &Filter::default(), &all).await?.items)
    }

    async fn add(&self, added: &ApiKey) -> Result<bool, PortError> {
        // A session outlives its account by minutes. A key must not be written after the deletion.
        let mut writes = vec![self.account_exists(&added.account)?];
        for (pk, sk) in [
            (hash_pk(&added.hash), BY_HASH.to_owned()),
            (account_pk(&added.account), format!("{KEY}{}", added.id)),
        ] {
            let put = Put::builder().table_name(&self.name).set_item(Some(row(pk, sk, added)?)).build();
            let put = put.map_err(|error| strange(SERVICE, "building a write", error))?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(first_condition_failed) => Ok(false),
            Err(error) => Err(port(SERVICE, "TransactWriteItems")(error)),
        }
    }

    async fn revoke(&self, account: &AccountId, id: &KeyId) -> Result<bool, PortError> {
        let listed = key(account_pk(account), format!("{KEY}{id}"));
        let Some(found) = self.get(listed.clone()).await? else { return Ok(false) };
        let found: ApiKey = read(found)?;
        let writes = [listed, key(hash_pk(&found.hash), BY_HASH)].map(|key| self.delete(key));
        let writes = writes.into_iter().collect::<Result<_, _>>()?;
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        sent.map(|_| true).map_err(port(SERVICE, "TransactWriteItems"))
    }
}

fn first_condition_failed(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return false };
    cancelled.cancellation_reasons().first().and_then(|reason| reason.code())
        == Some("ConditionalCheckFailed")
}

impl Table {
    fn delete(&self, key: Row) -> Result<TransactWriteItem, PortError> {
        let delete = Delete::builder().table_name(&self.name).set_key(Some(key)).build();
        let delete = delete.map_err(|error| strange(SERVICE, "building a deletion", error))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}
