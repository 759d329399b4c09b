//! Decode → matte → steady → encode, each on its own thread, with short queues between them, so memory
//! does not depend on the length of the video.
//!
//! A [`FrameMatting`] makes the mattes; this module does not depend on networks.

use std::collections::VecDeque;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use image::GrayImage;
pub use sansfond_imaging::frames::{Cause, FrameMatting};
use sansfond_imaging::{Picture, Rect};

use crate::rate::{FrameRate, time_left};
use crate::sink::{CutFrame, FrameSink};
use crate::source::{AudioPacket, Frame, FrameSource, Item};
use crate::steady::{self, Neighbor, Thumbnail};
use crate::{SinkError, SourceError};

/// Length of the queue between two stages.
const QUEUE: usize = 4;

/// Options for turning frames into cutouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pipeline {
    /// Smooths mattes over time, using the neighboring frames.
    pub steady: bool,
    /// Reuses the previous matte if the frame has hardly changed.
    pub reuse: bool,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self { steady: true, reuse: true }
    }
}

/// The progress of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Frames that were encoded, including those of earlier runs.
    pub frames: u64,
    /// Expected number of frames, from the header, which may be wrong.
    pub expected: Option<u64>,
    /// Frames per second, over the last seconds.
    pub fps: f64,
    /// Remaining time at this rate.
    pub left: Option<Duration>,
}

/// The result of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Summary {
    /// Frames that were decoded and encoded.
    pub frames: u64,
    /// Frames for which the network was run.
    pub inferred: u64,
    /// Frames without a subject.
    pub empty: u64,
    /// Scene changes.
    pub cuts: u64,
    /// Length of the output, in seconds.
    pub seconds: f64,
    /// Whether the source is longer than the requested part.
    pub was_cut: bool,
    /// Packets that could not be decoded.
    pub damaged_packets: u64,
    /// Time in each stage, without waiting for others.
    pub times: StageTimes,
}

/// Time in each stage. Stages run in parallel, so the sum is more than the elapsed time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// Reading and decoding.
    pub decode: Duration,
    /// The network and the code around it.
    pub matte: Duration,
    /// Smoothing over time and foreground colors.
    pub finish: Duration,
    /// Compositing, encoding and writing.
    pub encode: Duration,
}

impl AddAssign for StageTimes {
    fn add_assign(&mut self, more: Self) {
        self.decode += more.decode;
        self.matte += more.matte;
        self.finish += more.finish;
        self.encode += more.encode;
    }
}

