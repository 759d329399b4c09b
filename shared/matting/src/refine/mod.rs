//! Refinement: from the network's matte to the picture's resolution.
//!
//! [`guided`] scales the matte to full resolution along the picture's edges, [`foreground`] estimates the
//! colors of the subject without its background, [`edges`] sharpens soft alpha by those colors, and
//! [`post_process`] is rembg's hard mask.

pub mod edges;
pub mod foreground;
pub mod guided;
pub mod post_process;
pub(crate) mod transparency;
