//! The options of images and videos, validated when they are read, and the formats of results.
//!
//! Each option is defined once, here: JSON, forms and queries are read into the same structure, and the API's description
//! is derived from it. The units are in docs/decisions/0040-units-of-options.md.
//!
//! Deliberately absent: pixels and prices. `imaging` draws the options, `domain` has the rules.

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
pub use format::{ImageFormat, ImageFormatRow, QUALITY, UnknownFormat, VideoFormat, VideoFormatRow};
pub use image::{Channels, ImageOptions, Percent};
pub use video::{
    BACKDROP_BYTES, BACKDROP_PIXELS, BACKDROP_SENT_SIDE, BACKDROP_SIDE, PREVIEW_MS, PREVIEW_SIDE,
    VideoOptions,
};
