//! One command, one module.

pub(crate) mod completions;
pub(crate) mod image;
pub(crate) mod models;
