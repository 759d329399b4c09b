//! The JSON routes, and the events that cut nothing out. Each is a Lambda function of its own, with the
//! permissions that its ports need and no others.
//!
//! A route file takes typed input, calls one rule and returns a view. Deliberately absent: rules, AWS,
//! networks of neurons. One picture is looked into here, the one that shall stand behind a video.

mod backdrops;
mod credit_views;
pub mod events;
mod owner_mail;
pub mod routes;
mod schemas;
mod sessions;
mod video_uploads;
mod views;

use sansfond_boot::Function;

/// The functions of this package's program.
#[must_use]
pub fn functions() -> Vec<Function> {
    [routes::FUNCTIONS, events::FUNCTIONS].concat()
}