/// A video could not be processed.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Reading failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The network failed.
    #[error("the matte cannot be made: {0}")]
    Matte(#[source] Cause),
    /// No frame shows a subject.
    #[error("no subject found in this video")]
    NoSubject,
    /// Writing failed.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The caller could not store a finished segment.
    #[error("a finished segment could not be stored: {0}")]
    Segment(#[source] Cause),
    /// The caller cancelled the run.
    #[error("cancelled")]
    Cancelled,
    /// A frame was lost, which is a bug.
    #[error("{decoded} frames were decoded and {encoded} were written")]
    FramesLost {
        /// Frames from the decoder.
        decoded: u64,
        /// Frames to the encoder.
        encoded: u64,
    },
}

/// Items between the network and smoothing.
enum Matted {
    Frame { frame: Frame, alpha: GrayImage, is_cut: bool },
    Audio(AudioPacket),
}

/// Items between smoothing and the encoder.
pub(crate) enum Finished {
    Frame(CutFrame),
    Audio(AudioPacket),
}

/// The counts of a stage. A stage whose receiver was dropped ends early and without an error, because the
/// receiving stage has the cause.
#[derive(Default)]
struct Counted {
    frames: u64,
    inferred: u64,
    empty: u64,
    cuts: u64,
    /// End of the last frame, in the clip's time base.
    end: i64,
    busy: Duration,
}

impl Pipeline {
    /// Processes a video. `progress` is called on this thread after each frame; `cancel` may be set from any
    /// thread.
    ///
    /// # Errors
    /// [`PipelineError`]; the file is unusable then.
    pub fn run(
        &self,
        mut source: FrameSource,
        frame_matting: &dyn FrameMatting,
        mut sink: Box<dyn FrameSink>,
        cancel: &AtomicBool,
        progress: impl FnMut(&Progress),
    ) -> Result<Summary, PipelineError> {
        let meter = Meter::new(0, source.expected_frames());
        let mut take = |item: Finished| match item {
            Finished::Audio(packet) => Ok(sink.audio(packet)?),
            Finished::Frame(frame) => Ok(sink.frame(frame)?),
        };
        let mut summary = self.drive(&mut source, frame_matting, &mut take, cancel, meter, progress)?;
        if summary.empty == summary.frames {
            return Err(PipelineError::NoSubject);
        }
        let started = Instant::now();
        sink.finish()?;
        summary.times.encode += started.elapsed();
        Ok(summary)
    }

    /// Processes a video and passes the finished items to `take`.
    pub(crate) fn drive(
        &self,
        source: &mut FrameSource,
        frame_matting: &dyn FrameMatting,
        take: &mut dyn FnMut(Finished) -> Result<(), PipelineError>,
        cancel: &AtomicBool,
        meter: Meter,
        progress: impl FnMut(&Progress),
    ) -> Result<Summary, PipelineError> {
        let base = source.time_base();
        let look_ahead = if source.has_borders() { steady::REACH } else { 0 };
        let (to_matte, decoded) = sync_channel(QUEUE.max(frame_matting.batch()));
        let (to_finish, matted) = sync_channel(QUEUE);
        let (to_encode, finished) = sync_channel(QUEUE);
        let source_of_frames = &mut *source;
        // Every stage owns its ends of the two queues, so both neighbors notice when it ends.
        let (decoded, matted, finished, encoded) = std::thread::scope(|scope| {
            let decoder = scope.spawn(move || decode(source_of_frames, &to_matte, cancel));
            let network = scope.spawn(move || self.matte(&decoded, frame_matting, &to_finish, look_ahead));
            let finisher = scope.spawn(move || self.finish(&matted, frame_matting, &to_encode));
            let encoded = encode(finished, take, cancel, meter, progress);
            (join(decoder), join(network), join(finisher), encoded)
        });
        if cancel.load(Ordering::Relaxed) {
            return Err(PipelineError::Cancelled);
        }
        // Return the first cause in the direction of the stream; the stages after it end without an error.
        let (decoded, matted, encoded) = (decoded?, matted?, encoded?);
        if decoded.frames != encoded.frames {
            return Err(PipelineError::FramesLost { decoded: decoded.frames, encoded: encoded.frames });
        }
        Ok(Summary {
            frames: encoded.frames,
            inferred: matted.inferred,
            empty: matted.empty,
            cuts: matted.cuts,
            seconds: base.seconds(encoded.end),
            was_cut: source.was_cut(),
            damaged_packets: source.damaged_packets(),
            times: StageTimes {
                decode: decoded.busy,
                matte: matted.busy,
                finish: finished.busy,
                encode: encoded.busy,
            },
        })
    }

    /// Collects frames into batches, and passes the sound on.
    fn matte(
        &self,
        decoded: &Receiver<Item>,
        frame_matting: &dyn FrameMatting,
        out: &SyncSender<Matted>,
        look_ahead: usize,
    ) -> Result<Counted, PipelineError> {
        let mut matting = Matting::new(frame_matting, out, self.reuse, look_ahead);
        while let Ok(item) = decoded.recv() {
            let is_open = match item {
                Item::Frame(frame) => matting.take(Some(frame))?,
                // Sound may overtake the frames of an unfinished batch: the muxer sorts by time.
                Item::Audio(packet) => out.send(Matted::Audio(packet)).is_ok(),
            };
            if !is_open {
                return Ok(matting.counted);
            }
        }
        if matting.take(None)? {
            matting.flush()?;
        }
        Ok(matting.counted)
    }

    /// Holds frames back until the next frames are known, and passes the sound on.
    fn finish(
        &self,
        matted: &Receiver<Matted>,
        frame_matting: &dyn FrameMatting,
        out: &SyncSender<Finished>,
    ) -> Counted {
        let mut window = Window::new(frame_matting, out, if self.steady { steady::REACH } else { 0 });
        while let Ok(item) = matted.recv() {
            let is_open = match item {
                Matted::Frame { frame, alpha, is_cut } => window.take(frame, alpha, is_cut),
                Matted::Audio(packet) => out.send(Finished::Audio(packet)).is_ok(),
            };
            if !is_open {
                return window.counted;
            }
        }
        window.flush();
        window.counted
    }
}

fn decode(
    source: &mut FrameSource,
    out: &SyncSender<Item>,
    cancel: &AtomicBool,
) -> Result<Counted, PipelineError> {
    let mut counted = Counted::default();
    while !cancel.load(Ordering::Relaxed) {
        let started = Instant::now();
        let item = source.next()?;
        counted.busy += started.elapsed();
        let Some(item) = item else { break };
        counted.frames += u64::from(matches!(&item, Item::Frame(frame) if frame.is_kept));
        if out.send(item).is_err() {
            break;
        }
    }
    Ok(counted)
}

/// Runs on the caller's thread. It owns its receiver, so the other stages stop when it ends.
fn encode(
    finished: Receiver<Finished>,
    take: &mut dyn FnMut(Finished) -> Result<(), PipelineError>,
    cancel: &AtomicBool,
    mut meter: Meter,
    mut progress: impl FnMut(&Progress),
) -> Result<Counted, PipelineError> {
    let mut counted = Counted::default();
    for item in finished {
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        let started = Instant::now();
        let is_frame = match &item {
            Finished::Frame(frame) => {
                counted.end = frame.at + frame.lasts;
                counted.frames += 1;
                true
            }
            Finished::Audio(_) => false,
        };
        take(item)?;
        if is_frame {
            progress(&meter.frame());
        }
        counted.busy += started.elapsed();
    }
    Ok(counted)
}

/// Makes mattes, except for frames that have hardly changed.
struct Matting<'a> {
    frame_matting: &'a dyn FrameMatting,
    out: &'a SyncSender<Matted>,
    reuse: bool,
    /// Frames that wait until it is known whether a segment border follows soon.
    ahead: VecDeque<Frame>,
    look_ahead: usize,
    /// The segment of the previous frame.
    segment: usize,
    /// The previous frame.
    previous: Option<Thumbnail>,
    /// The last frame for which the network was run.
    last_inferred: Option<Thumbnail>,
    /// The last matte.
    alpha: Option<GrayImage>,
    batch: Vec<BatchedFrame>,
    counted: Counted,
}

