//! Robust Video Matting: a recurrent network.
//!
//! Its state is four tensors, which are an output of each frame and an input of the next. The network finds
//! the subject in a reduced frame and the edges in the full one, so its matte needs no refinement. It also
//! predicts foreground colors; that output is not computed, because our colors are estimated from the smoothed
//! matte.
//!
//! Inputs and outputs: <https://github.com/PeterL1n/RobustVideoMatting/blob/master/documentation/inference.md>

use std::time::Instant;

use image::RgbImage;

use crate::catalog::{Input, Output};
use crate::matte::MatteOutput;
use crate::onnx::Outputs;
use crate::recipe::{self, White};
use crate::session::{Inference, InferenceError, Tensor};

/// Alpha first, then the state in the order of the inputs.
pub(crate) const OUTPUTS: Outputs = Outputs::Named(&["pha", "r1o", "r2o", "r3o", "r4o"]);
/// Number of state tensors.
const STATES: usize = 4;
/// Longer side of the reduced frame, as in the authors' own converter.
const REDUCED: f32 = 512.0;

/// The state of the network between two frames. It starts empty.
#[derive(Debug, Default)]
pub(crate) struct RecurrentState {
    /// Size of the frames.
    size: (u32, u32),
    /// Empty, or [`STATES`] tensors.
    tensors: Vec<Tensor>,
}

impl RecurrentState {
    /// Takes the state for a frame of this size. The state of another size is dropped.
    fn take(&mut self, size: (u32, u32)) -> Vec<Tensor> {
        let states = std::mem::take(&mut self.tensors);
        if self.size == size && states.len() == STATES {
            return states;
        }
        self.size = size;
        vec![Tensor { shape: vec![1; 4], data: vec![0.0] }; STATES]
    }
}

/// Makes the matte of the frame that follows those in `state`. `run` runs the network.
pub(crate) fn matte(
    picture: &RgbImage,
    (input, output): (&Input, &Output),
    state: &mut RecurrentState,
    run: impl FnOnce(Vec<Tensor>) -> Result<Inference, InferenceError>,
) -> Result<MatteOutput, InferenceError> {
    let started = Instant::now();
    let prepared = recipe::prepare(picture, input, White::Full);
    let size = prepared.guide.dimensions();
    let mut inputs = vec![prepared.tensor];
    inputs.extend(state.take(size));
    inputs.push(Tensor { shape: vec![1], data: vec![ratio(size)] });
    let prepare = started.elapsed();

    let inferred = run(inputs)?;
    let mut outputs = inferred.outputs.into_iter();
    let alpha = outputs.next().ok_or(InferenceError::UnexpectedShape { shape: Vec::new() })?;
    state.tensors = outputs.collect();
    let matte = recipe::finish(alpha, output).map_err(|shape| InferenceError::UnexpectedShape { shape })?;
    Ok(MatteOutput { matte, guide: prepared.guide, prepare, inference: inferred.took })
}

/// The network's downsample ratio.
fn ratio((width, height): (u32, u32)) -> f32 {
    (REDUCED / width.max(height) as f32).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_frames_are_reduced() {
        assert_eq!(ratio((320, 240)), 1.0);
        assert_eq!(ratio((1280, 720)), 0.4);
        assert_eq!(ratio((2160, 3840)), 512.0 / 3840.0);
    }

    #[test]
    fn state_of_another_size_is_dropped() {
        let state = Tensor { shape: vec![1, 1, 2, 2], data: vec![0.5; 4] };
        let filled = || RecurrentState { size: (2, 2), tensors: vec![state.clone(); STATES] };
        assert_eq!(filled().take((2, 2)), vec![state.clone(); STATES]);
        for states in [filled().take((2, 3)), RecurrentState::default().take((2, 2))] {
            assert_eq!(states, vec![Tensor { shape: vec![1; 4], data: vec![0.0] }; STATES]);
        }
    }
}
