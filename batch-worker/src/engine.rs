//! Loads the matting model for a job.

use sansfond_engine::{Engine, EngineError, EngineSettings};
use sansfond_imaging::frames::{Cause, FrameMatting};
use sansfond_matting::matting_model::WhenFull;
use sansfond_matting::{CutoutOptions, Frames, MattingModel};

/// Loads the matting. It is called on a thread that may block, once the worker holds the job.
pub type MattingLoader = dyn Fn() -> Result<Box<dyn FrameMatting + Send>, Cause> + Send + Sync;

/// Loads the model for frames. `at_once` is the batch size, if the graph supports batches; `None` means the
/// default of the provider.
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
    tracing::info!(frames_at_once = frames.batch(), "the model is ready for frames");
    Ok(frames)
}
