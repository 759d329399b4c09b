//! Jobs and credits, in one transaction.
//!
//! Optimistic concurrency: read the rows of the rule, call the rule, and write on the condition that none of the
//! rows has changed since. If the condition fails, repeat after a random pause. So a hundred requests on ten
//! credits end with ten jobs, and no request waits for the lock of one that has died.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Put, TransactWriteItem};
use sansfond_domain::ports::{Applied, PortError, Rule, Scope, TransactionError, Transactions};
use sansfond_domain::record::{Effect, Record, RecordKey};
use sansfond_domain::rules::{Change, Decision, Snapshot};
use sansfond_domain::{AccountId, Job, Timestamp};
use serde::{Deserialize, Serialize};

use super::accounts::EXISTS;
use super::rows::{BALANCE, LEDGER, PROFILE, Row, account_pk, job_sk, key, number, read, row, text};
use super::{SERVICE, Table};
use crate::error::{port, strange};

/// A failed attempt means that another writer succeeded; a balance holds a few dozen open jobs, and an account a few
/// dozen API keys at most.
pub(super) const ATTEMPTS: u32 = 40;
const FIRST_PAUSE: Duration = Duration::from_millis(8);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// The maximum number of rows of one `TransactWriteItems`.
const MOST_WRITES: usize = 100;

#[derive(Serialize, Deserialize)]
struct RecordRow {
    fingerprint: String,
    effect: Effect,
    /// The same time twice: for rules, and in seconds for DynamoDB, which may delete the row days later. Both are
    /// absent in a record that does not expire.
    until: Option<Timestamp>,
    ttl: Option<i64>,
}

/// The rows that were read, and their revisions.
struct VersionedSnapshot {
    snapshot: Snapshot,
    job_rev: Option<u64>,
    balance_rev: Option<u64>,
    record_revs: HashMap<RecordKey, u64>,
}

enum WriteOutcome {
    Written,
    Conflict,
}

#[async_trait]
impl Transactions for Table {
    async fn apply(&self, scope: &Scope, rule: Rule<'_>) -> Result<Applied, TransactionError> {
        for attempt in 0..ATTEMPTS {
            let seen = self.versioned(scope).await?;
            let decision = rule(&seen.snapshot)?;
            let written = match &decision {
                Decision::Write(change) => self.write(scope, &seen, change).await?,
                Decision::Nothing | Decision::Earlier(_) => WriteOutcome::Written,
            };
            match written {
                WriteOutcome::Written => return Ok(Applied { decision, seen: seen.snapshot }),
                WriteOutcome::Conflict => tokio::time::sleep(pause(attempt, fastrand::f64())).await,
            }
        }
        Err(TransactionError::Contended)
    }

    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, PortError> {
        Ok(self.versioned(scope).await?.snapshot)
    }
}

/// Full jitter: a random duration between zero and a limit that doubles.
pub(super) fn pause(attempt: u32, random: f64) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).min(LONGEST_PAUSE).mul_f64(random)
}

fn revision(row: &Row) -> Option<u64> {
    row.get("rev")?.as_n().ok()?.parse().ok()
}

impl Table {
    async fn versioned(&self, scope: &Scope) -> Result<VersionedSnapshot, PortError> {
        let pk = account_pk(&scope.account);
        let job = async {
            match &scope.job {
                Some(id) => self.get(key(pk.clone(), job_sk(id))).await,
                None => Ok(None),
            }
        };
        let records = async {
            let mut records = Vec::new();
            for name in &scope.records {
                if let Some(row) = self.get(key(pk.clone(), record_sk(name))).await? {
                    records.push((name.clone(), row));
                }
            }
            Ok(records)
        };
        let source = async {
            match &scope.source {
                Some(source) => self.is_held(&scope.account, source).await,
                None => Ok(false),
            }
        };
        let (account, balance, job, rows, source_is_held) = tokio::try_join!(
            self.profile(&scope.account),
            self.get(key(pk.clone(), BALANCE)),
            job,
            records,
            source
        )?;
        let [job_rev, balance_rev] = [&job, &balance].map(|row| row.as_ref().and_then(revision));
        let (mut records, mut record_revs) = (Vec::new(), HashMap::new());
        for (key, row) in rows {
            record_revs.extend(revision(&row).map(|rev| (key.clone(), rev)));
            let RecordRow { fingerprint, effect, until, .. } = read(row)?;
            records.push(Record { key, fingerprint, effect, until });
        }
        let snapshot = Snapshot {
            account: account.map(read).transpose()?,
            balance: balance.map(read).transpose()?,
            job: job.map(read).transpose()?,
            records,
            source_is_held,
        };
        Ok(VersionedSnapshot { snapshot, job_rev, balance_rev, record_revs })
    }

