//! What clients see of jobs.

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

/// How long a link to a result is valid.
const LINK_VALID: Duration = Duration::from_secs(15 * 60);
/// Links are renewed before they end: a job's version changes so often.
const LINK_AGE_S: i64 = 5 * 60;

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobView {
    /// Its name; later jobs sort after earlier ones.
    #[schema(example = "01935c4e8a7b7c3e9f0a1b2c3d4e5f60")]
    id: String,
    /// What it works on.
    #[schema(value_type = KindSchema, example = "image")]
    kind: &'static str,
    /// Where it stands.
    #[schema(value_type = StateSchema, example = "completed")]
    state: &'static str,
    /// 0 to 100.
    progress: u8,
    /// The name of the file that was sent.
    name: String,
    /// What was asked for.
    options: OptionsView,
    /// Of a video that has come: what it is.
    clip: Option<ClipView>,
    /// Of a video that is worked on: how far it is.
    work: Option<WorkView>,
    /// The result, when it is there.
    result: Option<ResultView>,
    /// Why it failed.
    failure: Option<FailureView>,
    /// Where the time went.
    timings: Option<TimingsView>,
    /// When it was accepted (RFC 3339).
    created_at: String,
    /// When anything about it last changed.
    updated_at: String,
}

/// What was asked for: of a picture or of a video, as `kind` says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum OptionsView {
    Image(ImageOptions),
    Video(VideoOptions),
}

/// What a look into a video has found.
#[derive(Debug, Serialize, ToSchema)]
struct ClipView {
    width: u32,
    height: u32,
    /// Of the whole file.
    duration_ms: u64,
    /// Of the whole file.
    frames: u64,
    /// The part that is worked on.
    from_ms: u64,
    until_ms: u64,
}

/// How far the worker of a video is.
#[derive(Debug, Serialize, ToSchema)]
struct WorkView {
    frames: u64,
    /// Frames that there will be.
    of: u64,
    frames_per_second: f64,
    /// Seconds left, at this rate.
    left_s: Option<u32>,
}

/// A result.
#[derive(Debug, Serialize, ToSchema)]
struct ResultView {
    media_type: String,
    width: u32,
    height: u32,
    size_bytes: u64,
    /// A link that saves the file under its proper name. `null` when the file is deleted or was never kept.
    download_url: Option<String>,
    /// Of a video: a link to the file for a player or an `<img>`. `null` for pictures, for ZIP files, and
    /// when the file is deleted.
    view_url: Option<String>,
    /// A link to a WebP of at most 1,024 pixels.
    preview_url: Option<String>,
    /// A link to the picture that was sent, from `GET /api/jobs/{id}` alone. `null` elsewhere, when the
    /// upload is deleted, and when there was none.
    source_url: Option<String>,
    /// When the links end.
    links_until: Option<String>,
    /// When the file is deleted.
    deleted_at: Option<String>,
}

/// Why a job failed.
#[derive(Debug, Serialize, ToSchema)]
struct FailureView {
    /// A stable name.
    #[schema(value_type = FailureSchema, example = "no_subject")]
    code: &'static str,
    /// What happened and what to do.
    message: String,
}

/// Where a worker's time went, in milliseconds.
#[derive(Debug, Serialize, ToSchema)]
struct TimingsView {
    download_ms: u64,
    decode_ms: u64,
    matte_ms: u64,
    encode_ms: u64,
    upload_ms: u64,
}

/// Turns jobs into views.
#[derive(Clone)]
pub(crate) struct JobViews {
    pub(crate) links: std::sync::Arc<dyn Links>,
    pub(crate) retention: Retention,
}

/// Changes whenever the view of a job does.
pub(crate) fn version(job: &Job, language: Language, now: Timestamp) -> String {
    let links = if job.output.is_some() { now.seconds() / LINK_AGE_S } else { 0 };
    format!("{}-{}-{links}-{}", job.updated_at.millis(), job.state.name(), language.code())
}

impl JobView {
    /// A job that has no result, as open and given-up ones are.
    pub(crate) fn without_result(job: &Job, language: Language) -> Self {
        let failure = job.failure.filter(|_| job.state == JobState::Failed).map(|failure| FailureView {
            code: failure.code(),
            message: failure_text(failure).in_language(language).to_owned(),
        });
        let Timings { download_ms, decode_ms, matte_ms, encode_ms, upload_ms } = job.timings;
        let timings = TimingsView { download_ms, decode_ms, matte_ms, encode_ms, upload_ms };
        Self {
            id: job.id.to_string(),
            kind: job.kind.name(),
            state: job.state.name(),
            progress: job.progress,
            name: job.input.name.clone(),
            options: match job.options.clone() {
                Options::Image(options) => OptionsView::Image(options),
                Options::Video(options) => OptionsView::Video(options),
            },
            clip: job.input.clip.map(|Clip { width, height, duration_ms, frames, from_ms, until_ms }| {
                ClipView { width, height, duration_ms, frames, from_ms, until_ms }
            }),
            work: job.work.filter(|_| job.state == JobState::Processing).map(
                |VideoProgress { frames, of, per_10_s, left_s }| WorkView {
                    frames,
                    of,
                    frames_per_second: f64::from(per_10_s) / 10.0,
                    left_s,
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

    /// The same with a link to what was sent, for who may read uploads.
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
            result.links_until = Some(now.plus(LINK_VALID).to_rfc3339());
        }
        Ok(view)
    }

    async fn result(&self, job: &Job, output: &Output, now: Timestamp) -> Result<ResultView, PortError> {
        let deleted_at = job.updated_at.plus(self.retention.results());
        let kept = output.stored && now < deleted_at;
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
            links_until: kept.then(|| now.plus(LINK_VALID).to_rfc3339()),
            deleted_at: output.stored.then(|| deleted_at.to_rfc3339()),
        })
    }
}
