//! The Lambda that looks into videos that have come: whether they can be read, whether the plan allows
//! them, and what there is to work on. FFmpeg lies inside, so it is a package of its own.
//!
//! [`look`] finds out what a file is, [`events`] says what becomes of its job. What is deliberately not
//! here: rules (the domain's), the probe (the video crate's), machines (somebody else reads the queue).

pub mod events;
pub mod look;
