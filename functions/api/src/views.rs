//! The API's view of jobs.

use std::time::Duration;

use sansfond_boot::Retention;
use sansfond_domain::job::{Clip, Output, Timings, VideoProgress};
use sansfond_domain::ports::{Links, PortError};
use sansfond_domain::upload::result_name;
use sansfond_domain::{
    ImageOptions, Job, JobKind, JobState, Language, Options, Timestamp, VideoOptions, storage_key,
};
use sansfond_web::failure_text;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schemas::{FailureSchema, KindSchema, StateSchema};

/// The lifetime of a link to a file.
const LINK_VALID: Duration = Duration::from_secs(15 * 60);
/// The version of a job with links changes this often, so that clients get new links before the old ones expire.
const LINK_AGE_S: i64 = 5 * 60;

/// A job: the removal of the background from one image or video.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobView {
    /// The ID of the job. IDs sort by creation time.
    #[schema(example = "01935c4e8a7b7c3e9f0a1b2c3d4e5f60")]
    id: String,
    /// The kind of file that the job processes.
    #[schema(value_type = KindSchema, example = "image")]
    kind: &'static str,
    /// The state of the job.
    #[schema(value_type = StateSchema, example = "completed")]
    state: &'static str,
    /// Progress in percent, 0 to 100.
    progress_percent: u8,
    /// The name of the uploaded file.
    name: String,
    /// The options of the result.
    options: OptionsView,
    /// Properties of the uploaded video. `null` for images and until the video has been probed.
    video: Option<VideoInfoView>,
    /// Progress of a video job in frames. `null` unless the state is `processing`.
    video_progress: Option<VideoProgressView>,
    /// The result. `null` until the job has completed.
    result: Option<ResultView>,
    /// The reason for the failure. `null` unless the state is `failed`.
    failure: Option<FailureView>,
    /// Processing times. `null` until the job has completed.
    timings: Option<TimingsView>,
    /// Time of creation (RFC 3339).
    #[schema(format = DateTime)]
    created_at: String,
    /// Time of the last change (RFC 3339).
    #[schema(format = DateTime)]
    updated_at: String,
}

/// The options of the result: image options or video options, depending on the `kind` of the job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobOptions)]
#[serde(untagged)]
enum OptionsView {
    Image(ImageOptions),
    Video(VideoOptions),
}

/// Properties of an uploaded video.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VideoInfo)]
struct VideoInfoView {
    /// The width in pixels, after rotation.
    width: u32,
    /// The height in pixels, after rotation.
    height: u32,
    /// The duration of the whole file, in milliseconds.
    duration_ms: u64,
    /// The number of frames in the whole file.
    frame_count: u64,
    /// Start of the part that is processed, in milliseconds.
    from_ms: u64,
    /// End of the part that is processed, in milliseconds.
    until_ms: u64,
}

/// Progress of a video job in frames.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VideoProgress)]
struct VideoProgressView {
    /// The number of finished frames.
    frames_done: u64,
    /// The expected number of frames.
    frames_total: u64,
    /// The processing rate.
    frames_per_second: f64,
    /// The estimated time until processing ends, in seconds. `null` until it can be estimated.
    remaining_s: Option<u32>,
}

