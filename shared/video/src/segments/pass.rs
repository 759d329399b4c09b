//! One pass over a run of segments: one decoder, one network, a file for each segment.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sansfond_imaging::Rect;

use super::{Segment, SegmentInfo, THREADS};
use crate::pipeline::{Cause, Finished, Meter};
use crate::sink::{self, Clip, CutFrame};
use crate::steady::REACH;
use crate::{
    Bytes, FrameMatting, FrameSink, FrameSource, Pipeline, PipelineError, Progress, SinkOptions, SourceError,
    SourceOptions, Summary, TimeBase,
};

/// The input of one pass.
#[derive(Debug)]
pub struct SegmentPass<'a> {
    /// A run of consecutive segments ([`super::missing`]).
    pub segments: &'a [Segment],
    /// Options for turning frames into cutouts.
    pub pipeline: Pipeline,
    /// Options of the source. The part that is read is set from the segments.
    pub source: SourceOptions,
    /// Options of the files. The default number of threads is [`THREADS`].
    pub sink: SinkOptions,
    /// Folder for the files, which are named `segment-00000.webm` and so on.
    pub folder: &'a Path,
    /// Frames of earlier passes, for the progress.
    pub done_frames: u64,
    /// Frames of the whole clip, for the progress.
    pub expected_frames: Option<u64>,
    /// Start of the whole clip, in seconds from the first frame of the file.
    pub clip_from_s: f64,
}

/// A finished segment.
#[derive(Debug)]
pub struct FinishedSegment<'a> {
    /// Its place in the plan.
    pub segment: &'a Segment,
    /// Its file; `None` if no frame begins in the segment, because an earlier one lasts until its end.
    pub file: Option<&'a Path>,
    /// Its information, which is stored beside the file.
    pub info: SegmentInfo,
}

/// Processes a run of segments. `done` is called on this thread when a segment's file is complete, in the
/// order of the segments. A run without a subject is not an error: use [`super::has_subject`] for all
/// segments.
///
/// # Errors
/// [`PipelineError`]; the segments that were passed to `done` are valid.
pub fn process(
    bytes: Bytes,
    pass: &SegmentPass<'_>,
    frame_matting: &dyn FrameMatting,
    cancel: &AtomicBool,
    progress: impl FnMut(&Progress),
    mut done: impl FnMut(FinishedSegment<'_>) -> Result<(), Cause>,
) -> Result<Summary, PipelineError> {
    let [first, ..] = pass.segments else { return Ok(Summary::default()) };
    // The network may hold the state of another position.
    frame_matting.reset();
    let options = source_options(pass, frame_matting.warm_up());
    let mut source = match FrameSource::open(bytes, &options) {
        Ok(source) => source,
        // Cancelled during the search for the first frame.
        Err(SourceError::Stopped) if cancel.load(Ordering::Relaxed) => return Err(PipelineError::Cancelled),
        // A frame before these segments lasts until their end.
        Err(SourceError::NoFrames) if first.number > 0 => {
            for segment in pass.segments {
                let info = without_frames(segment);
                done(FinishedSegment { segment, file: None, info }).map_err(PipelineError::Segment)?;
            }
            return Ok(Summary::default());
        }
        Err(error) => return Err(error.into()),
    };
    let mut writer = SegmentWriter::new(pass, &source, &mut done);
    let mut take = |item: Finished| match item {
        Finished::Frame(frame) => writer.take(frame),
        // The source was opened without sound.
        Finished::Audio(_) => Ok(()),
    };
    let meter = Meter::new(pass.done_frames, pass.expected_frames);
    let mut summary = pass.pipeline.drive(&mut source, frame_matting, &mut take, cancel, meter, progress)?;
    let started = Instant::now();
    writer.finish()?;
    summary.times.encode += started.elapsed();
    Ok(summary)
}

fn source_options(pass: &SegmentPass<'_>, warm_up: usize) -> SourceOptions {
    let (Some(first), Some(last)) = (pass.segments.first(), pass.segments.last()) else {
        return pass.source.clone();
    };
    let begins = pass.segments.iter().filter(|segment| segment.number > 0).map(|segment| segment.from_s);
    let ends = (!last.is_last).then_some(last.until_s);
    SourceOptions {
        from_s: first.from_s,
        until_s: Some(last.until_s),
        lead_in: if first.number > 0 { REACH + warm_up } else { 0 },
        lead_out: if last.is_last { 0 } else { REACH },
        borders_s: begins.chain(ends).collect(),
        no_audio: true,
        ..pass.source.clone()
    }
}

/// The information of a segment without frames.
fn without_frames(segment: &Segment) -> SegmentInfo {
    SegmentInfo {
        number: segment.number,
        time_base: TimeBase { num: 1, den: 1 },
        rate: None,
        size: (0, 0),
        start: 0,
        first_at: 0,
        lasts: Vec::new(),
        empty: 0,
    }
}

/// Writes frames to the files of their segments, one file at a time.
struct SegmentWriter<'a, F> {
    pass: &'a SegmentPass<'a>,
    done: &'a mut F,
    size: (u32, u32),
    time_base: TimeBase,
    rate: Option<TimeBase>,
    start: i64,
    /// Time of the first frame of the pass, relative to the first of the file.
    first_at: i64,
    /// Number of borders before the first segment.
    borders_before: usize,
    /// Number of finished segments.
    finished: usize,
    open: Option<OpenSegment>,
}

