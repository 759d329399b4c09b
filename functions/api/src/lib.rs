//! The JSON routes, and the event handlers that do not process images. Each is a Lambda function of its own, with only
//! the permissions that its ports need.
//!
//! A route file takes typed input, calls one rule and returns a view. Deliberately absent: rules, AWS and models. The
//! only images decoded here are the background images of videos.

#![allow(missing_docs, reason = "a program: no other project uses its items")]

mod backdrops;
mod credit_views;
mod earlier_access;
pub mod events;
mod owner_mail;
pub mod routes;
mod schemas;
mod video_uploads;
mod views;

use sansfond_boot::Function;

#[must_use]
pub fn functions() -> Vec<Function> {
    [routes::FUNCTIONS, events::FUNCTIONS].concat()
}
