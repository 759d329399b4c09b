//! The network that finds the subject, loaded when a job needs it and kept until it is done.

use sansfond_engine::{Engine, EngineError, EngineSettings};
use sansfond_imaging::frames::{Cause, FrameMatter};
use sansfond_matting::matter::WhenFull;
use sansfond_matting::{CutoutOptions, Frames, Matter};

/// Gives whoever makes mattes. Called on a thread that may block, once the job is ours.
pub type Load = dyn Fn() -> Result<Box<dyn FrameMatter + Send>, Cause> + Send + Sync;

/// Loads the model for frames, `at_once` of them in the network if its graph takes more than one; `None` is what
/// the provider likes.
///
/// # Errors
/// [`EngineError`].
pub fn load(settings: &EngineSettings, at_once: Option<usize>) -> Result<Frames<Matter>, EngineError> {
    let matter = Engine::load(settings, WhenFull::Wait)?.matter;
    let frames = Frames::new(matter, CutoutOptions::default());
    let frames = match at_once {
        Some(at_once) => frames.in_batches_of(at_once),
        None => frames,
    };
    tracing::info!(frames_at_once = frames.batch(), "frames can come");
    Ok(frames)
}