/// A segment's file that is being written. It is removed if it is not finished.
struct OpenSegment {
    path: tempfile::TempPath,
    sink: Box<dyn FrameSink>,
    info: SegmentInfo,
    /// Time of its first frame, relative to the pass.
    at: i64,
}

impl<'a, F: FnMut(FinishedSegment<'_>) -> Result<(), Cause>> SegmentWriter<'a, F> {
    fn new(pass: &'a SegmentPass<'a>, source: &FrameSource, done: &'a mut F) -> Self {
        Self {
            pass,
            done,
            size: source.size(),
            time_base: source.time_base(),
            rate: source.rate(),
            start: source.start(),
            first_at: source.origin().saturating_sub(source.start()),
            borders_before: usize::from(pass.segments.first().is_some_and(|first| first.number > 0)),
            finished: 0,
            open: None,
        }
    }

    fn take(&mut self, frame: CutFrame) -> Result<(), PipelineError> {
        let place = frame.segment.saturating_sub(self.borders_before).min(self.pass.segments.len() - 1);
        while self.finished < place {
            self.close()?;
        }
        if self.open.is_none() {
            self.open = Some(self.begin(frame.at)?);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        open.info.lasts.push(frame.lasts);
        open.info.empty += u64::from(Rect::around(&frame.cutout.alpha).is_none());
        open.sink.frame(CutFrame { at: frame.at - open.at, ..frame })?;
        Ok(())
    }

    fn begin(&self, at: i64) -> Result<OpenSegment, PipelineError> {
        let segment = &self.pass.segments[self.finished];
        let format = self.pass.sink.format;
        let path = self.pass.folder.join(format!("segment-{:05}.{}", segment.number, format.row().extension));
        let clip = Clip { size: self.size, time_base: self.time_base, rate: self.rate, audio: None };
        let first_at = self.first_at.saturating_add(at);
        let options = SinkOptions {
            threads: if self.pass.sink.threads == 0 { THREADS } else { self.pass.sink.threads },
            begins_s: (self.time_base.seconds(first_at) - self.pass.clip_from_s).max(0.0),
            ..self.pass.sink.clone()
        };
        let sink = sink::open(&path, clip, &options)?;
        let info = SegmentInfo {
            time_base: self.time_base,
            rate: self.rate,
            size: self.size,
            start: self.start,
            first_at,
            ..without_frames(segment)
        };
        let path =
            tempfile::TempPath::try_from_path(path).map_err(|error| PipelineError::Segment(error.into()))?;
        Ok(OpenSegment { path, sink, info, at })
    }

    /// Finishes the current segment, with or without a file.
    fn close(&mut self) -> Result<(), PipelineError> {
        let segment = &self.pass.segments[self.finished];
        self.finished += 1;
        let Some(OpenSegment { path, sink, info, .. }) = self.open.take() else {
            let info = without_frames(segment);
            return (self.done)(FinishedSegment { segment, file: None, info })
                .map_err(PipelineError::Segment);
        };
        sink.finish()?;
        let path: PathBuf = path.keep().map_err(|error| PipelineError::Segment(error.into()))?;
        (self.done)(FinishedSegment { segment, file: Some(&path), info }).map_err(PipelineError::Segment)
    }

    fn finish(mut self) -> Result<(), PipelineError> {
        while self.finished < self.pass.segments.len() {
            self.close()?;
        }
        Ok(())
    }
}