/// The result of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobResult)]
struct ResultView {
    /// The media type of the file.
    media_type: String,
    /// The width in pixels.
    width: u32,
    /// The height in pixels.
    height: u32,
    /// The size of the file, in bytes.
    size_bytes: u64,
    /// A link that downloads the file with a suitable file name. `null` if the file has been deleted or was never
    /// stored.
    download_url: Option<String>,
    /// A link to the result of a video job that a media player or an `<img>` element can load. `null` for images, for
    /// ZIP files and once the file has been deleted.
    view_url: Option<String>,
    /// A link to a WebP preview of at most 1,024 pixels on its longer side.
    preview_url: Option<String>,
    /// A link to the uploaded file. Present only in responses to `GET /api/jobs/{id}`, and only while the upload is
    /// stored.
    source_url: Option<String>,
    /// Time at which the links stop working (RFC 3339).
    #[schema(format = DateTime)]
    urls_expire_at: Option<String>,
    /// Time at which the file is deleted (RFC 3339). `null` if the file was never stored.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// The reason that a job failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobFailure)]
struct FailureView {
    /// A stable code that programs can rely on.
    #[schema(value_type = FailureSchema, example = "no_subject")]
    code: &'static str,
    /// A message for the user: what happened, and what to do about it.
    message: String,
}

/// The time that each step of the last attempt took, in milliseconds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobTimings)]
struct TimingsView {
    /// Downloading the source file.
    download_ms: u64,
    /// Decoding.
    decode_ms: u64,
    /// Computing the matte and the foreground colors.
    matte_ms: u64,
    /// Composing and encoding the result.
    encode_ms: u64,
    /// Uploading the result.
    upload_ms: u64,
}

#[derive(Clone)]
pub(crate) struct JobViews {
    pub(crate) links: std::sync::Arc<dyn Links>,
    pub(crate) retention: Retention,
}

/// A version that changes whenever the view of a job does.
pub(crate) fn version(job: &Job, language: Language, now: Timestamp) -> String {
    let links = if job.output.is_some() { now.seconds() / LINK_AGE_S } else { 0 };
    format!("{}-{}-{links}-{}", job.updated_at.millis(), job.state.name(), language.code())
}

impl JobView {
    /// The view of a job without a result: one that is open, or that ended without success.
    pub(crate) fn without_result(job: &Job, language: Language) -> Self {
        let failure = job.failure.filter(|_| job.state == JobState::Failed).map(|failure| FailureView {
            code: failure.code(),
            message: failure_text(failure).in_language(language),
        });
        let Timings { download_ms, decode_ms, matte_ms, encode_ms, upload_ms } = job.timings;
        let timings = TimingsView { download_ms, decode_ms, matte_ms, encode_ms, upload_ms };
        Self {
            id: job.id.to_string(),
            kind: job.kind.name(),
            state: job.state.name(),
            progress_percent: job.progress,
            name: job.input.name.clone(),
            options: match job.options.clone() {
                Options::Image(options) => OptionsView::Image(options),
                Options::Video(options) => OptionsView::Video(options),
            },
            video: job.input.clip.map(|Clip { width, height, duration_ms, frames, from_ms, until_ms }| {
                VideoInfoView { width, height, duration_ms, frame_count: frames, from_ms, until_ms }
            }),
            video_progress: job.work.filter(|_| job.state == JobState::Processing).map(
                |VideoProgress { frames, of, per_10_s, left_s }| VideoProgressView {
                    frames_done: frames,
                    frames_total: of,
                    frames_per_second: f64::from(per_10_s) / 10.0,
                    remaining_s: left_s,
                },
            ),
            result: None,
            failure,
            timings: job.output.is_some().then_some(timings),
            created_at: job.created_at.to_rfc3339(),
            updated_at: job.updated_at.to_rfc3339(),
        }
    }
}

impl JobViews {
    pub(crate) async fn view(
        &self,
        job: &Job,
        language: Language,
        now: Timestamp,
    ) -> Result<JobView, PortError> {
        let mut view = JobView::without_result(job, language);
        if let Some(output) = &job.output {
            view.result = Some(self.result(job, output, now).await?);
        }
        Ok(view)
    }

    /// As [`Self::view`], with a link to the uploaded file. The function needs permission to read uploads.
    pub(crate) async fn view_with_source(
        &self,
        job: &Job,
        language: Language,
        now: Timestamp,
    ) -> Result<JobView, PortError> {
        let mut view = self.view(job, language, now).await?;
        let kept = job.source_is_kept(now, self.retention.uploads());
        if let Some(result) = view.result.as_mut().filter(|_| kept) {
            let source = job.source_key();
            result.source_url = Some(self.links.view(&source, LINK_VALID).await?);
            result.urls_expire_at = Some(now.plus(LINK_VALID).to_rfc3339());
        }
        Ok(view)
    }

    async fn result(&self, job: &Job, output: &Output, now: Timestamp) -> Result<ResultView, PortError> {
        let expires_at = job.updated_at.plus(self.retention.results());
        let kept = output.stored && now < expires_at;
        let (mut download_url, mut view_url, mut preview_url) = (None, None, None);
        let can_be_shown = output.media_type.starts_with("video/") || output.media_type.starts_with("image/");
        if kept {
            let key = storage_key::result(&job.account, &job.id, &output.extension);
            download_url = Some(
                self.links
                    .download(&key, &result_name(&job.input.name, &output.extension), LINK_VALID)
                    .await?,
            );
            if job.kind == JobKind::Video && can_be_shown {
                view_url = Some(self.links.view(&key, LINK_VALID).await?);
            }
            preview_url =
                Some(self.links.view(&storage_key::preview(&job.account, &job.id), LINK_VALID).await?);
        }
        Ok(ResultView {
            media_type: output.media_type.clone(),
            width: output.width,
            height: output.height,
            size_bytes: output.size_bytes,
            download_url,
            view_url,
            preview_url,
            source_url: None,
            urls_expire_at: kept.then(|| now.plus(LINK_VALID).to_rfc3339()),
            expires_at: output.stored.then(|| expires_at.to_rfc3339()),
        })
    }
}
