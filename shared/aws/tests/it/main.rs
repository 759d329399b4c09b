//! All ports on AWS, through the real SDK, against DynamoDB and S3 in this process.

mod accidents;
mod accounts;
mod contention;
mod erasing;
mod files;
mod keys;
mod links;
mod listing;
mod machines;
mod money;
mod outbox;
mod parts;
mod rates;
mod sources;
mod sweeping;
mod test_table;
mod transactions;
