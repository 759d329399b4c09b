//! What may be asked of a picture or a video, checked when it is read, and the files that can come out.
//!
//! Each option is written once, here: the API's description is derived from the same structure that JSON, forms
//! and queries are read into. The units are in docs/decisions/0040-units-of-options.md.
//!
//! Deliberately absent: pixels, and what an option costs. `imaging` draws the options, `domain` has the rules.

mod background;
mod error;
mod fields;
mod format;
mod image;
mod text;
mod video;

pub use background::{Backdrop, VideoBackdrop};
pub use error::OptionError;
pub use fields::{field_names, nearest};
pub use format::{OutputFormat, OutputRow, QUALITY, UnknownFormat, VideoFormat, VideoRow};
pub use image::{Channels, ImageOptions, Percent};
pub use video::{BACKDROP_BYTES, BACKDROP_PIXELS, BACKDROP_SIDE, PREVIEW_MS, PREVIEW_SIDE, VideoOptions};
