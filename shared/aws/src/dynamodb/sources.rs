//! The jobs that need a video: one set per video, which first contains the job that the video was uploaded for.
//!
//! A job is added to the set in the transaction that writes the job, and is removed before the job is deleted.
//! DynamoDB has no empty sets: without jobs the attribute is absent and the row is deleted, so that no later job
//! can be added.

use async_trait::async_trait;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, TransactWriteItem, Update};
use sansfond_domain::ports::{PortError, Sources};
use sansfond_domain::{AccountId, Job, JobId, JobKind};

use super::accounts::CONDITION_FAILED;
use super::rows::{Row, account_pk, key};
use super::{SERVICE, Table};
use crate::error::{port, strange};

const HOLDERS: &str = "holders";

fn video(account: &AccountId, source: &JobId) -> Row {
    key(account_pk(account), format!("video#{source}"))
}

fn only(job: &JobId) -> AttributeValue {
    AttributeValue::Ss(vec![job.to_string()])
}

impl Table {
    /// Whether a job needs the video that was uploaded for `source`.
    pub(super) async fn is_held(&self, account: &AccountId, source: &JobId) -> Result<bool, PortError> {
        let row = self.get(video(account, source)).await?;
        Ok(row.is_some_and(|row| row.contains_key(HOLDERS)))
    }

    /// The write that adds a new job to the set of its video. If the job reuses a video, the condition is that
    /// another job needs it.
    pub(super) fn hold(&self, job: &Job) -> Result<Option<TransactWriteItem>, PortError> {
        if job.kind != JobKind::Video {
            return Ok(None);
        }
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(video(&job.account, job.source())))
            .update_expression(format!("ADD {HOLDERS} :job"))
            .expression_attribute_values(":job", only(&job.id));
        let update = match &job.input.source {
            Some(_) => update.condition_expression(format!("attribute_exists({HOLDERS})")),
            None => update,
        };
        let update = update.build().map_err(|error| strange(SERVICE, "building a write", error))?;
        Ok(Some(TransactWriteItem::builder().update(update).build()))
    }
}

#[async_trait]
impl Sources for Table {
    async fn release(&self, job: &Job) -> Result<bool, PortError> {
        let row = video(&job.account, job.source());
        let update = self.client.update_item().table_name(&self.name).set_key(Some(row.clone()));
        let update = update
            .update_expression(format!("DELETE {HOLDERS} :job"))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":job", only(&job.id))
            .return_values(ReturnValue::AllNew);
        let left = match update.send().await {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            // An earlier call has removed the last job.
            Err(error) if error.code() == CONDITION_FAILED => return Ok(false),
            Err(error) => return Err(port(SERVICE, "UpdateItem")(error)),
        };
        if left.contains_key(HOLDERS) {
            return Ok(true);
        }
        let delete = self.client.delete_item().table_name(&self.name).set_key(Some(row));
        match delete.condition_expression(format!("attribute_not_exists({HOLDERS})")).send().await {
            Ok(_) => Ok(false),
            Err(error) => Err(port(SERVICE, "DeleteItem")(error)),
        }
    }
}
