//! A network on a thread of its own, reached through a bounded queue.
//!
//! One owner instead of a lock: ONNX Runtime's session wants exclusive access, and a queue with a
//! known length is what lets a server answer "busy" in time instead of growing until it dies.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::Tensor as OrtTensor;

/// A dense array of 32-bit floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Lengths, the slowest dimension first.
    pub shape: Vec<usize>,
    /// As many values as the shape says.
    pub data: Vec<f32>,
}

/// What came back, and how long the network took (without the wait in the queue).
#[derive(Debug)]
pub struct Inference {
    /// The first outputs of the graph, as many as were asked for.
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
    /// The network answered in a form that its catalogue entry does not announce.
    #[error("the network answered with shape {shape:?}, which is no matte; is this the right model?")]
    UnexpectedShape {
        /// What it answered.
        shape: Vec<usize>,
    },
}

struct Job {
    inputs: Vec<Tensor>,
    outputs: usize,
    reply: SyncSender<Result<Inference, InferenceError>>,
}

/// The handle to a network's thread. Dropping the last handle ends the thread.
#[derive(Debug)]
pub struct SessionThread {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    takes_several: bool,
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
                    let waiting = ready.send(Ok(is_open(&session)));
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
        let takes_several = loaded.recv().expect("the thread reports before it ends. This is a bug.")?;
        Ok(Self { queue: Some(queue), thread: Some(thread), takes_several })
    }

    /// Whether the first length of the network's first input is open.
    pub(crate) const fn takes_several(&self) -> bool {
        self.takes_several
    }

    /// Runs the network, waiting for a place in the queue.
    ///
    /// # Errors
    /// [`InferenceError::Failed`] and [`InferenceError::Stopped`].
    pub fn run(&self, inputs: Vec<Tensor>, outputs: usize) -> Result<Inference, InferenceError> {
        let (reply, answer) = sync_channel(1);
        self.queue().send(Job { inputs, outputs, reply }).map_err(|_| InferenceError::Stopped)?;
        answer.recv().map_err(|_| InferenceError::Stopped)?
    }

    /// Runs the network if there is a place in the queue.
    ///
    /// # Errors
    /// As [`Self::run`], and [`InferenceError::Busy`] when the queue is full.
    pub fn try_run(&self, inputs: Vec<Tensor>, outputs: usize) -> Result<Inference, InferenceError> {
        let (reply, answer) = sync_channel(1);
        self.queue().try_send(Job { inputs, outputs, reply }).map_err(|error| match error {
            TrySendError::Full(_) => InferenceError::Busy,
            TrySendError::Disconnected(_) => InferenceError::Stopped,
        })?;
        answer.recv().map_err(|_| InferenceError::Stopped)?
    }

    fn queue(&self) -> &SyncSender<Job> {
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

fn is_open(session: &Session) -> bool {
    let shape = session.inputs().first().and_then(|input| input.dtype().tensor_shape());
    shape.and_then(|shape| shape.first()).is_some_and(|length| *length < 0)
}

fn serve(mut session: Session, jobs: &Receiver<Job>) {
    let inputs: Vec<String> = session.inputs().iter().map(|input| input.name().to_owned()).collect();
    let outputs: Vec<String> = session.outputs().iter().map(|output| output.name().to_owned()).collect();
    while let Ok(job) = jobs.recv() {
        let answer = infer(&mut session, &inputs, &outputs, job.inputs, job.outputs);
        // The caller may have given up; the network does not care.
        let _nobody_waits = job.reply.send(answer);
    }
}

fn infer(
    session: &mut Session,
    input_names: &[String],
    output_names: &[String],
    inputs: Vec<Tensor>,
    wanted: usize,
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
    let mut outputs = Vec::with_capacity(wanted);
    for name in output_names.iter().take(wanted) {
        let (shape, data) = results[name.as_str()].try_extract_tensor::<f32>().map_err(failed)?;
        let shape = shape.iter().map(|length| usize::try_from(*length).unwrap_or(0)).collect();
        outputs.push(Tensor { shape, data: data.to_vec() });
    }
    Ok(Inference { outputs, took })
}
