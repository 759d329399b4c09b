//! Jobs and credits, in one transaction.
//!
//! Optimistic: read what the rule wants to see, let it decide, write on the condition that nothing has
//! been written since. Who loses reads again and asks the rule again, after a random pause. So a hundred
//! requests on ten credits end with ten jobs, and none waits for a lock of somebody who has died.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Put, TransactWriteItem};
use sansfond_domain::ports::{Applied, Books, BooksError, PortError, Rule, Scope};
use sansfond_domain::rules::{Change, Decision, Earlier, Snapshot};
use sansfond_domain::{AccountId, JobId, Timestamp};
use serde::{Deserialize, Serialize};

use super::rows::{BALANCE, LEDGER, PROFILE, Row, account_pk, job_sk, key, number, read, row, text};
use super::{SERVICE, Table};
use crate::error::{port, strange};

/// Each loss means that somebody else has won; a balance holds a few dozen open jobs at most.
const ATTEMPTS: u32 = 40;
const FIRST_PAUSE: Duration = Duration::from_millis(8);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

#[derive(Serialize, Deserialize)]
struct Record {
    fingerprint: String,
    job: JobId,
    /// The same moment twice: for rules, and in seconds for DynamoDB, which may be days late with it.
    until: Timestamp,
    ttl: i64,
}

/// What was read, and the revisions that it had.
struct Seen {
    snapshot: Snapshot,
    job_rev: Option<u64>,
    balance_rev: Option<u64>,
    record_rev: Option<u64>,
}

enum Written {
    Yes,
    SomebodyWasQuicker,
}

#[async_trait]
impl Books for Table {
    async fn apply(&self, scope: &Scope, rule: Rule<'_>) -> Result<Applied, BooksError> {
        for attempt in 0..ATTEMPTS {
            let seen = self.look(scope).await?;
            let decision = rule(&seen.snapshot)?;
            let written = match &decision {
                Decision::Write(change) => self.write(scope, &seen, change).await?,
                Decision::Nothing | Decision::Earlier(_) => Written::Yes,
            };
            match written {
                Written::Yes => return Ok(Applied { decision, seen: seen.snapshot }),
                Written::SomebodyWasQuicker => tokio::time::sleep(pause(attempt, fastrand::f64())).await,
            }
        }
        Err(BooksError::Contended)
    }
}

/// Full jitter: anywhere between nothing and a limit that doubles.
fn pause(attempt: u32, random: f64) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).min(LONGEST_PAUSE).mul_f64(random)
}

fn revision(row: &Row) -> Option<u64> {
    row.get("rev")?.as_n().ok()?.parse().ok()
}

impl Table {
    async fn look(&self, scope: &Scope) -> Result<Seen, PortError> {
        let pk = account_pk(&scope.account);
        let job = async {
            match &scope.job {
                Some(id) => self.get(key(pk.clone(), job_sk(id))).await,
                None => Ok(None),
            }
        };
        let record = async {
            match &scope.idempotency_key {
                Some(name) => self.get(key(pk.clone(), record_sk(name))).await,
                None => Ok(None),
            }
        };
        let source = async {
            match &scope.source {
                Some(source) => self.is_held(&scope.account, source).await,
                None => Ok(false),
            }
        };
        let (account, balance, job, record, source_is_held) = tokio::try_join!(
            self.get(key(pk.clone(), PROFILE)),
            self.get(key(pk.clone(), BALANCE)),
            job,
            record,
            source
        )?;
        let [job_rev, balance_rev, record_rev] =
            [&job, &balance, &record].map(|row| row.as_ref().and_then(revision));
        let record = record.map(read::<Record>).transpose()?;
        let snapshot = Snapshot {
            account: account.map(read).transpose()?,
            balance: balance.map(read).transpose()?,
            job: job.map(read).transpose()?,
            earlier: record.map(|Record { fingerprint, job, until, .. }| Earlier { fingerprint, job, until }),
            source_is_held,
        };
        Ok(Seen { snapshot, job_rev, balance_rev, record_rev })
    }

