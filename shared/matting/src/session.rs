//! A network on a thread of its own, reached through a bounded queue.
//!
//! One owner instead of a lock: ONNX Runtime's session wants exclusive access, and a queue with a
//! known length is what lets a server answer "busy" in time instead of growing until it dies.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::{Outlet, Tensor as OrtTensor};

use crate::onnx::Outputs;

/// A dense array of 32-bit floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Lengths, the slowest dimension first.
    pub shape: Vec<usize>,
    /// As many values as the shape says.
    pub data: Vec<f32>,
}

impl Tensor {
    /// Several of one shape as one, along the first dimension.
    pub(crate) fn together(tensors: &[&Self]) -> Self {
        let mut shape = tensors.first().map(|first| first.shape.clone()).unwrap_or_default();
        if let Some(first) = shape.first_mut() {
            *first *= tensors.len();
        }
        Self { shape, data: tensors.iter().flat_map(|tensor| &tensor.data).copied().collect() }
    }

    /// The opposite, for parts whose first dimension is 1.
    ///
    /// # Errors
    /// The shape, when it is not that of so many parts.
    pub(crate) fn apart(self, parts: usize) -> Result<Vec<Self>, Vec<usize>> {
        if parts == 0 || self.shape.first() != Some(&parts) || self.data.is_empty() {
            return Err(self.shape);
        }
        let shape: Vec<usize> = std::iter::once(1).chain(self.shape[1..].iter().copied()).collect();
        let part = |data: &[f32]| Self { shape: shape.clone(), data: data.to_vec() };
        Ok(self.data.chunks(self.data.len() / parts).map(part).collect())
    }
}

/// What came back, and how long the network took (without the wait in the queue).
#[derive(Debug)]
pub struct Inference {
    /// The outputs that were asked for, in that order.
    pub outputs: Vec<Tensor>,
    /// Time in the network.
    pub took: Duration,
}

/// Why a network gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// The queue is full: try again later.
    #[error("the engine is busy")]
    Busy,
    /// The thread has ended, which only a panic inside ONNX Runtime can cause.
    #[error("the engine has stopped")]
    Stopped,
    /// ONNX Runtime refused.
    #[error("the network failed")]
    Failed {
        /// What ONNX Runtime said.
        source: ort::Error,
    },
    /// The network answered in a form that its catalog entry does not announce.
    #[error("the network answered with shape {shape:?}, which is no matte; is this the right model?")]
    UnexpectedShape {
        /// What it answered.
        shape: Vec<usize>,
    },
}

struct SessionRequest {
    inputs: Vec<Tensor>,
    outputs: Outputs,
    reply: SyncSender<Result<Inference, InferenceError>>,
}

/// The handle to a network's thread. Dropping the last handle ends the thread.
#[derive(Debug)]
pub struct SessionThread {
    queue: Option<SyncSender<SessionRequest>>,
    thread: Option<JoinHandle<()>>,
    takes_batches: bool,
}

