//! The only Lambda package that cuts pictures out: uploads that have arrived, pictures that are cut out while
//! the client waits, small ones for who only tries, and pictures behind links.
//!
//! [`cutout`] works on one picture, [`work`] carries a job from its upload to its end. What is deliberately not here:
//! rules (the domain's), AWS (the ports'), networks and mattes (the engine's), how a link is followed (`shared/fetch`).

pub mod boot;
pub mod cutout;
pub mod events;
pub mod routes;
pub mod work;

use sansfond_boot::Function;

/// The functions that hold the model: those of this package's first program.
#[must_use]
pub fn functions() -> Vec<Function> {
    [routes::FUNCTIONS, events::FUNCTIONS].concat()
}
