//! A loaded model: pictures in, mattes out.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use image::RgbImage;

use crate::catalog::{Kind, Output};
use crate::load_error::ModelLoadError;
use crate::matte::MatteOutput;
use crate::models::cloth::{self, ClothCategory};
use crate::models::rvm::{self, RecurrentState};
use crate::models::sam::{self, Prompt};
use crate::onnx::Outputs;
use crate::prepare::Caches;
use crate::recipe::{self, Prepared, RecipeStyle, White};
use crate::session::{Inference, InferenceError, SessionThread, Tensor};
use crate::session_factory::SessionFactory;
use crate::weights;
use crate::{Matte, Model, Provider, Runtime, WeightStore};

/// Options for loading a model.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// Threads inside the network; `None` means one per core.
    pub threads: Option<usize>,
    /// Pictures that may queue for the network.
    pub queue_length: usize,
    /// What happens to a picture when the queue is full.
    pub when_full: WhenFull,
    /// The user's own file instead of the catalog's weights.
    pub weights: Option<PathBuf>,
    /// Folder for prepared graphs; `None` means the folder of the weights, which is searched in any case. Set
    /// it if that folder is read-only.
    pub prepared: Option<PathBuf>,
}

/// What happens to a picture when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits: for a folder of files.
    Wait,
    /// It is rejected with [`InferenceError::Busy`]: for a server.
    Refuse,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { threads: None, queue_length: 4, when_full: WhenFull::Wait, weights: None, prepared: None }
    }
}

/// Options of a run besides the picture.
#[derive(Debug, Clone, Default)]
pub struct MatteRequest {
    /// The recipe.
    pub style: RecipeStyle,
    /// Points and boxes, for models that are prompted.
    pub prompt: Prompt,
    /// The clothes to find, for models of clothing.
    pub cloth: ClothCategory,
    /// Use the network's values as they are, instead of stretching each picture's values to the full range:
    /// that helps a still picture, but makes a video flicker.
    pub steady: bool,
}

impl MatteRequest {
    fn white(&self) -> White {
        match self.style {
            RecipeStyle::Rembg => White::Brightest,
            RecipeStyle::Sansfond if self.steady => White::Full,
            RecipeStyle::Sansfond => White::Point,
        }
    }
}

/// A loaded model. Share it by reference: calls queue for its one session.
#[derive(Debug)]
pub struct MattingModel {
    model: Model,
    provider: Provider,
    when_full: WhenFull,
    /// One session for each file of the model; for SAM the encoder, then the decoder.
    sessions: Vec<SessionThread>,
}

impl MattingModel {
    /// Loads a model and starts its thread.
    ///
    /// # Errors
    /// [`ModelLoadError`].
    pub fn load(
        runtime: &Runtime,
        store: &WeightStore,
        model: &Model,
        options: &LoadOptions,
    ) -> Result<Self, ModelLoadError> {
        let weights = match &options.weights {
            Some(path) => vec![weights::custom(path)?],
            None => store.locate(model)?,
        };
        let threads =
            options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        let shipped = store.folder(model).join("prepared");
        let writable = options.prepared.clone().unwrap_or_else(|| shipped.clone());
        let caches = Caches { shipped, writable };
        let factory =
            SessionFactory { runtime: runtime.clone(), threads, caches, outputs: outputs(model.kind) };
        let sessions = weights
            .into_iter()
            .map(|weights| {
                let (factory, name) = (factory.clone(), model.name.clone());
                SessionThread::spawn(options.queue_length, move || factory.session(&name, &weights))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            model: model.clone(),
            provider: runtime.provider(),
            when_full: options.when_full,
            sessions,
        })
    }

    /// The catalog entry of the model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The execution provider; never [`Provider::Auto`].
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Whether the network is recurrent: a frame's matte depends on earlier frames.
    #[must_use]
    pub fn is_recurrent(&self) -> bool {
        self.model.kind == Kind::Rvm
    }

    /// Whether the graph accepts several pictures in one batch. Most published graphs accept only one.
    #[must_use]
    pub fn takes_batches(&self) -> bool {
        match self.model.kind {
            Kind::Saliency | Kind::Cloth => self.sessions[0].takes_batches(),
            // A prompt belongs to one picture; a recurrent network takes one frame after the other.
            Kind::Sam | Kind::Rvm => false,
        }
    }

