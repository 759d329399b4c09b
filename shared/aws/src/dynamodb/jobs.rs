//! Reading and deleting jobs.

use async_trait::async_trait;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use sansfond_domain::ports::{JobFilter, Jobs, Page, PageRequest, PortError};
use sansfond_domain::{AccountId, Job, JobId, JobKind, JobState, Timestamp};

use super::accounts::CONDITION_FAILED;
use super::rows::{Filter, JOB, account_pk, job_sk, key, number, read, text};
use super::{DUE_INDEX, SERVICE, Table};
use crate::error::port;

#[async_trait]
impl Jobs for Table {
    async fn job(&self, account: &AccountId, id: &JobId) -> Result<Option<Job>, PortError> {
        self.get(key(account_pk(account), job_sk(id))).await?.map(read).transpose()
    }

    async fn jobs(
        &self,
        account: &AccountId,
        filter: &JobFilter,
        page: &PageRequest,
    ) -> Result<Page<Job>, PortError> {
        let JobFilter { state, kind } = filter;
        let filter =
            Filter::default().and("state", state.map(JobState::name)).and("kind", kind.map(JobKind::name));
        self.page(account, JOB, &filter, page).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>, PortError> {
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(DUE_INDEX)
            .key_condition_expression("due_pk = :open AND due_at <= :now")
            .expression_attribute_values(":open", text("open"))
            .expression_attribute_values(":now", number(now.millis()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(port(SERVICE, "Query"))?;
        // One unreadable row must not stop the sweep of all others.
        let readable =
            |row| read(row).inspect_err(|error| tracing::error!(?error, "a job cannot be read")).ok();
        Ok(answer.items.unwrap_or_default().into_iter().filter_map(readable).collect())
    }

    async fn forget(&self, account: &AccountId, id: &JobId) -> Result<bool, PortError> {
        let mut delete = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key(account_pk(account), job_sk(id))))
            .expression_attribute_names("#state", "state");
        let mut ended = Vec::new();
        for state in JobState::ALL.into_iter().filter(|state| !state.is_open()) {
            let name = format!(":{}", state.name());
            delete = delete.expression_attribute_values(&name, text(state.name()));
            ended.push(name);
        }
        let delete = delete.condition_expression(format!("#state IN ({})", ended.join(", ")));
        match delete.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == CONDITION_FAILED => Ok(false),
            Err(error) => Err(port(SERVICE, "DeleteItem")(error)),
        }
    }
}