    async fn write(
        &self,
        scope: &Scope,
        seen: &VersionedSnapshot,
        change: &Change,
    ) -> Result<WriteOutcome, PortError> {
        let account = &scope.account;
        let mut writes = Vec::new();
        if let Some(job) = &change.job {
            writes.push(self.put_job(account, job, seen.job_rev)?);
        }
        if let Some(balance) = &change.balance {
            let balance = row(account_pk(account), BALANCE.to_owned(), balance)?;
            writes.push(self.put(balance, seen.balance_rev)?);
        }
        if change.job.is_none() || seen.job_rev.is_none() {
            // Nothing new may be written for an account that is being deleted. An existing job is deleted with its
            // account, and then the condition on the job fails.
            writes.push(self.account_exists(account)?);
        }
        if let (Some(job), None) = (&change.job, seen.job_rev) {
            writes.extend(self.hold(job)?);
        }
        for entry in &change.entries {
            let sk = format!("{LEDGER}{}", entry.sort_key());
            writes.push(self.put(row(account_pk(account), sk, entry)?, None)?);
        }
        for Record { key, fingerprint, effect, until } in change.records.iter().cloned() {
            let (sk, rev) = (record_sk(&key), seen.record_revs.get(&key).copied());
            let record = RecordRow { fingerprint, effect, until, ttl: until.map(Timestamp::seconds) };
            writes.push(self.put(row(account_pk(account), sk, &record)?, rev)?);
        }
        for event in &change.events {
            writes.push(self.put_event(event)?);
        }
        if writes.len() > MOST_WRITES {
            let text = format!("a change has {} rows, a transaction takes {MOST_WRITES}", writes.len());
            return Err(strange(SERVICE, "TransactWriteItems", text));
        }
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        match sent {
            Ok(_) => Ok(WriteOutcome::Written),
            Err(error) if error.as_service_error().is_some_and(may_try_again) => Ok(WriteOutcome::Conflict),
            Err(error) => Err(port(SERVICE, "TransactWriteItems")(error)),
        }
    }

    fn put_job(
        &self,
        account: &AccountId,
        job: &Job,
        rev: Option<u64>,
    ) -> Result<TransactWriteItem, PortError> {
        let mut row = row(account_pk(account), job_sk(&job.id), job)?;
        if job.due_at.is_some() {
            row.insert("due_pk".to_owned(), text("open"));
        }
        self.put(row, rev)
    }

    /// The write of a row that has the revision `rev`, or does not exist yet if that is `None`.
    pub(super) fn put(&self, mut row: Row, rev: Option<u64>) -> Result<TransactWriteItem, PortError> {
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

    /// A condition: the transaction fails if the account does not exist.
    pub(super) fn account_exists(&self, account: &AccountId) -> Result<TransactWriteItem, PortError> {
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(key(account_pk(account), PROFILE)))
            .condition_expression(EXISTS)
            .build()
            .map_err(|error| strange(SERVICE, "building a check", error))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}

fn record_sk(key: &RecordKey) -> String {
    format!("record#{key}")
}

/// Whether a transaction failed only because of concurrent writes or throttling.
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