    /// Makes the matte of a picture.
    ///
    /// # Errors
    /// [`InferenceError`].
    pub fn matte(&self, picture: &RgbImage, request: &MatteRequest) -> Result<MatteOutput, InferenceError> {
        match self.model.kind {
            Kind::Saliency | Kind::Cloth => {
                let started = Instant::now();
                let prepared = recipe::prepare(picture, &self.model.input, request.white());
                let prepare = started.elapsed();
                let (answer, inference) = self.run(0, vec![prepared.tensor])?;
                let matte = self.read_matte(answer, request)?;
                Ok(MatteOutput { matte, guide: prepared.guide, prepare, inference })
            }
            Kind::Sam => sam::matte(picture, &request.prompt, |session, inputs| self.run(session, inputs)),
            Kind::Rvm => self.next_frame(picture, &mut RecurrentState::default()),
        }
    }

    /// Makes the mattes of consecutive frames that follow those in `state`, in one batch if the model
    /// [`Self::takes_batches`].
    ///
    /// # Errors
    /// [`InferenceError`].
    pub(crate) fn mattes(
        &self,
        pictures: &[&RgbImage],
        request: &MatteRequest,
        state: &mut RecurrentState,
    ) -> Result<Vec<MatteOutput>, InferenceError> {
        if self.is_recurrent() {
            return pictures.iter().map(|picture| self.next_frame(picture, state)).collect();
        }
        if pictures.len() < 2 || !self.takes_batches() {
            return pictures.iter().map(|picture| self.matte(picture, request)).collect();
        }
        let started = Instant::now();
        let prepared: Vec<Prepared> = pictures
            .iter()
            .map(|picture| recipe::prepare(picture, &self.model.input, request.white()))
            .collect();
        let prepare = started.elapsed() / pictures.len() as u32;
        let mut mattes = Vec::with_capacity(prepared.len());
        // For networks with a variable input size, the tensors of different pictures may differ in shape.
        for same_shape in prepared.chunk_by(|one, other| one.tensor.shape == other.tensor.shape) {
            let tensors: Vec<&Tensor> = same_shape.iter().map(|prepared| &prepared.tensor).collect();
            let (answer, took) = self.run(0, vec![Tensor::concat(&tensors)])?;
            let inference = took / same_shape.len() as u32;
            for answer in
                answer.split(same_shape.len()).map_err(|shape| InferenceError::UnexpectedShape { shape })?
            {
                mattes.push((self.read_matte(answer, request)?, inference));
            }
        }
        let answers = prepared.into_iter().zip(mattes);
        Ok(answers
            .map(|(Prepared { guide, .. }, (matte, inference))| MatteOutput {
                matte,
                guide,
                prepare,
                inference,
            })
            .collect())
    }

    fn next_frame(
        &self,
        picture: &RgbImage,
        state: &mut RecurrentState,
    ) -> Result<MatteOutput, InferenceError> {
        let recipe = (&self.model.input, &self.model.output);
        rvm::matte(picture, recipe, state, |inputs| self.infer(0, inputs, rvm::OUTPUTS))
    }

    /// Converts the network's output.
    fn read_matte(&self, answer: Tensor, request: &MatteRequest) -> Result<Matte, InferenceError> {
        let matte = match self.model.kind {
            Kind::Cloth => cloth::finish(answer, request.cloth, request.style),
            Kind::Saliency | Kind::Sam | Kind::Rvm => {
                let min_max = self.model.output.min_max && !request.steady;
                recipe::finish(answer, &Output { min_max, ..self.model.output })
            }
        };
        matte.map_err(|shape| InferenceError::UnexpectedShape { shape })
    }

    /// Runs one of the sessions and returns its first output.
    fn run(&self, session: usize, inputs: Vec<Tensor>) -> Result<(Tensor, Duration), InferenceError> {
        let mut answer = self.infer(session, inputs, Outputs::First)?;
        let tensor = answer.outputs.pop().ok_or(InferenceError::UnexpectedShape { shape: Vec::new() })?;
        Ok((tensor, answer.took))
    }

    fn infer(
        &self,
        session: usize,
        inputs: Vec<Tensor>,
        outputs: Outputs,
    ) -> Result<Inference, InferenceError> {
        let session = &self.sessions[session];
        match self.when_full {
            WhenFull::Wait => session.run(inputs, outputs),
            WhenFull::Refuse => session.try_run(inputs, outputs),
        }
    }
}

/// The outputs that are used of a network's graphs.
fn outputs(kind: Kind) -> Outputs {
    match kind {
        Kind::Saliency | Kind::Cloth | Kind::Sam => Outputs::First,
        Kind::Rvm => rvm::OUTPUTS,
    }
}
