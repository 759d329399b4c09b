//! The network that finds the subject, loaded when a job needs it and kept until it is done.

use sansfond_engine::{Engine, EngineError, EngineSettings};
use sansfond_imaging::frames::{Cause, FrameMatting};
use sansfond_matting::matting_model::WhenFull;
use sansfond_matting::{CutoutOptions, Frames, MattingModel};

/// Gives whoever makes mattes. Called on a thread that may block, once the job is ours.
pub type MattingLoader = dyn Fn() -> Result<Box<dyn FrameMatting + Send>, Cause> + Send + Sync;

/// Loads the model for frames, `at_once` of them in the network if its graph takes more than one; `None` is what
/// the provider likes.
///
/// # Errors
/// [`EngineError`].
pub fn load(settings: &EngineSettings, at_once: Option<usize>) -> Result<Frames<MattingModel>, EngineError> {
    let matting_model = Engine::load(settings, WhenFull::Wait)?.matting_model;
    let frames = Frames::new(matting_model, CutoutOptions::default());
    let frames = match at_once {
        Some(at_once) => frames.in_batches_of(at_once),
        None => frames,
    };
    tracing::info!(frames_at_once = frames.batch(), "frames can come");
    Ok(frames)
}
