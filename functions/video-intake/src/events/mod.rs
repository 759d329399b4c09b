//! The event handlers. Each has one file, one line here and one function in the template.

pub mod video_intake;

use sansfond_boot::{Function, run_messages};

pub const FUNCTIONS: &[Function] = &[Function::event("video_intake", || run_messages(video_intake::handler))];
