//! Processes one video on this machine: plans its segments, makes the missing ones, and joins all of them.
//!
//! It runs on a thread that may block and calls the bucket through the runtime. It does not change the job.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use image::RgbaImage;
use sansfond_domain::job::{Clip, Output, Timings};
use sansfond_domain::options::{
    BACKDROP_BYTES, BACKDROP_PIXELS, BACKDROP_SENT_SIDE, BACKDROP_SIDE, PREVIEW_SIDE, VideoBackdrop,
};
use sansfond_domain::ports::{Files, PortError, Ranges, ReadFileError};
use sansfond_domain::preview::PREVIEW_SIDE as THUMBNAIL_SIDE;
use sansfond_domain::storage_key;
use sansfond_domain::{Failure, Job, VideoOptions};
use sansfond_imaging::backdrop::backdrop;
use sansfond_imaging::frames::{Cause, FrameMatting};
use sansfond_imaging::thumbnail::thumbnail;
use sansfond_imaging::{Background, Picture};
use sansfond_jobs::millis;
use sansfond_video::pipeline::StageTimes;
use sansfond_video::segments::{self, JoinError, Segment, SegmentFile, SegmentInfo, SegmentPass};
use sansfond_video::sink::{Backdrop as SinkBackdrop, Effort};
use sansfond_video::{
    Limits, Pipeline, Progress, SinkOptions, SoundSource, SourceOptions, VideoFormat, key_frames,
};
use tokio::runtime::Handle;

use crate::engine::MattingLoader;
use crate::failure::{InternalError, VideoJobError};
use crate::preview::PreviewCapture;
use crate::progress::FrameCounter;
use crate::range_cache::RangeCache;
use crate::segments::{SegmentManifest, SegmentStore, open};
use crate::shutdown::Stop;

/// The limits that the API applies to the header of the background picture.
const BACKDROP_LIMITS: sansfond_imaging::Limits = sansfond_imaging::Limits {
    max_bytes: BACKDROP_BYTES,
    max_pixels: BACKDROP_PIXELS,
    max_side: BACKDROP_SENT_SIDE,
};
/// The plan ignores a key frame that is closer than this to the previous one, in seconds.
const KEY_FRAME_DISTANCE_S: f64 = 1.0;
/// The rate is logged after this many frames.
const FIRST_FRAMES: u64 = 100;

/// Everything that the work on one job needs.
pub struct JobContext {
    pub job: Job,
    pub options: VideoOptions,
    /// The properties of the clip, and the reserved part of it.
    pub clip: Clip,
    /// Results and segments.
    pub files: Arc<dyn Files>,
    pub ranges: Arc<dyn Ranges>,
    pub load: Arc<MattingLoader>,
    pub frame_counter: Arc<FrameCounter>,
    pub stop: Arc<Stop>,
    /// The runtime that runs the calls to the bucket.
    pub runtime: Handle,
    /// A folder for files of this job only. The caller deletes it.
    pub folder: std::path::PathBuf,
}

/// The result is in the bucket.
#[derive(Debug)]
pub struct FinishedVideo {
    pub output: Output,
    pub timings: Timings,
}

