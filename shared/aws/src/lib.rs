//! The ports of the domain on AWS, one file for each service. The only crate that knows the SDK.
//!
//! Deliberately absent: rules (they get a snapshot and return a decision), HTTP, and the distinction between AWS
//! and the local cloud: the SDK reads `AWS_ENDPOINT_URL` itself.

pub mod batch;
pub mod cognito;
pub mod config;
pub mod dynamodb;
mod error;
pub mod events;
pub mod s3;
mod s3_bucket;
mod s3_long;
mod s3_multipart;
mod s3_ranges;
pub mod ses;
pub mod sqs;

pub use batch::Batch;
pub use cognito::UserPool;
pub use dynamodb::Table;
pub use s3_bucket::Bucket;
pub use ses::SesMailer;
pub use sqs::{Queue, QueueByKind};