/// A frame that waits for a full batch.
struct BatchedFrame {
    frame: Frame,
    is_cut: bool,
    is_still: bool,
}

impl<'a> Matting<'a> {
    fn new(
        frame_matting: &'a dyn FrameMatting,
        out: &'a SyncSender<Matted>,
        reuse: bool,
        look_ahead: usize,
    ) -> Self {
        Self {
            frame_matting,
            out,
            reuse,
            ahead: VecDeque::new(),
            look_ahead,
            segment: 0,
            previous: None,
            last_inferred: None,
            alpha: None,
            batch: Vec::with_capacity(frame_matting.batch()),
            counted: Counted::default(),
        }
    }

    /// Takes a frame, or `None` at the end; returns `false` if the receiver was dropped.
    fn take(&mut self, frame: Option<Frame>) -> Result<bool, PipelineError> {
        let keep = if frame.is_some() { self.look_ahead } else { 0 };
        self.ahead.extend(frame);
        while self.ahead.len() > keep {
            // A worker that starts at a border has only a few frames before it, and must get the same mattes. So
            // no matte is reused near a border.
            let mut last = self.segment;
            let mut is_near_border = false;
            for frame in &self.ahead {
                is_near_border |= frame.segment != last;
                last = frame.segment;
            }
            let Some(frame) = self.ahead.pop_front() else { break };
            self.segment = frame.segment;
            if !self.add(frame, is_near_border)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn add(&mut self, frame: Frame, is_near_border: bool) -> Result<bool, PipelineError> {
        let thumb = Thumbnail::coarse(&frame.picture.color);
        let is_cut = self.previous.as_ref().is_some_and(|previous| previous.is_cut(&thumb));
        // Compared with the last frame for which the network was run, so that slow changes add up.
        let is_still = self.reuse
            && !is_near_border
            && self.last_inferred.as_ref().is_some_and(|last| last.is_still(&thumb));
        if is_cut {
            self.counted.cuts += u64::from(frame.is_kept);
            if !self.flush()? {
                return Ok(false);
            }
            self.frame_matting.reset();
        }
        if !is_still {
            self.last_inferred = Some(thumb.clone());
        }
        self.previous = Some(thumb);
        self.batch.push(BatchedFrame { frame, is_cut, is_still });
        let nothing_to_infer = self.batch.iter().all(|waiting| waiting.is_still);
        if nothing_to_infer || self.batch.len() >= self.frame_matting.batch() {
            self.flush()
        } else {
            Ok(true)
        }
    }

    /// Makes the mattes of all waiting frames; returns `false` if the receiver was dropped.
    fn flush(&mut self) -> Result<bool, PipelineError> {
        let started = Instant::now();
        let pictures: Vec<&Picture> =
            self.batch.iter().filter(|one| !one.is_still).map(|one| &one.frame.picture).collect();
        let mattes = if pictures.is_empty() {
            Vec::new()
        } else {
            self.frame_matting.mattes(&pictures).map_err(PipelineError::Matte)?
        };
        let fits = mattes.len() == pictures.len()
            && mattes
                .iter()
                .zip(&pictures)
                .all(|(matte, picture)| matte.dimensions() == picture.dimensions());
        if !fits {
            return Err(PipelineError::Matte("the number or the size of the mattes is wrong".into()));
        }
        self.counted.inferred += pictures.len() as u64;
        self.counted.busy += started.elapsed();
        let mut mattes = mattes.into_iter();
        for BatchedFrame { frame, is_cut, is_still } in self.batch.drain(..) {
            let fresh = if is_still { None } else { mattes.next() };
            let alpha =
                fresh.or_else(|| self.alpha.take()).expect("the first frame is never still. This is a bug.");
            self.counted.empty += u64::from(frame.is_kept && Rect::around(&alpha).is_none());
            self.alpha = Some(alpha.clone());
            if self.out.send(Matted::Frame { frame, alpha, is_cut }).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The next frame to finish and its neighbors.
struct Window<'a> {
    frame_matting: &'a dyn FrameMatting,
    out: &'a SyncSender<Finished>,
    reach: usize,
    frames: VecDeque<WindowFrame>,
    /// Frames before this one are kept for their mattes only.
    next: usize,
    counted: Counted,
}

struct WindowFrame {
    /// `None` once it is finished.
    frame: Option<Frame>,
    thumb: Thumbnail,
    /// The network's matte.
    alpha: GrayImage,
}

impl<'a> Window<'a> {
    fn new(frame_matting: &'a dyn FrameMatting, out: &'a SyncSender<Finished>, reach: usize) -> Self {
        Self { frame_matting, out, reach, frames: VecDeque::new(), next: 0, counted: Counted::default() }
    }

    /// Takes a frame; returns `false` if the receiver was dropped.
    fn take(&mut self, frame: Frame, alpha: GrayImage, is_cut: bool) -> bool {
        if is_cut {
            if !self.flush() {
                return false;
            }
            self.frames.clear();
            self.next = 0;
        }
        let started = Instant::now();
        let thumb = Thumbnail::fine(&frame.picture.color);
        self.counted.busy += started.elapsed();
        self.frames.push_back(WindowFrame { frame: Some(frame), thumb, alpha });
        if self.frames.len() > self.next + self.reach { self.release() } else { true }
    }

    /// Finishes all waiting frames.
    fn flush(&mut self) -> bool {
        while self.next < self.frames.len() {
            if !self.release() {
                return false;
            }
        }
        true
    }

    /// Finishes the next frame, using its neighbors.
    fn release(&mut self) -> bool {
        let started = Instant::now();
        let frame = self.frames[self.next].frame.take().expect("a frame is finished once. This is a bug.");
        let around: Vec<Neighbor<'_>> =
            self.frames.iter().map(|held| Neighbor { thumb: &held.thumb, alpha: &held.alpha }).collect();
        let finished = frame.is_kept.then(|| CutFrame {
            cutout: self.frame_matting.cutout(frame.picture, steady::smooth(&around, self.next)),
            at: frame.at,
            lasts: frame.lasts,
            segment: frame.segment,
        });
        self.counted.busy += started.elapsed();
        self.next += 1;
        while self.next > self.reach {
            self.frames.pop_front();
            self.next -= 1;
        }
        finished.is_none_or(|finished| self.out.send(Finished::Frame(finished)).is_ok())
    }
}

/// Counts frames and computes the progress.
pub(crate) struct Meter {
    expected: Option<u64>,
    frames: u64,
    rate: FrameRate,
}

impl Meter {
    /// Starts from the frames of earlier runs.
    pub(crate) fn new(done: u64, expected: Option<u64>) -> Self {
        Self { expected, frames: done, rate: FrameRate::default() }
    }

    fn frame(&mut self) -> Progress {
        self.frames += 1;
        let fps = self.rate.measure(Instant::now(), self.frames);
        let rest = self.expected.map(|expected| expected.saturating_sub(self.frames));
        let left = rest.and_then(|rest| time_left(rest, fps));
        Progress { frames: self.frames, expected: self.expected, fps, left }
    }
}

/// The result of a stage. A panic of its thread is resumed here.
fn join<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
