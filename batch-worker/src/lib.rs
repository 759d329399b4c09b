//! The worker that AWS Batch starts for one video: from the job in the books to its result in the bucket.
//!
//! `worker` takes the job and ends it, `pipeline` does the work in between, segment after segment,
//! `progress` keeps the job and notices when it is lost, `shutdown` says why the work ends early.
//! Whoever is killed leaves finished segments in the bucket, and the next worker goes on behind them.
//!
//! Deliberately absent: who may have what (the rules of `domain` decide), and any knowledge of whether
//! the machine is rented from AWS or stands under a desk.

pub mod engine;
pub mod failure;
pub mod pipeline;
mod poster;
pub mod progress;
pub mod range_cache;
pub mod segments;
pub mod settings;
pub mod shutdown;
pub mod worker;
