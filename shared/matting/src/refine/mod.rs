//! From the network's matte to the picture's own edge.
//!
//! [`guided`] brings the matte to full resolution along the picture's edges, [`foreground`] finds
//! the colors that the subject would have without its background, [`edges`] sharpens soft alpha by
//! those colors, and [`post_process`] is rembg's hard mask for those who want it.

pub mod edges;
pub mod foreground;
pub mod guided;
pub mod post_process;
