//! Why a model could not be loaded.

use std::path::PathBuf;

use crate::Provider;
use crate::weights::WeightsError;

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
