//! A model that is loaded and ready: pictures in, mattes out.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use image::RgbImage;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use rayon::prelude::*;

use crate::catalog::{Kind, Output};
use crate::models::cloth::{self, ClothCategory};
use crate::models::sam::{self, Prompt};
use crate::prepare::{self, Graph};
use crate::recipe::{self, RecipeStyle};
use crate::session::{InferenceError, SessionThread, Tensor};
use crate::weights::{self, Weights, WeightsError};
use crate::{Matte, Model, Provider, Runtime, WeightStore};

/// How a model is loaded.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// Threads inside the network; `None` takes every core.
    pub threads: Option<usize>,
    /// Pictures that may wait for the network.
    pub queue_length: usize,
    /// What happens to a picture that finds the queue full.
    pub when_full: WhenFull,
    /// A file of the user's own instead of the catalogue's.
    pub weights: Option<PathBuf>,
    /// Where graphs that have been made ready are kept; `None` keeps them beside the weights. For a
    /// store that is read-only.
    pub prepared: Option<PathBuf>,
}

/// What happens to a picture that finds the queue full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits; right for a folder of files.
    Wait,
    /// It is turned away with [`InferenceError::Busy`]; right for a server.
    Refuse,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { threads: None, queue_length: 4, when_full: WhenFull::Wait, weights: None, prepared: None }
    }
}

/// A model could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum MatterError {
    /// The weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file is no ONNX graph.
    #[error("{} is not an ONNX model", path.display())]
    NotAModel {
        /// The file.
        path: PathBuf,
    },
    /// ONNX Runtime cannot run the graph with this provider.
    #[error("{provider} cannot run {model}: {reason}")]
    CannotRun {
        /// The model.
        model: String,
        /// Who was to run it.
        provider: Provider,
        /// What ONNX Runtime said, on one line.
        reason: String,
    },
}

/// What is asked of a model besides the picture.
#[derive(Debug, Clone, Default)]
pub struct MatteRequest {
    /// Whose habits to follow.
    pub style: RecipeStyle,
    /// Points and boxes, for models that are prompted.
    pub prompt: Prompt,
    /// Which clothes, for models that know clothes.
    pub cloth: ClothCategory,
    /// Take the values as the network gave them, instead of stretching each picture's to its own
    /// lowest and highest: what a still picture gains by that makes a video flicker.
    pub steady: bool,
}

/// A matte and what else came out on the way.
#[derive(Debug)]
pub struct MatteAnswer {
    /// Alpha at the network's resolution.
    pub matte: Matte,
    /// The picture at the same resolution.
    pub guide: RgbImage,
    /// Time before the network.
    pub prepare: Duration,
    /// Time in the network.
    pub inference: Duration,
}

/// A loaded model. Share it by reference: calls queue up for the one session that there is.
#[derive(Debug)]
pub struct Matter {
    model: Model,
    provider: Provider,
    when_full: WhenFull,
    /// As many as the model has files; for SAM the encoder, then the decoder.
    sessions: Vec<SessionThread>,
}

impl Matter {
    /// Loads a model and starts its thread.
    ///
    /// # Errors
    /// [`MatterError`].
    pub fn load(
        runtime: &Runtime,
        store: &WeightStore,
        model: &Model,
        options: &LoadOptions,
    ) -> Result<Self, MatterError> {
        let weights = match &options.weights {
            Some(path) => vec![weights::custom(path)?],
            None => store.locate(model)?,
        };
        let threads =
            options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        let opener = Opener { runtime: runtime.clone(), threads };
        let cache = options.prepared.clone().unwrap_or_else(|| store.folder(model).join("prepared"));
        let sessions = weights
            .into_iter()
            .map(|weights| {
                let (opener, cache, name) = (opener.clone(), cache.clone(), model.name.clone());
                SessionThread::spawn(options.queue_length, move || opener.session(&name, &weights, &cache))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            model: model.clone(),
            provider: runtime.provider(),
            when_full: options.when_full,
            sessions,
        })
    }

    /// The model that is loaded.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Who runs it; never [`Provider::Auto`].
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Finds the subject of a picture.
    ///
    /// # Errors
    /// [`InferenceError`].
    pub fn matte(&self, picture: &RgbImage, request: &MatteRequest) -> Result<MatteAnswer, InferenceError> {
        match self.model.kind {
            Kind::Saliency => {
                let output = self.output(request);
                self.plane(picture, request, |tensor| recipe::finish(tensor, &output))
            }
            Kind::Cloth => {
                self.plane(picture, request, |tensor| cloth::finish(tensor, request.cloth, request.style))
            }
            Kind::Sam => sam::matte(picture, &request.prompt, |session, inputs| self.run(session, inputs)),
        }
    }

    /// Whether several pictures can go through the network at once. Most graphs that are published take
    /// one: the first length of their input is 1 and not open.
    #[must_use]
    pub fn takes_several(&self) -> bool {
        self.model.kind == Kind::Saliency && self.sessions.first().is_some_and(SessionThread::takes_several)
    }