impl JobContext {
    /// Processes the video, from its source to its result in the bucket.
    ///
    /// # Errors
    /// [`VideoJobError`]. Finished segments stay in the bucket.
    pub fn process(&self) -> Result<FinishedVideo, VideoJobError> {
        let format = self.options.format;
        let range_cache = self.source()?;
        let plan = self.plan(&range_cache, format)?;
        let segment_store = SegmentStore::of(&self.job, format, self.files.clone());
        let mut manifests = self.wait(segment_store.finished(&plan))?;
        let sink = self.sink_options(format)?;
        let mut times = StageTimes::default();
        let missing: u64 =
            plan.iter().filter(|segment| !manifests.contains_key(&segment.number)).count() as u64;
        tracing::info!(job = %self.job.id, segments = plan.len(), missing, "the work starts");
        let mut local_files = std::collections::BTreeMap::new();
        if missing > 0 {
            let frame_matting = (self.load)().map_err(InternalError::Engine)?;
            let preview = PreviewCapture::new(&*frame_matting, self.has_preview()?);
            let finished: Vec<u32> = manifests.keys().copied().collect();
            for run in segments::missing(&plan, |number| finished.contains(&number)) {
                let before = frames_before(&manifests, run);
                let pass = self.pass(run, &plan, before, &sink);
                times += self.process_pass(&pass, &range_cache, &preview, |done| {
                    if let Some(cutout) = preview.take() {
                        self.put_preview(&cutout)?;
                    }
                    let manifest = self.wait(segment_store.put(&done)).map_err(CarriedError::cause)?;
                    if let Some(path) = done.file {
                        local_files.insert(done.segment.number, path.to_owned());
                    }
                    manifests.insert(done.segment.number, manifest);
                    Ok(())
                })?;
            }
        }
        if !segments::has_subject(manifests.values().map(|manifest| &manifest.info)) {
            return Err(VideoJobError::unsuitable(Failure::NoSubject, "no frame shows a subject"));
        }
        let mut pieces = Vec::with_capacity(manifests.len());
        for (number, manifest) in &manifests {
            let file = match local_files.remove(number) {
                Some(path) => Some(path),
                None => self.wait(segment_store.download(manifest, &self.folder))?,
            };
            pieces.push(SegmentFile { info: manifest.info.clone(), file });
        }
        let result = self.folder.join(format!("result.{}", format.row().extension));
        let joining = Instant::now();
        match segments::join(&pieces, self.sound(&range_cache, format, &pieces)?, &sink, &result) {
            Ok(()) => {}
            Err(error @ (JoinError::Missing | JoinError::Mismatch)) => {
                // With them, the next worker would fail in the same way.
                self.wait(segment_store.clear())?;
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        }
        let joined = joining.elapsed();
        self.check_stop()?;
        let (output, upload) = self.store(&result, format, &pieces)?;
        let frames: u64 = pieces.iter().map(|piece| piece.info.frames()).sum();
        log_shares(&self.job, frames, &times, joined, range_cache.waited());
        let timings = Timings {
            download_ms: millis(range_cache.waited()),
            decode_ms: millis(times.decode),
            matte_ms: millis(times.matte + times.finish),
            encode_ms: millis(times.encode + joined),
            upload_ms: millis(upload),
        };
        Ok(FinishedVideo { output, timings })
    }

    /// Opens the customer's file, if it is the version that was probed.
    fn source(&self) -> Result<RangeCache, VideoJobError> {
        let input = &self.job.input;
        let key = self.job.source_key();
        let metadata = self.wait(self.ranges.look(&key))?;
        let metadata = metadata.filter(|metadata| {
            metadata.size_bytes == input.size_bytes && input.version.as_ref() == Some(&metadata.version)
        });
        let Some(metadata) = metadata else {
            return Err(VideoJobError::unsuitable(
                Failure::UploadMismatch,
                "the file is not the one that was probed",
            ));
        };
        let local_file = tempfile::tempfile_in(&self.folder)?;
        let (ranges, runtime, stop) = (self.ranges.clone(), self.runtime.clone(), self.stop.clone());
        Ok(RangeCache::new(ranges, runtime, stop, key, metadata, local_file))
    }

    /// Plans segments for the reserved part only, even if the file is longer than its header says.
    fn plan(&self, range_cache: &RangeCache, format: VideoFormat) -> Result<Vec<Segment>, VideoJobError> {
        // A preview is one segment, so its file need not be read to the end for a plan.
        let keys = if self.options.preview {
            Vec::new()
        } else {
            key_frames(range_cache.bytes(), KEY_FRAME_DISTANCE_S)
                .map_err(|error| self.classify(range_cache, error))?
        };
        let (from_s, until_s) = self.part_s();
        Ok(segments::plan(&keys, from_s, until_s, format))
    }

    fn part_s(&self) -> (f64, f64) {
        (self.clip.from_ms as f64 / 1000.0, self.clip.until_ms as f64 / 1000.0)
    }

    /// The number of frames, if they are evenly spread.
    fn expected_frames(&self) -> u64 {
        let Clip { duration_ms, frames, from_ms, until_ms, .. } = self.clip;
        let part = until_ms.saturating_sub(from_ms) as f64 / duration_ms.max(1) as f64;
        ((frames as f64 * part).round() as u64).max(1)
    }

    fn source_options(&self) -> SourceOptions {
        let (from_s, until_s) = self.part_s();
        SourceOptions {
            from_s,
            until_s: Some(until_s),
            max_side: self.options.preview.then_some(PREVIEW_SIDE),
            no_audio: !self.options.sound,
            limits: Limits::default(),
            ..SourceOptions::default()
        }
    }

    fn sink_options(&self, format: VideoFormat) -> Result<SinkOptions, VideoJobError> {
        let background = match self.options.background {
            VideoBackdrop::Plain(backdrop) => backdrop.into(),
            VideoBackdrop::Picture => Background::Picture(Box::new(self.backdrop()?)),
        };
        Ok(SinkOptions {
            format,
            background: SinkBackdrop::from(background),
            effort: if self.options.preview { Effort::Preview } else { Effort::Final },
            ..SinkOptions::default()
        })
    }

    /// The background picture of the job. Each worker reads it again; it never changes, so segments of
    /// several workers have the same background.
    fn backdrop(&self) -> Result<Picture, VideoJobError> {
        let key = storage_key::backdrop(&self.job.account, &self.job.id);
        let read = async {
            match self.files.read(&key, BACKDROP_LIMITS.max_bytes).await {
                Ok(content) => Ok(content),
                Err(ReadFileError::TooLarge { .. }) => Ok(None),
                Err(ReadFileError::Port(error)) => Err(error),
            }
        };
        let content = self.wait(read)?.ok_or_else(|| {
            VideoJobError::unsuitable(Failure::BackdropMissing, "the background picture does not exist")
        })?;
        backdrop(&content.bytes, &BACKDROP_LIMITS, BACKDROP_SIDE)
            .map_err(|error| VideoJobError::unsuitable(Failure::UnreadableBackdrop, error))
    }

    /// The settings for one run of missing segments; `done_frames` is the number of frames before it.
    fn pass<'a>(
        &'a self,
        segments: &'a [Segment],
        plan: &[Segment],
        done_frames: u64,
        sink: &SinkOptions,
    ) -> SegmentPass<'a> {
        SegmentPass {
            segments,
            pipeline: Pipeline { steady: self.options.steady, ..Pipeline::default() },
            source: self.source_options(),
            sink: sink.clone(),
            folder: &self.folder,
            done_frames,
            expected_frames: Some(self.expected_frames()),
            clip_from_s: plan.first().map_or(0.0, |first| first.from_s),
        }
    }

    fn process_pass(
        &self,
        pass: &SegmentPass<'_>,
        range_cache: &RangeCache,
        frame_matting: &dyn FrameMatting,
        done: impl FnMut(segments::FinishedSegment<'_>) -> Result<(), Cause>,
    ) -> Result<StageTimes, VideoJobError> {
        self.frame_counter.set_expected(self.expected_frames());
        self.frame_counter.set_done(pass.done_frames);
        let started = Instant::now();
        let progress = |progress: &Progress| {
            self.frame_counter.set_done(progress.frames);
            if progress.frames == pass.done_frames + FIRST_FRAMES {
                let fps = FIRST_FRAMES as f64 / started.elapsed().as_secs_f64();
                let frames_per_second = (fps * 10.0).round() / 10.0;
                tracing::info!(job = %self.job.id, frames_per_second, "the first frames are done");
            }
        };
        match segments::process(range_cache.bytes(), pass, frame_matting, self.stop.flag(), progress, done) {
            Ok(summary) => Ok(summary.times),
            // The callback's error is the cause; the pipeline's error only wraps it.
            Err(sansfond_video::PipelineError::Segment(cause)) => Err(CarriedError::job_error(cause)),
            Err(sansfond_video::PipelineError::Source(error)) => Err(self.classify(range_cache, error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells a broken file from one that was deleted during the work, and from a stop.
    fn classify(&self, range_cache: &RangeCache, error: sansfond_video::SourceError) -> VideoJobError {
        if self.stop.reason().is_some() {
            VideoJobError::Stopped
        } else if range_cache.is_deleted() {
            VideoJobError::unsuitable(Failure::UploadMismatch, "the file no longer exists")
        } else {
            error.into()
        }
    }

    fn sound(
        &self,
        range_cache: &RangeCache,
        format: VideoFormat,
        pieces: &[SegmentFile],
    ) -> Result<Option<SoundSource>, VideoJobError> {
        if !self.options.sound || !format.row().has_sound {
            return Ok(None);
        }
        let Some(first) = first_with_frames(pieces) else { return Ok(None) };
        SoundSource::open(range_cache.bytes(), &self.source_options(), first)
            .map_err(|error| self.classify(range_cache, error))
    }

    /// Writes the result to the bucket.
    fn store(
        &self,
        path: &Path,
        format: VideoFormat,
        pieces: &[SegmentFile],
    ) -> Result<(Output, Duration), VideoJobError> {
        let started = Instant::now();
        let (file, size_bytes) = open(path).map_err(InternalError::Bucket)?;
        let key = storage_key::result(&self.job.account, &self.job.id, format.row().extension);
        self.wait(self.files.write_from(&key, format.row().media_type, file))?;
        let (width, height) = first_with_frames(pieces).map_or((0, 0), |info| format.frame_size(info.size));
        let output = Output {
            media_type: format.row().media_type.to_owned(),
            extension: format.row().extension.to_owned(),
            size_bytes,
            width,
            height,
            stored: true,
        };
        Ok((output, started.elapsed()))
    }

    fn has_preview(&self) -> Result<bool, VideoJobError> {
        let key = storage_key::preview(&self.job.account, &self.job.id);
        Ok(self.wait(self.ranges.look(&key))?.is_some())
    }

    fn put_preview(&self, picture: &RgbaImage) -> Result<(), Cause> {
        let bytes = thumbnail(picture, THUMBNAIL_SIDE)
            .map_err(|error| CarriedError::cause(InternalError::Preview(error).into()))?;
        let key = storage_key::preview(&self.job.account, &self.job.id);
        self.wait(self.files.write(&key, "image/webp", bytes)).map_err(CarriedError::cause)
    }

    fn check_stop(&self) -> Result<(), VideoJobError> {
        if self.stop.reason().is_some() { Err(VideoJobError::Stopped) } else { Ok(()) }
    }

    /// Waits for the bucket, or until an end is requested.
    fn wait<T>(&self, request: impl Future<Output = Result<T, PortError>>) -> Result<T, VideoJobError> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.requested() => Err(VideoJobError::Stopped),
                answer = request => answer.map_err(|error| VideoJobError::Internal(InternalError::Bucket(error))),
            }
        })
    }
}

