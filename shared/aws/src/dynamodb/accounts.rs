//! Accounts.

use async_trait::async_trait;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use sansfond_domain::ports::{Accounts, PortError};
use sansfond_domain::{Account, AccountId, Language};

use super::rows::{PROFILE, account_pk, key, read, row, text};
use super::{SERVICE, Table};
use crate::error::port;

/// DynamoDB's error code for a failed condition.
pub(super) const CONDITION_FAILED: Option<&str> = Some("ConditionalCheckFailedException");

#[async_trait]
impl Accounts for Table {
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, PortError> {
        self.get(key(account_pk(id), PROFILE)).await?.map(read).transpose()
    }

    async fn create(&self, account: &Account) -> Result<(), PortError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(row(account_pk(&account.id), PROFILE.to_owned(), account)?))
            .condition_expression("attribute_not_exists(pk)");
        match put.send().await {
            Err(error) if error.code() != CONDITION_FAILED => Err(port(SERVICE, "PutItem")(error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn set_language(&self, id: &AccountId, language: Language) -> Result<bool, PortError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key(account_pk(id), PROFILE)))
            .condition_expression("attribute_exists(pk)")
            .update_expression("SET #language = :language")
            .expression_attribute_names("#language", "language")
            .expression_attribute_values(":language", text(language.code()));
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == CONDITION_FAILED => Ok(false),
            Err(error) => Err(port(SERVICE, "UpdateItem")(error)),
        }
    }
}