    /// Finds the subjects of several pictures: at once where the network takes several and they are of one
    /// size for it, else one after the other. The mattes are the same either way.
    ///
    /// # Errors
    /// [`InferenceError`].
    pub fn mattes(
        &self,
        pictures: &[&RgbImage],
        request: &MatteRequest,
    ) -> Result<Vec<MatteAnswer>, InferenceError> {
        let one_by_one = || pictures.iter().map(|picture| self.matte(picture, request)).collect();
        if pictures.len() < 2 || !self.takes_several() {
            return one_by_one();
        }
        let started = Instant::now();
        let prepared: Vec<_> = pictures
            .par_iter()
            .map(|picture| recipe::prepare(picture, &self.model.input, request.style))
            .collect();
        let shape = &prepared[0].tensor.shape;
        if prepared.iter().any(|one| one.tensor.shape != *shape) {
            return one_by_one();
        }
        let mut shape = shape.clone();
        shape[0] = pictures.len();
        let mut data = Vec::with_capacity(shape.iter().product());
        let mut guides = Vec::with_capacity(pictures.len());
        for one in prepared {
            data.extend_from_slice(&one.tensor.data);
            guides.push(one.guide);
        }
        let (count, prepare) = (pictures.len() as u32, started.elapsed());
        let (answer, inference) = self.run(0, vec![Tensor { shape, data }])?;
        if answer.shape.first() != Some(&pictures.len()) {
            return Err(InferenceError::UnexpectedShape { shape: answer.shape });
        }
        let output = self.output(request);
        let mut shape = answer.shape;
        shape[0] = 1;
        let planes = answer.data.chunks_exact((answer.data.len() / pictures.len()).max(1));
        let answers = guides.into_iter().zip(planes).map(|(guide, plane)| {
            let tensor = Tensor { shape: shape.clone(), data: plane.to_vec() };
            let matte =
                recipe::finish(tensor, &output).map_err(|shape| InferenceError::UnexpectedShape { shape })?;
            Ok(MatteAnswer { matte, guide, prepare: prepare / count, inference: inference / count })
        });
        answers.collect()
    }

    fn output(&self, request: &MatteRequest) -> Output {
        let min_max = self.model.output.min_max && !request.steady;
        Output { min_max, ..self.model.output }
    }

    fn plane(
        &self,
        picture: &RgbImage,
        request: &MatteRequest,
        finish: impl FnOnce(Tensor) -> Result<Matte, Vec<usize>>,
    ) -> Result<MatteAnswer, InferenceError> {
        let started = Instant::now();
        let prepared = recipe::prepare(picture, &self.model.input, request.style);
        let prepare = started.elapsed();
        let (answer, inference) = self.run(0, vec![prepared.tensor])?;
        let matte = finish(answer).map_err(|shape| InferenceError::UnexpectedShape { shape })?;
        Ok(MatteAnswer { matte, guide: prepared.guide, prepare, inference })
    }

    /// The first output of one of the sessions.
    fn run(&self, session: usize, inputs: Vec<Tensor>) -> Result<(Tensor, Duration), InferenceError> {
        let session = &self.sessions[session];
        let mut answer = match self.when_full {
            WhenFull::Wait => session.run(inputs, 1),
            WhenFull::Refuse => session.try_run(inputs, 1),
        }?;
        let tensor = answer.outputs.pop().ok_or(InferenceError::UnexpectedShape { shape: Vec::new() })?;
        Ok((tensor, answer.took))
    }
}

/// Everything that making a session needs, ready to move to the session's thread.
#[derive(Clone)]
struct Opener {
    runtime: Runtime,
    threads: usize,
}

impl Opener {
    fn session(
        &self,
        model: &str,
        weights: &Weights,
        cache: &std::path::Path,
    ) -> Result<Session, MatterError> {
        let rewrite = |graph: &Graph, path: &std::path::Path| self.rewrite(graph, path);
        let cannot_run = |error: ort::Error| MatterError::CannotRun {
            model: model.to_owned(),
            provider: self.runtime.provider(),
            reason: one_line(&error.to_string()),
        };
        let graph = prepare::prepared(&self.runtime, weights, cache, rewrite)?;
        self.open(&graph).or_else(|error| match &graph {
            Graph::File { path, .. } if *path != weights.path && self.is_damaged(path) => {
                tracing::warn!(%error, "the prepared model is damaged and is made again");
                prepare::discard(&self.runtime, weights, cache);
                let graph = prepare::prepared(&self.runtime, weights, cache, rewrite)?;
                self.open(&graph).map_err(cannot_run)
            }
            Graph::File { .. } | Graph::Memory(_) => Err(cannot_run(error)),
        })
    }

    /// Whether a prepared graph is to blame. The CPU provider runs every graph that it has written
    /// itself; with others it may be the provider that does not load.
    fn is_damaged(&self, path: &std::path::Path) -> bool {
        self.runtime.provider() == Provider::Cpu || !prepare::is_readable(path)
    }

    /// A session with the provider that was chosen.
    fn open(&self, graph: &Graph) -> Result<Session, ort::Error> {
        let level = match graph {
            Graph::File { optimised: true, .. } => GraphOptimizationLevel::Disable,
            // Anything less leaves out the layout for wide vectors, which is a third of the speed.
            Graph::File { optimised: false, .. } | Graph::Memory(_) => GraphOptimizationLevel::All,
        };
        let mut builder = self.builder(level)?;
        if let Some(provider) = self.runtime.provider().dispatch(self.threads) {
            builder = builder.with_execution_providers([provider])?;
        }
        commit(&mut builder, graph)
    }

    /// Writes a graph that is optimised for this machine, its weights in a file beside it.
    fn rewrite(&self, graph: &Graph, path: &std::path::Path) -> Result<(), ort::Error> {
        let level = match self.runtime.provider() {
            Provider::Cpu => GraphOptimizationLevel::All,
            // What ONNX Runtime fuses beyond constants, other providers do not know.
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
            // One shape a model: planning the memory of each run ahead saves nothing and keeps 300 MB.
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

/// ONNX Runtime's errors carry source positions on lines of their own.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
