//! The Lambda functions that process images: uploaded images, images in a request, previews without an account, and
//! images behind links.
//!
//! [`cutout`] processes one image, [`work`] runs a job from its upload to its end. Deliberately absent: rules (the
//! domain's), AWS (the ports'), models and mattes (the engine's), following links (`shared/fetch`).

#![allow(missing_docs, reason = "a program: no other project uses its items")]

pub mod boot;
pub mod cutout;
pub mod events;
pub mod routes;
pub mod work;

use sansfond_boot::Function;

/// The functions that load the model. `fetch_image` is a program of its own.
#[must_use]
pub fn functions() -> Vec<Function> {
    [routes::FUNCTIONS, events::FUNCTIONS].concat()
}
