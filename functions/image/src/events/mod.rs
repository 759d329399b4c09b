//! What comes without anybody waiting for an answer. One file, one program in `bin/`, one function in
//! the template.

pub mod cut_out_upload;

/// The names of their programs.
pub const NAMES: &[&str] = &["cut_out_upload"];
