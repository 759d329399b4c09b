//! The first steps of every program: starting the log and reading settings.
//!
//! The environment is read here and nowhere else. Deliberately absent: defaults and meanings, which belong to
//! the settings struct of each program.

pub mod log;
pub mod settings;
