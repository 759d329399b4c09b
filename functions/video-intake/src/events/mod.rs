//! What happens without a request. One file, one line here, one function in the template.

pub mod video_intake;

use sansfond_boot::{Function, run_messages};

/// Every event as a function of its own.
pub const FUNCTIONS: &[Function] = &[Function::event("video_intake", || run_messages(video_intake::handler))];
