//! The frames of a video, one after the other.
//!
//! What differs from a still picture: values are not stretched frame by frame, a frame without a subject
//! is an empty matte and no error, the matte comes first, so that it can be steadied before soft pixels
//! get their colors, several frames may go through the network at once, and some networks remember.

use std::borrow::Borrow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use image::{GrayImage, RgbImage};
use sansfond_imaging::frames::{Cause, FrameMatting};
use sansfond_imaging::{Cutout, Picture};

use crate::cutout::NetworkInput;
use crate::matting_model::MatteOutput;
use crate::models::rvm::Memory;
use crate::refine::foreground;
use crate::{CutoutOptions, InferenceError, MattingModel, Provider};

/// Frames that a network which remembers is shown before the first that counts: half a second of a film. By
/// how they are trained, later frames outweigh earlier ones; more would have to wait in memory.
const WARM_UP: usize = 12;

/// A model that looks at frames, borrowed or owned: one for each video, because it may remember.
#[derive(Debug)]
pub struct Frames<M> {
    matting_model: M,
    /// With colors left alone: they are found afterwards.
    options: CutoutOptions,
    foreground: f32,
    batch: AtomicUsize,
    memory: Mutex<Memory>,
}

impl<M: Borrow<MattingModel>> Frames<M> {
    /// `options` as for a still picture.
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
            memory: Mutex::new(Memory::default()),
        };
        frames.in_batches_of(match provider {
            // A CPU is busy with one frame already.
            Provider::Auto | Provider::Cpu | Provider::OpenVino => 1,
            Provider::Cuda => 8,
            // It would build an engine, which takes minutes, for each number of frames that comes.
            Provider::TensorRt => 1,
        })
    }

    /// Asks about so many frames at once, whatever the provider, if the model can. More are faster on a
    /// GPU and take more of its memory: where that is too small, it goes on one by one.
    #[must_use]
    pub fn in_batches_of(self, frames: usize) -> Self {
        let batch = if self.matting_model.borrow().takes_batches() { frames.max(1) } else { 1 };
        Self { batch: AtomicUsize::new(batch), ..self }
    }

    /// Frames that are asked about at once.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.batch.load(Ordering::Relaxed)
    }

    /// What comes next does not follow what came before: another scene, or another place in the video.
    pub fn forget(&self) {
        *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = Memory::default();
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
        // A frame that the region does not fit has nothing in it.
        let shown: Vec<Option<NetworkInput<'_>>> =
            pictures.iter().map(|picture| NetworkInput::of(picture, &self.options).ok()).collect();
        let pixels: Vec<&RgbImage> = shown.iter().flatten().map(|shown| &*shown.pixels).collect();
        let mut answers = self.ask(&pixels)?.into_iter();
        let mattes = shown.iter().zip(pictures).map(|(shown, picture)| {
            let alpha = shown.as_ref().and_then(|shown| {
                let answer = answers.next().expect("an answer for each frame. This is a bug.");
                shown.alpha(&answer, self.matting_model.borrow().model(), &self.options)
            });
            let (width, height) = picture.dimensions();
            alpha.unwrap_or_else(|| GrayImage::new(width, height))
        });
        Ok(mattes.collect())
    }

    /// Batch after batch. A batch that fails is tried again frame by frame, as is everything after it:
    /// the memory of the GPU was too small, or the graph does not keep what its signature promises.
    fn ask(&self, pictures: &[&RgbImage]) -> Result<Vec<MatteOutput>, InferenceError> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut in_batches_of = |batch: usize| {
            let mut answers = Vec::with_capacity(pictures.len());
            for together in pictures.chunks(batch) {
                answers.extend(self.matting_model.borrow().mattes(
                    together,
                    &self.options.request,
                    &mut memory,
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
                tracing::warn!(batch, reason, "frames are looked at one by one from here on");
                self.batch.store(1, Ordering::Relaxed);
                in_batches_of(1)
            }
            answer => answer,
        }
    }

    /// The frame with its matte, soft pixels in the subject's own colors.
    #[must_use]
    pub fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        let mut color = picture.color;
        foreground::estimate(&mut color, &alpha, self.foreground);
        Cutout { color, alpha }
    }
}

impl<M: Borrow<MattingModel> + Sync> FrameMatting for Frames<M> {
    fn batch(&self) -> usize {
        self.batch()
    }

    fn warm_up(&self) -> usize {
        if self.matting_model.borrow().remembers() { WARM_UP } else { 0 }
    }

    fn mattes(&self, pictures: &[&Picture]) -> Result<Vec<GrayImage>, Cause> {
        Ok(self.mattes(pictures)?)
    }

    fn forget(&self) {
        self.forget();
    }

    fn cutout(&self, picture: Picture, alpha: GrayImage) -> Cutout {
        self.cutout(picture, alpha)
    }
}
