//! What happens without a request. One file, one line here, one function in the template.

pub mod cut_out_upload;

use sansfond_boot::{Function, run_messages};

/// Every event as a function of its own.
pub const FUNCTIONS: &[Function] = &[Function {
    gradual: true,
    ..Function::event("cut_out_upload", || run_messages(cut_out_upload::handler))
}];
