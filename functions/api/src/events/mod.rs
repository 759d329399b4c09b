//! What happens without a request.

pub mod expire_jobs;
pub mod fail_dead_letters;

/// The names of their programs.
pub const NAMES: &[&str] = &["expire_jobs", "fail_dead_letters"];
