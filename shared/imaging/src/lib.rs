//! Bytes ⇄ pixels: decoding, color, geometry, compositing and encoding of still pictures.
//!
//! A picture enters as untrusted bytes; [`decode`] returns upright 8-bit sRGB pixels. [`compose`] turns a
//! [`Cutout`] into the requested picture, and [`encode`] makes a file of it.
//!
//! Deliberately absent: neural networks, files and folders, network access, async. The crate reads no
//! environment variable and trusts neither a file name nor a declared type.

pub mod backdrop;
pub mod background;
pub mod compose;
pub mod decode;
pub mod encode;
pub mod frames;
pub mod hdr;
pub mod layout;
pub mod length;
pub mod limits;
pub mod resize;
pub mod shadow;
pub mod thumbnail;

mod blend;
mod color;
mod picture;

pub use background::{Background, parse_color};
pub use compose::{Arrangement, Composed, Composition, compose};
pub use decode::{DecodeError, decode};
pub use encode::{
    EncodeError, EncodeOptions, ImageFormat, PngCompression, encode, encode_matte, encode_rgba, format_for,
};
pub use layout::{Layout, Placement, Rect, Region};
pub use length::Length;
pub use limits::Limits;
pub use picture::{Cutout, Picture};
pub use shadow::{PlacedShadow, Shadow};
