//! The event handlers. Each has one file, one line here and one function in the template.

pub mod deliver_events;
pub mod dispatch_video;
pub mod expire_jobs;
pub mod fail_dead_letters;
pub mod settle_video;

use sansfond_boot::{Function, run_events, run_messages, run_scheduled};

pub const FUNCTIONS: &[Function] = &[
    Function::event("deliver_events", || run_events(deliver_events::handler)),
    Function::event("dispatch_video", || run_messages(dispatch_video::handler)),
    Function::event("expire_jobs", || run_scheduled(expire_jobs::step)),
    Function::event("fail_dead_letters", || run_messages(fail_dead_letters::handler)),
    Function::event("settle_video", || run_messages(settle_video::handler)),
];
