//! Opens the sessions of a model, from graphs that are prepared once.

use std::path::Path;

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use crate::load_error::ModelLoadError;
use crate::onnx::Outputs;
use crate::prepare::{self, Caches, Graph};
use crate::weights::Weights;
use crate::{Provider, Runtime};

/// Opens sessions. It can be moved to the session's thread.
#[derive(Clone)]
pub(crate) struct SessionFactory {
    pub(crate) runtime: Runtime,
    pub(crate) threads: usize,
    pub(crate) caches: Caches,
    pub(crate) outputs: Outputs,
}

impl SessionFactory {
    pub(crate) fn session(&self, model: &str, weights: &Weights) -> Result<Session, ModelLoadError> {
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