/// Carries a job's error through the pipeline, which only knows causes.
#[derive(Debug, thiserror::Error)]
#[error("a segment could not be stored")]
struct CarriedError(Mutex<Option<VideoJobError>>);

impl CarriedError {
    fn cause(job_error: VideoJobError) -> Cause {
        Box::new(Self(Mutex::new(Some(job_error))))
    }

    fn job_error(cause: Cause) -> VideoJobError {
        match cause.downcast::<Self>() {
            Ok(carried) => {
                let job_error = carried.0.lock().unwrap_or_else(PoisonError::into_inner).take();
                job_error.expect("an error is taken once. This is a bug.")
            }
            Err(cause) => VideoJobError::Internal(InternalError::Engine(cause)),
        }
    }
}

/// Number of frames in the finished segments before a run.
fn frames_before(manifests: &std::collections::BTreeMap<u32, SegmentManifest>, run: &[Segment]) -> u64 {
    let Some(first) = run.first() else { return 0 };
    manifests.range(..first.number).map(|(_, manifest)| manifest.info.frames()).sum()
}

fn first_with_frames(pieces: &[SegmentFile]) -> Option<&SegmentInfo> {
    pieces.iter().map(|piece| &piece.info).find(|info| info.frames() > 0)
}

/// Logs the time of each stage in percent. Stages run in parallel: the largest is the bottleneck.
fn log_shares(job: &Job, frames: u64, times: &StageTimes, joined: Duration, waited: Duration) {
    let all = (times.decode + times.matte + times.finish + times.encode + joined).as_secs_f64().max(1e-9);
    let share = |time: Duration| (time.as_secs_f64() / all * 100.0).round() as u64;
    tracing::info!(
        job = %job.id,
        frames,
        decode_percent = share(times.decode),
        matte_percent = share(times.matte),
        finish_percent = share(times.finish),
        encode_percent = share(times.encode),
        join_percent = share(joined),
        waited_for_source_ms = millis(waited),
        "the video is processed"
    );
}
