//! Accounts.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use sansfond_domain::ports::{Accounts, PortError};
use sansfond_domain::{Account, AccountId, Language, Timestamp};

use super::rows::{PROFILE, Row, account_pk, key, number, read, row, text};
use super::{SERVICE, Table};
use crate::error::port;

/// DynamoDB's error code for a failed condition.
pub(super) const CONDITION_FAILED: Option<&str> = Some("ConditionalCheckFailedException");

/// The condition that an account exists, for its profile.
pub(super) const EXISTS: &str = "attribute_exists(pk) AND attribute_not_exists(removed_at)";
/// The attribute of a profile that replaces all others when the account is removed.
const REMOVED_AT: &str = "removed_at";
/// The attribute of a profile with the time before which all sessions have ended.
pub(super) const SESSIONS_SINCE: &str = "sessions_since";
/// How long the mark of a removed account is kept. Its last access token is valid for a quarter of an hour.
const MARK_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a removal may take, in milliseconds: no function runs longer. A sign-in after that proves that the removal was interrupted,
/// and creates the account again, so that its owner can repeat it.
const REMOVAL_TAKES_MS: i64 = 15 * 60 * 1000;

impl Table {
    /// Replaces the profile by the mark of a removed account.
    pub(super) async fn mark_removed(&self, id: &AccountId, at: Timestamp) -> Result<(), PortError> {
        let mut mark = key(account_pk(id), PROFILE);
        mark.insert(REMOVED_AT.to_owned(), number(at.millis()));
        mark.insert("ttl".to_owned(), number(at.plus(MARK_KEPT).seconds()));
        let put = self.client.put_item().table_name(&self.name).set_item(Some(mark));
        put.send().await.map(drop).map_err(port(SERVICE, "PutItem"))
    }

    /// The profile of an account that has not been removed.
    pub(super) async fn profile(&self, id: &AccountId) -> Result<Option<Row>, PortError> {
        let found = self.get(key(account_pk(id), PROFILE)).await?;
        Ok(found.filter(|profile| !profile.contains_key(REMOVED_AT)))
    }

    /// An update of the profile of an account that exists.
    fn update_profile(&self, id: &AccountId) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.name);
        update.set_key(Some(key(account_pk(id), PROFILE))).condition_expression(EXISTS)
    }
}

#[async_trait]
impl Accounts for Table {
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, PortError> {
        self.profile(id).await?.map(read).transpose()
    }

    async fn create(&self, account: &Account) -> Result<(), PortError> {
        let interrupted = account.created_at.millis().saturating_sub(REMOVAL_TAKES_MS);
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(row(account_pk(&account.id), PROFILE.to_owned(), account)?))
            .condition_expression(format!("attribute_not_exists(pk) OR {REMOVED_AT} < :interrupted"))
            .expression_attribute_values(":interrupted", number(interrupted));
        match put.send().await {
            Err(error) if error.code() != CONDITION_FAILED => Err(port(SERVICE, "PutItem")(error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn end_sessions_before(&self, id: &AccountId, since: Timestamp) -> Result<(), PortError> {
        let update = self
            .update_profile(id)
            .update_expression(format!("SET {SESSIONS_SINCE} = :since"))
            .expression_attribute_values(":since", number(since.millis()));
        match update.send().await {
            Err(error) if error.code() != CONDITION_FAILED => Err(port(SERVICE, "UpdateItem")(error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn set_language(&self, id: &AccountId, language: Language) -> Result<bool, PortError> {
        let update = self
            .update_profile(id)
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
