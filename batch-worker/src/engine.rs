//! Loads the matting model for a job.

use sansfond_engine::{Engine, EngineError, EngineSettings};
use sansfond_imaging::frames::{Cause, FrameMatting};
use sansfond_matting::matting_model::WhenFull;
use sansfond_matting::{CutoutOptions, Frames, MattingModel};

/// Loads the matting model. The worker calls it after it has taken the job, on a thread that may block.
pub type MattingLoader = dyn Fn() -> Result<Box<dyn FrameMatting + Send>, Cause> + Send + Sync;

/// Loads the model for frames. `batch_size` applies if the graph supports batches; `None` means the
/// default of the provider.
///
/// # Errors
/// [`EngineError`].
pub fn load(
    settings: &EngineSettings,
    batch_size: Option<usize>,
) -> Result<Frames<MattingModel>, EngineError> {
    let matting_model = Engine::load(settings, WhenFull::Wait)?.matting_model;
    let frames = Frames::new(matting_model, CutoutOptions::default());
    let frames = match batch_size {
        Some(batch_size) => frames.in_batches_of(batch_size),
        None => frames,
    };
    tracing::info!(frames_at_once = frames.batch(), "the model is ready for frames");
    Ok(frames)
}
