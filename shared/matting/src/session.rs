//! Runs a network on its own thread, behind a bounded queue.
//!
//! ONNX Runtime's session needs exclusive access. A thread with a bounded queue lets a server answer "busy"
//! in time; a lock would let waiting requests grow without limit.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::{Outlet, Tensor as OrtTensor};

use crate::onnx::Outputs;

/// A dense array of 32-bit floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Lengths of the dimensions, the slowest first.
    pub shape: Vec<usize>,
    /// The values: as many as the product of the shape.
    pub data: Vec<f32>,
}

impl Tensor {
    /// Concatenates tensors of one shape along the first dimension.
    pub(crate) fn concat(tensors: &[&Self]) -> Self {
        let mut shape = tensors.first().map(|first| first.shape.clone()).unwrap_or_default();
        if let Some(first) = shape.first_mut() {
            *first *= tensors.len();
        }
        Self { shape, data: tensors.iter().flat_map(|tensor| &tensor.data).copied().collect() }
    }

    /// Splits a tensor into parts whose first dimension is 1.
    ///
    /// # Errors
    /// The shape, if it does not have so many parts.
    pub(crate) fn split(self, parts: usize) -> Result<Vec<Self>, Vec<usize>> {
        if parts == 0 || self.shape.first() != Some(&parts) || self.data.is_empty() {
            return Err(self.shape);
        }
        let shape: Vec<usize> = std::iter::once(1).chain(self.shape[1..].iter().copied()).collect();
        let part = |data: &[f32]| Self { shape: shape.clone(), data: data.to_vec() };
        Ok(self.data.chunks(self.data.len() / parts).map(part).collect())
    }
}

/// The result of a run, and the time that the network took (without the wait in the queue).
#[derive(Debug)]
pub struct Inference {
    /// The requested outputs, in the requested order.
    pub outputs: Vec<Tensor>,
    /// Time spent in the network.
    pub took: Duration,
}

/// A network gave no result.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// The queue is full: try again later.
    #[error("the engine is busy")]
    Busy,
    /// The thread has ended. Only a panic inside ONNX Runtime can cause this.
    #[error("the engine has stopped")]
    Stopped,
    /// ONNX Runtime failed.
    #[error("the network failed")]
    Failed {
        /// The error of ONNX Runtime.
        source: ort::Error,
    },
    /// The shape of the output is not that of the catalog entry.
    #[error(
        "the network's output has the shape {shape:?}, which is not that of a matte; check that this is the right model"
    )]
    UnexpectedShape {
        /// The output's shape.
        shape: Vec<usize>,
    },
}

struct SessionRequest {
    inputs: Vec<Tensor>,
    outputs: Outputs,
    reply: SyncSender<Result<Inference, InferenceError>>,
}

/// The handle of a network's thread. The thread ends when its last handle is dropped.
#[derive(Debug)]
pub struct SessionThread {
    queue: Option<SyncSender<SessionRequest>>,
    thread: Option<JoinHandle<()>>,
    takes_batches: bool,
}

impl SessionThread {
    /// Runs `load` on a new thread and keeps the session there. Returns when the session is ready.
    ///
    /// # Errors
    /// The error of `load`.
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
                    let sent = ready.send(Ok(takes_batches(&session)));
                    if sent.is_ok() {
                        serve(session, &jobs);
                    }
                }
                Err(error) => {
                    // The receiver is dropped only if the caller panicked.
                    let _receiver_dropped = ready.send(Err(error));
                }
            })
            .expect("the system can start a thread");
        let takes_batches = loaded.recv().expect("the thread reports before it ends. This is a bug.")?;
        Ok(Self { queue: Some(queue), thread: Some(thread), takes_batches })
    }

    /// Whether the graph accepts batches of any size.
    #[must_use]
    pub fn takes_batches(&self) -> bool {
        self.takes_batches
    }

    /// Runs the network; waits if the queue is full.
    ///
    /// # Errors
    /// [`InferenceError::Failed`] and [`InferenceError::Stopped`].
    pub fn run(&self, inputs: Vec<Tensor>, outputs: Outputs) -> Result<Inference, InferenceError> {
        let (reply, answer) = sync_channel(1);
        self.queue().send(SessionRequest { inputs, outputs, reply }).map_err(|_| InferenceError::Stopped)?;
        answer.recv().map_err(|_| InferenceError::Stopped)?
    }

    /// Runs the network if the queue is not full.
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
        // The thread ends when its queue is dropped; it can be joined only then.
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _panic_is_logged = thread.join();
        }
    }
}

/// Whether the first dimension is free, for the picture and for all outputs.
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
        // The caller may have given up.
        let _receiver_dropped = job.reply.send(answer);
    }
}

fn infer(
    session: &mut Session,
    input_names: &[String],
    first_output: &str,
    inputs: Vec<Tensor>,
    requested: Outputs,
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
    let names = match requested {
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
