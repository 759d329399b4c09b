//! The worker that AWS Batch starts for one video: from the job in the table to its result in the bucket.
//!
//! `worker` takes the job and ends it, `pipeline` processes the video, segment by segment, `progress` extends
//! the lease and detects a lost job, `shutdown` holds the reason of an early end. A worker that is killed
//! leaves finished segments in the bucket, and the next worker continues after them.
//!
//! Deliberately absent: decisions about jobs and credits (the rules of `domain` make them), and any knowledge
//! of whether the machine is rented from AWS.

#![allow(missing_docs, reason = "a program: nothing outside of it uses these items")]

pub mod engine;
pub mod failure;
pub mod pipeline;
mod preview;
pub mod progress;
pub mod range_cache;
pub mod segments;
pub mod settings;
pub mod shutdown;
pub mod worker;
