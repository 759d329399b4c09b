//! A loaded model: pictures in, mattes out.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::RgbImage;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use crate::catalog::{Kind, Output};
use crate::models::cloth::{self, ClothCategory};
use crate::models::rvm::{self, RecurrentState};
use crate::models::sam::{self, Prompt};
use crate::onnx::Outputs;
use crate::prepare::{self, Caches, Graph};
use crate::recipe::{self, Prepared, RecipeStyle};
use crate::session::{Inference, InferenceError, SessionThread, Tensor};
use crate::weights::{self, Weights, WeightsError};
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

/// A model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ModelLoadError {
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file is not an ONNX graph.
    #[error("{} is not an ONNX model", path.display())]
    NotAModel {
        /// The file.
        path: PathBuf,
    },
    /// The file belongs to another model.
    #[error("{} has no output “{output}”; is this the right model?", path.display())]
    OtherModel {
        /// The file.
        path: PathBuf,
        /// The missing output.
        output: &'static str,
    },
    /// ONNX Runtime cannot run the graph with this provider.
    #[error("{provider} cannot run {model}: {reason}")]
    CannotRun {
        /// The model.
        model: String,
        /// The execution provider.
        provider: Provider,
        /// ONNX Runtime's message, on one line.
        reason: String,
    },
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

/// A matte and the intermediate results of its run.
#[derive(Debug)]
pub struct MatteOutput {
    /// Alpha at the network's resolution.
    pub matte: Matte,
    /// The picture at that resolution.
    pub guide: RgbImage,
    /// Time spent before the network.
    pub prepare: Duration,
    /// Time spent in the network.
    pub inference: Duration,
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
                let prepared = recipe::prepare(picture, &self.model.input, request.style);
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
            .map(|picture| recipe::prepare(picture, &self.model.input, request.style))
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

/// Opens sessions. It can be moved to the session's thread.
#[derive(Clone)]
struct SessionFactory {
    runtime: Runtime,
    threads: usize,
    caches: Caches,
    outputs: Outputs,
}

impl SessionFactory {
    fn session(&self, model: &str, weights: &Weights) -> Result<Session, ModelLoadError> {
        let rewrite = |graph: &Graph, path: &Path| self.rewrite(graph, path);
        let prepared =
            || prepare::prepared(&self.runtime, model, weights, self.outputs, &self.caches, rewrite);
        let cannot_run = |error: ort::Error| ModelLoadError::CannotRun {
            model: model.to_owned(),
            provider: self.runtime.provider(),
            reason: one_line(&error.to_string()),
        };
        let graph = prepared()?;
        self.open(&graph).or_else(|error| match &graph {
            Graph::File { path, .. } if *path != weights.path && self.is_damaged(path) => {
                tracing::warn!(%error, "the prepared model is damaged and is prepared again");
                prepare::discard(path);
                let graph = prepared()?;
                self.open(&graph).map_err(cannot_run)
            }
            Graph::File { .. } | Graph::Memory(_) => Err(cannot_run(error)),
        })
    }

    /// Whether a prepared graph is damaged. The CPU provider runs every graph that it wrote itself; with
    /// other providers the cause may be that the provider does not load.
    fn is_damaged(&self, path: &Path) -> bool {
        self.runtime.provider() == Provider::Cpu || !prepare::is_readable(path)
    }

    /// Opens a session with the chosen provider.
    fn open(&self, graph: &Graph) -> Result<Session, ort::Error> {
        let level = match graph {
            Graph::File { optimized: true, .. } => GraphOptimizationLevel::Disable,
            // Lower levels do not use the memory layout for wide vectors, which is a third of the speed.
            Graph::File { optimized: false, .. } | Graph::Memory(_) => GraphOptimizationLevel::All,
        };
        let mut builder = self.builder(level)?;
        let providers = self.runtime.provider().dispatch(self.threads, &self.caches.writable);
        if !providers.is_empty() {
            builder = builder.with_execution_providers(providers)?;
        }
        commit(&mut builder, graph)
    }

    /// Writes a graph that is optimized for this machine, with its weights in a file beside it.
    fn rewrite(&self, graph: &Graph, path: &Path) -> Result<(), ort::Error> {
        let level = match self.runtime.provider() {
            Provider::Cpu => GraphOptimizationLevel::All,
            // Other providers do not support the nodes that ONNX Runtime fuses beyond constants.
            Provider::Auto | Provider::OpenVino | Provider::Cuda | Provider::TensorRt => {
                GraphOptimizationLevel::Level1
            }
        };
        let weights = path.with_extension("weights");
        let weights = weights.file_name().unwrap_or_default().to_string_lossy();
        let mut builder = self
            .builder(level)?
            .with_config_entry("session.optimized_model_external_initializers_file_name", weights)?
            .with_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")?
            .with_optimized_model_path(path)?;
        commit(&mut builder, graph).map(drop)
    }

    fn builder(&self, level: GraphOptimizationLevel) -> Result<SessionBuilder, ort::Error> {
        Ok(Session::builder(&self.runtime.environment)?
            .with_intra_threads(self.threads)?
            .with_optimization_level(level)?
            // The model has one input shape, so planning memory ahead saves no time and holds 300 MB.
            .with_memory_pattern(false)?
            .with_log_level(ort::logging::LogLevel::Error)?)
    }
}

fn commit(builder: &mut SessionBuilder, graph: &Graph) -> Result<Session, ort::Error> {
    match graph {
        Graph::File { path, .. } => builder.commit_from_file(path),
        Graph::Memory(bytes) => builder.commit_from_memory(bytes),
    }
}

/// Joins the lines of a message: ONNX Runtime's errors have source positions on separate lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