impl SessionThread {
    /// Runs `load` on a new thread and keeps the session there. Returns when it is ready.
    ///
    /// # Errors
    /// Whatever `load` says.
    pub fn spawn<E: Send + 'static>(
        queue_length: usize,
        load: impl FnOnce() -> Result<Session, E> + Send + 'static,
    ) -> Result<Self, E> {
        let (queue, jobs) = sync_channel(queue_length);
        let (ready, loaded) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("onnx".to_owned())
            .spawn(move || match load() {
                Ok(session) => {
                    let waiting = ready.send(Ok(takes_batches(&session)));
                    if waiting.is_ok() {
                        serve(session, &jobs);
                    }
                }
                Err(error) => {
                    // Nobody waits only if the caller panicked; then nobody needs the error either.
                    let _nobody_waits = ready.send(Err(error));
                }
            })
            .expect("the system can start a thread");
        let takes_batches = loaded.recv().expect("the thread reports before it ends. This is a bug.")?;
        Ok(Self { queue: Some(queue), thread: Some(thread), takes_batches })
    }

    /// Whether the graph says that it takes any number of pictures at once.
    #[must_use]
    pub fn takes_batches(&self) -> bool {
        self.takes_batches
    }

    /// Runs the network, waiting for a place in the queue.
    ///
    /// # Errors
    /// [`InferenceError::Failed`] and [`InferenceError::Stopped`].
    pub fn run(&self, inputs: Vec<Tensor>, outputs: Outputs) -> Result<Inference, InferenceError> {
        let (reply, answer) = sync_channel(1);
        self.queue().send(SessionRequest { inputs, outputs, reply }).map_err(|_| InferenceError::Stopped)?;
        answer.recv().map_err(|_| InferenceError::Stopped)?
    }

    /// Runs the network if there is a place in the queue.
    ///
    /// # Errors
    /// As [`Self::run`], and [`InferenceError::Busy`] when the queue is full.
    pub fn try_run(&self, inputs: Vec<Tensor>, outputs: Outputs) -> Result<Inference, InferenceError> {
        let (reply, answer) = sync_channel(1);
        self.queue().try_send(SessionRequest { inputs, outputs, reply }).map_err(|error| match error {
            TrySendError::Full(_) => InferenceError::Busy,
            TrySendError::Disconnected(_) => InferenceError::Stopped,
        })?;
        answer.recv().map_err(|_| InferenceError::Stopped)?
    }

    fn queue(&self) -> &SyncSender<SessionRequest> {
        self.queue.as_ref().expect("the queue lives as long as the handle. This is a bug.")
    }
}

impl Drop for SessionThread {
    fn drop(&mut self) {
        // The thread ends when its queue is gone; only then can it be joined.
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _panicked_and_said_so = thread.join();
        }
    }
}

/// The first dimension is free, of the picture and of everything that comes back.
fn takes_batches(session: &Session) -> bool {
    let is_free = |outlet: &Outlet| {
        outlet.dtype().tensor_shape().is_some_and(|shape| shape.first().is_some_and(|length| *length < 0))
    };
    session.inputs().first().is_some_and(is_free) && session.outputs().iter().all(is_free)
}

fn serve(mut session: Session, jobs: &Receiver<SessionRequest>) {
    let inputs: Vec<String> = session.inputs().iter().map(|input| input.name().to_owned()).collect();
    let first = session.outputs().first().map(|output| output.name().to_owned()).unwrap_or_default();
    while let Ok(job) = jobs.recv() {
        let answer = infer(&mut session, &inputs, &first, job.inputs, job.outputs);
        // The caller may have given up; the network does not care.
        let _nobody_waits = job.reply.send(answer);
    }
}

fn infer(
    session: &mut Session,
    input_names: &[String],
    first_output: &str,
    inputs: Vec<Tensor>,
    wanted: Outputs,
) -> Result<Inference, InferenceError> {
    let failed = |source| InferenceError::Failed { source };
    let mut named: Vec<(String, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
    for (name, tensor) in input_names.iter().zip(inputs) {
        let value = OrtTensor::from_array((tensor.shape, tensor.data)).map_err(failed)?;
        named.push((name.clone(), value.into()));
    }
    let started = Instant::now();
    let results: SessionOutputs<'_> = session.run(named).map_err(failed)?;
    let took = started.elapsed();
    let names = match wanted {
        Outputs::First => &[first_output][..],
        Outputs::Named(names) => names,
    };
    let mut outputs = Vec::with_capacity(names.len());
    for name in names {
        let result = results.get(*name).ok_or(InferenceError::UnexpectedShape { shape: Vec::new() })?;
        let (shape, data) = result.try_extract_tensor::<f32>().map_err(failed)?;
        let shape = shape.iter().map(|length| usize::try_from(*length).unwrap_or(0)).collect();
        outputs.push(Tensor { shape, data: data.to_vec() });
    }
    Ok(Inference { outputs, took })
}
