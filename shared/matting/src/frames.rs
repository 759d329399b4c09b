//! Mattes for the frames of a video, in order.
//!
//! Differences from a still picture: values are not normalized frame by frame; a frame without a subject has
//! an empty matte and is not an error; the matte is made first, so that it can be smoothed over time before
//! soft pixels get their colors; several frames may go through the network in one batch; and some networks
//! are recurrent.

use std::borrow::Borrow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use image::{GrayImage, RgbImage};
use sansfond_imaging::frames::{Cause, FrameMatting};
use sansfond_imaging::{Cutout, Picture};

use crate::cutout::NetworkInput;
use crate::matte::MatteOutput;
use crate::models::rvm::RecurrentState;
use crate::refine::transparency;
use crate::{CutoutOptions, InferenceError, MattingModel, Provider};

/// Frames that a recurrent network processes before the first frame of the output: half a second of a film.
/// In these networks later frames outweigh earlier ones. More frames would take more memory.
const WARM_UP: usize = 12;

/// A model with its state for one video, borrowed or owned. A recurrent network needs one for each video.
#[derive(Debug)]
pub struct Frames<M> {
    matting_model: M,
    /// Foreground colors are off in these options, because they are estimated after smoothing.
    options: CutoutOptions,
    foreground: f32,
    batch: AtomicUsize,
    state: Mutex<RecurrentState>,
}

impl<M: Borrow<MattingModel>> Frames<M> {
    /// `options` are those of a still picture.
    #[must_use]
    pub fn new(matting_model: M, mut options: CutoutOptions) -> Self {
        let foreground = std::mem::take(&mut options.foreground);
        options.request.steady = true;
        let provider = matting_model.borrow().provider();
        let frames = Self {
            matting_model,
            options,
            foreground,
            batch: AtomicUsize::new(1),
            state: Mutex::new(RecurrentState::default()),
        };
        frames.in_batches_of(match provider {
            // One frame keeps a CPU busy.
            Provider::Auto | Provider::Cpu | Provider::OpenVino => 1,
            Provider::Cuda => 8,
            // TensorRT would build an engine, which takes minutes, for each batch size.
            Provider::TensorRt => 1,
        })
    }

    /// Sets the batch size, whatever the provider, if the model supports batches. Larger batches are faster
    /// on a GPU and need more of its memory; if that is too small, frames are processed one by one.
    #[must_use]
    pub fn in_batches_of(self, frames: usize) -> Self {
        let batch = if self.matting_model.borrow().takes_batches() { frames.max(1) } else { 1 };
        Self { batch: AtomicUsize::new(batch), ..self }
    }

    /// Frames in one batch.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.batch.load(Ordering::Relaxed)
    }

    /// Resets the state: the next frame belongs to another scene, or to another place in the video.
    pub fn reset(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = RecurrentState::default();
    }

    /// The matte of a frame, at its size.
    ///
    /// # Errors
    /// [`InferenceError`].
    pub fn matte(&self, picture: &Picture) -> Result<GrayImage, InferenceError> {
        let mut mattes = self.mattes(&[picture])?;
        Ok(mattes.pop().expect("a matte for each frame. This is a bug."))
    }

    /// The mattes of frames in the order of the video, each at its frame's size.
    ///
    /// # Errors
    /// [`InferenceError`].
    pub fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, InferenceError> {
        // A frame that does not contain the region has an empty matte.
        let inputs: Vec<Option<NetworkInput<'_>>> =
            pictures.iter().map(|picture| NetworkInput::of(picture, &self.options).ok()).collect();
        let pixels: Vec<&RgbImage> = inputs.iter().flatten().map(|input| &*input.pixels).collect();
        let mut answers = self.infer(&pixels)?.into_iter();
        let mattes = inputs.iter().zip(pictures).map(|(input, picture)| {
            let alpha = input.as_ref().and_then(|input| {
                let answer = answers.next().expect("an answer for each frame. This is a bug.");
                input.alpha(&answer, self.matting_model.borrow().model(), &self.options)
            });
            let (width, height) = picture.dimensions();
            alpha.unwrap_or_else(|| GrayImage::new(width, height))
        });
        Ok(mattes.collect())
    }

    /// Runs batch after batch. If a batch fails, all `pictures` and all later frames are run one by one: the GPU's
    /// memory was too small, or the graph does not support the batches that its signature promises.
    fn infer(&self, pictures: &[&RgbImage]) -> Result<Vec<MatteOutput>, InferenceError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut in_batches_of = |size: usize| {
            let mut answers = Vec::with_capacity(pictures.len());
            for batch in pictures.chunks(size) {
                answers.extend(self.matting_model.borrow().mattes(
                    batch,
                    &self.options.request,
                    &mut state,
                )?);
            }
            Ok(answers)
        };
        let batch = self.batch();
        match in_batches_of(batch) {
            Err(error @ (InferenceError::Failed { .. } | InferenceError::UnexpectedShape { .. }))
                if batch.min(pictures.len()) > 1 =>
            {
                let reason: &dyn std::error::Error = &error;
                tracing::warn!(
                    batch,
                    reason,
                    "a batch failed; the remaining frames are processed one by one"
                );
                self.batch.store(1, Ordering::Relaxed);
                in_batches_of(1)
            }
            answer => answer,
        }
    }

    /// Cuts the frame out by its matte; soft pixels get the estimated foreground colors.
    #[must_use]
    pub fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        let mut color = picture.color;
        transparency::estimate_foreground(&mut color, &alpha, picture.alpha.as_ref(), self.foreground);
        Cutout { color, alpha }
    }
}

impl<M: Borrow<MattingModel> + Sync> FrameMatting for Frames<M> {
    fn batch(&self) -> usize {
        self.batch()
    }

    fn warm_up(&self) -> usize {
        if self.matting_model.borrow().is_recurrent() { WARM_UP } else { 0 }
    }

    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        Ok(self.mattes(pictures)?)
    }

    fn reset(&self) {
        self.reset();
    }

    fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        self.cutout(picture, alpha)
    }
}