    async fn write(&self, scope: &Scope, seen: &Seen, change: &Change) -> Result<Written, PortError> {
        let account = &scope.account;
        let mut writes = vec![self.put_job(account, change, seen.job_rev)?];
        if let Some(balance) = &change.balance {
            let balance = row(account_pk(account), BALANCE.to_owned(), balance)?;
            writes.push(self.put(balance, seen.balance_rev)?);
        }
        if seen.job_rev.is_none() {
            // A new job must not be written behind the back of somebody who deletes the account.
            writes.push(self.account_exists(account)?);
            writes.extend(self.hold(&change.job)?);
        }
        if let Some(entry) = &change.entry {
            let sk = format!("{LEDGER}{:013}#{}#{}", entry.at.millis(), entry.job, entry.reason.name());
            writes.push(self.put(row(account_pk(account), sk, entry)?, None)?);
        }
        if let (Some(name), Some(record)) = (&scope.idempotency_key, &change.record) {
            let Earlier { fingerprint, job, until } = record.clone();
            let record = Record { fingerprint, job, until, ttl: until.seconds() };
            writes.push(self.put(row(account_pk(account), record_sk(name), &record)?, seen.record_rev)?);
        }
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        match sent {
            Ok(_) => Ok(Written::Yes),
            Err(error) if error.as_service_error().is_some_and(may_try_again) => {
                Ok(Written::SomebodyWasQuicker)
            }
            Err(error) => Err(port(SERVICE, "TransactWriteItems")(error)),
        }
    }

    fn put_job(
        &self,
        account: &AccountId,
        change: &Change,
        rev: Option<u64>,
    ) -> Result<TransactWriteItem, PortError> {
        let mut job = row(account_pk(account), job_sk(&change.job.id), &change.job)?;
        if change.job.due_at.is_some() {
            job.insert("due_pk".to_owned(), text("open"));
        }
        self.put(job, rev)
    }

    /// Writes a row that has the revision `rev`, or is not there yet.
    fn put(&self, mut row: Row, rev: Option<u64>) -> Result<TransactWriteItem, PortError> {
        row.insert("rev".to_owned(), number(rev.unwrap_or(0) + 1));
        let put = Put::builder().table_name(&self.name).set_item(Some(row));
        let put = match rev {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(rev) => put
                .condition_expression("rev = :rev")
                .expression_attribute_values(":rev", AttributeValue::N(rev.to_string())),
        };
        let put = put.build().map_err(|error| strange(SERVICE, "building a write", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Writes nothing if the account is gone.
    pub(super) fn account_exists(&self, account: &AccountId) -> Result<TransactWriteItem, PortError> {
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(key(account_pk(account), PROFILE)))
            .condition_expression("attribute_exists(pk)")
            .build()
            .map_err(|error| strange(SERVICE, "building a check", error))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}

fn record_sk(name: &str) -> String {
    format!("idem#{name}")
}

/// Whether a transaction failed only because of others, or of a limit that passes.
fn may_try_again(error: &TransactWriteItemsError) -> bool {
    match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let mut codes = cancelled
                .cancellation_reasons()
                .iter()
                .filter_map(|reason| reason.code())
                .filter(|code| *code != "None");
            codes.all(|code| {
                matches!(
                    code,
                    "ConditionalCheckFailed"
                        | "TransactionConflict"
                        | "ThrottlingError"
                        | "ProvisionedThroughputExceeded"
                )
            })
        }
        TransactWriteItemsError::TransactionInProgressException(_)
        | TransactWriteItemsError::ProvisionedThroughputExceededException(_) => true,
        other => other.code() == Some("ThrottlingException"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_are_random() {
        assert_eq!(pause(0, 1.0), Duration::from_millis(8));
        assert_eq!(pause(3, 0.5), Duration::from_millis(32));
        assert_eq!(pause(39, 1.0), LONGEST_PAUSE);
        assert_eq!(pause(39, 0.0), Duration::ZERO);
    }
}
