//! What happens without a request.

pub mod dispatch_video;
pub mod expire_jobs;
pub mod fail_dead_letters;
pub mod settle_video;

/// The names of their programs.
pub const NAMES: &[&str] = &["dispatch_video", "expire_jobs", "fail_dead_letters", "settle_video"];
