//! One table for everything. Its access patterns:
//!
//! | what | pk | sk | written by |
//! | --- | --- | --- | --- |
//! | account by ID | `account#<id>` | `profile` | [`accounts`] |
//! | credits of an account | `account#<id>` | `balance` | [`transactions`] |
//! | job by ID; jobs of an account, newest first | `account#<id>` | `job#<job>` | [`transactions`] |
//! | open jobs that are due | index `due`: `due_pk` = `open`, `due_at` | | [`transactions`] |
//! | ledger of an account, newest first | `account#<id>` | `ledger#<milliseconds>#<cause>` | [`transactions`] |
//! | records of operations: a client's request (24 hours), a payment, a refund, a gift, a period of a plan, an email | `account#<id>` | `record#<kind>#<id>` | [`transactions`] |
//! | events, a week; delivered by the table's stream and never queried | `account#<id>` | `outbox#<event>` | [`outbox`] |
//! | jobs that need a video | `account#<id>` | `video#<the job that it was uploaded for>` | [`sources`] |
//! | API keys of an account | `account#<id>` | `key#<key>` | [`api_keys`] |
//! | API key by hash | `key#<sha256>` | `key` | [`api_keys`] |
//! | requests of a subject in a window | `rate#<subject>#<start>` | `count` | [`rate`] |
//! | feedback, a year | `feedback` | `<milliseconds>#<random>` | [`feedback`] |
//!
//! A job's ID sorts by time and its key contains its owner, so neither needs an index. An event of S3 has been
//! processed if its job contains the version of the upload. `ttl` is in seconds; DynamoDB may delete a row days
//! later, so readers of such a row check the time. `rev` counts the writes of a row and is the condition of the
//! next write.

pub mod accounts;
pub mod api_keys;
pub mod credits;
pub mod feedback;
pub mod jobs;
pub mod outbox;
pub mod rate;
pub mod records;
mod rows;
pub mod sources;
pub mod transactions;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;

const SERVICE: &str = "DynamoDB";
/// The sparse index of open jobs, by the time at which they are due.
const DUE_INDEX: &str = "due";

/// The DynamoDB table.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// A client for the table with this name.
    #[must_use]
    pub fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: Client::new(config), name }
    }
}
