//! What every program does first: start its log and read its settings.
//!
//! The environment is read here and nowhere else. What is deliberately not here: defaults and
//! meanings, which belong to the struct that each program fills.

pub mod log;
pub mod settings;
