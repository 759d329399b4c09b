//! Pixels → alpha: choosing, loading and running a model, and refining its matte.
//!
//! The steps for a picture: [`catalog`] has the properties of the models and the sources of their weights,
//! [`weights`] finds and verifies these files, [`runtime`] loads ONNX Runtime, [`session`] runs a network on
//! its own thread, [`recipe`] converts pixels to tensors and tensors to a [`Matte`], [`refine`] scales
//! the matte to the picture's resolution and removes the background from its colors, and [`cutout`] runs all of it in order.
//!
//! Deliberately absent: downloads (the command line does them), HTTP, AWS, async, environment variables. A
//! network never runs on the thread of the caller.

pub mod catalog;
pub mod cutout;
pub mod frames;
pub mod matting_model;
pub mod onnx;
pub mod provider;
pub mod recipe;
pub mod refine;
pub mod runtime;
pub mod session;
pub mod strokes;
pub mod subjects;
pub mod weights;

mod load_error;
mod matte;
mod models;
mod prepare;
mod session_factory;

pub use catalog::{Catalog, Commercial, Model};
pub use cutout::{CutoutError, CutoutOptions, CutoutResult, Refinement, Timings, cut_out};
pub use frames::Frames;
pub use load_error::ModelLoadError;
pub use matte::{Matte, MatteOutput};
pub use matting_model::{LoadOptions, MattingModel};
pub use models::cloth::ClothCategory;
pub use models::sam::{Mark, Prompt};
pub use provider::Provider;
pub use recipe::RecipeStyle;
pub use runtime::{Runtime, RuntimeError};
pub use session::InferenceError;
pub use strokes::Strokes;
pub use subjects::Subject;
pub use weights::{WeightStore, WeightsError};
