//! The Lambda function that probes uploaded videos: whether they are readable, whether the plan allows them, and which
//! part to process. A package of its own, because it contains FFmpeg.
//!
//! [`look`] probes a file, [`events`] updates its job. Deliberately absent: rules (the domain's), the probe itself (the
//! video crate's) and AWS Batch (`dispatch_video` submits the jobs).

#![allow(missing_docs, reason = "a program: no other project uses its items")]

pub mod events;
pub mod look;
