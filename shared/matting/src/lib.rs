//! Pixels → alpha: which model, how it is run, and what becomes of its answer.
//!
//! The way of a picture: [`catalog`] says what a model wants and where its weights come from,
//! [`weights`] finds and checks them, [`runtime`] loads ONNX Runtime, [`session`] owns the network
//! on a thread of its own, [`recipe`] turns pixels into tensors and tensors into a [`Matte`],
//! [`refine`] brings the matte to the picture's own resolution and cleans its colors, and
//! [`cutout`] does all of it in order.
//!
//! What is deliberately not here: downloads (the command line does them), HTTP, AWS, async,
//! environment variables. A network never runs on the thread that asked for it.

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

mod matte;
mod models;
mod prepare;

pub use catalog::{Catalog, Commercial, Model};
pub use cutout::{CutoutError, CutoutOptions, CutoutResult, Refinement, Timings, cut_out};
pub use frames::Frames;
pub use matte::Matte;
pub use matting_model::{LoadOptions, MattingModel, ModelLoadError};
pub use models::cloth::ClothCategory;
pub use models::sam::{Mark, Prompt};
pub use provider::Provider;
pub use recipe::RecipeStyle;
pub use runtime::{Runtime, RuntimeError};
pub use session::InferenceError;
pub use strokes::Strokes;
pub use subjects::Subject;
pub use weights::{WeightStore, WeightsError};
