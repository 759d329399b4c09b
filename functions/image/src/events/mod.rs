//! The event handlers. Each has one file, one line here and one function in the template.

pub mod cut_out_upload;

use sansfond_boot::{Function, run_messages};

pub const FUNCTIONS: &[Function] = &[Function {
    gradual: true,
    ..Function::event("cut_out_upload", || run_messages(cut_out_upload::handler))
}];
