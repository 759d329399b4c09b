//! What comes without anybody waiting for an answer. One file, one program in `bin/`, one function in
//! the template.

pub mod video_intake;

/// The names of their programs.
pub const NAMES: &[&str] = &["video_intake"];
