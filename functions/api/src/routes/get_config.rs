//! `GET /api/config`: returns the public configuration: limits, plans, formats and languages.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use sansfond_boot::{Boot, Function, Retention, Setting, Settings, run_route};
use sansfond_domain::credits::MS_PER_CREDIT;
use sansfond_domain::options::{PREVIEW_MS, VideoFormat};
use sansfond_domain::preview::{PREVIEW_BYTES, PREVIEW_SIDE};
use sansfond_domain::upload::{PART_BYTES, PICTURE_TYPES, UPLOAD_WINDOW, VIDEO_TYPES};
use sansfond_domain::{JobKind, Language, Plan, Previews};
use sansfond_web::{RateLimit, VERSION};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::schemas::{LanguageSchema, PictureTypeSchema, VideoTypeSchema};

/// The limits, plans and formats of this service.
#[derive(Serialize, ToSchema)]
struct Config {
    /// The version of the service and, unless it is a release, the commit that it was built from.
    version: &'static str,
    /// The languages of messages and emails.
    #[schema(value_type = Vec<LanguageSchema>)]
    languages: Vec<Language>,
    /// The available plans.
    plans: Vec<PlanView>,
    /// The media types of images that can be uploaded.
    #[schema(value_type = Vec<PictureTypeSchema>)]
    image_types: Vec<&'static str>,
    /// The lifetime of a signed upload URL, in seconds.
    upload_url_lifetime_s: u64,
    /// Formats and limits of videos.
    video: VideoView,
    /// How long files are stored.
    retention: RetentionView,
    /// Limits of previews without an account.
    preview: PreviewView,
    /// The operator's legal notice; `null` if the operator has not set one.
    imprint: Option<String>,
}

/// The credits and limits of a plan.
#[derive(Serialize, ToSchema)]
#[schema(as = Plan)]
struct PlanView {
    /// The name of the plan.
    name: String,
    /// Image credits per month.
    images_per_month: u32,
    /// Video credits per month.
    videos_per_month: u32,
    /// The maximum duration of a video, in seconds.
    max_video_seconds: u32,
    /// The maximum size of an image file, in bytes.
    max_image_bytes: u64,
    /// The maximum size of a video file, in bytes.
    max_video_bytes: u64,
    /// The maximum size of an image, in megapixels.
    max_megapixels: u32,
    /// The maximum number of open jobs.
    max_open_jobs: u32,
    /// The maximum number of requests per minute that create or retry a job.
    max_job_requests_per_minute: u32,
    /// The maximum number of image jobs per day (UTC) that cost no credits, because they fail or are cancelled. A job
    /// that costs credits makes up for one that does not.
    max_uncharged_images_per_day: u32,
    /// The maximum number of video jobs per day (UTC) that cost no credits, because they fail, are cancelled or are
    /// previews. A job that costs credits makes up for one that does not.
    max_uncharged_videos_per_day: u32,
}

/// The formats and limits of `POST /api/remove-video-background`.
#[derive(Serialize, ToSchema)]
#[schema(as = VideoConfig)]
struct VideoView {
    /// The media types of videos that can be uploaded.
    #[schema(value_type = Vec<VideoTypeSchema>)]
    types: Vec<&'static str>,
    /// The formats in which results are available.
    #[schema(value_type = Vec<VideoFormat>)]
    formats: Vec<&'static str>,
    /// The size of each part of an upload except the last, in bytes.
    part_size_bytes: u64,
    /// The duration of a free video preview, in milliseconds.
    preview_duration_ms: u64,
    /// The duration that one credit pays for, in milliseconds. A video costs one credit for each full or partial period of
    /// this length in the processed part.
    ms_per_credit: u64,
}

/// How long files are stored before they are deleted.
#[derive(Serialize, ToSchema)]
#[schema(as = Retention)]
struct RetentionView {
    /// The number of days that uploaded files are stored.
    upload_days: u32,
    /// The number of days that results are stored.
    result_days: u32,
}

/// The limits of `POST /api/preview`.
#[derive(Serialize, ToSchema)]
#[schema(as = PreviewConfig)]
struct PreviewView {
    /// `true` if the operator allows previews without an account.
    enabled: bool,
    /// The maximum length of the longer side of the result, in pixels.
    max_side_px: u32,
    /// The maximum size of the image file, in bytes.
    max_size_bytes: usize,
}

#[derive(Clone)]
struct ConfigState {
    free: Arc<Plan>,
    retention: Retention,
    previews: Previews,
    imprint: Option<Arc<str>>,
}

pub const FUNCTION: Function = Function {
    settings: &[Setting::Retention, Setting::Previews, Setting::FreePlan, Setting::Imprint],
    ..Function::route::<__path_handle>("get_config", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let Settings { retention, previews, imprint, .. } = boot.settings();
    let known = ConfigState {
        free: boot.free_plan(),
        retention: *retention,
        previews: *previews,
        imprint: imprint.as_deref().map(Arc::from),
    };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(known), RateLimit::ORDINARY)
}

/// Returns the limits, plans and formats of this service.
#[utoipa::path(get, path = "/api/config", tag = "service", responses((status = 200, body = Config, description = "The configuration.")))]
async fn handle(State(known): State<ConfigState>) -> Response {
    let config = Config {
        version: VERSION,
        languages: sansfond_texts::languages().collect(),
        plans: vec![view(&known.free)],
        image_types: PICTURE_TYPES.to_vec(),
        upload_url_lifetime_s: UPLOAD_WINDOW.as_secs(),
        video: VideoView {
            types: VIDEO_TYPES.to_vec(),
            formats: VideoFormat::ALL.map(VideoFormat::name).to_vec(),
            part_size_bytes: PART_BYTES,
            preview_duration_ms: PREVIEW_MS,
            ms_per_credit: MS_PER_CREDIT,
        },
        retention: RetentionView {
            upload_days: known.retention.upload_days,
            result_days: known.retention.result_days,
        },
        preview: PreviewView {
            enabled: known.previews.are_open(),
            max_side_px: PREVIEW_SIDE,
            max_size_bytes: PREVIEW_BYTES,
        },
        imprint: known.imprint.as_deref().map(str::to_owned),
    };
    ([(CACHE_CONTROL, "public, max-age=300")], axum::Json(config)).into_response()
}

fn view(plan: &Plan) -> PlanView {
    PlanView {
        name: plan.name.clone(),
        images_per_month: plan.images_per_month,
        videos_per_month: plan.videos_per_month,
        max_video_seconds: plan.video_seconds,
        max_image_bytes: plan.upload_bytes,
        max_video_bytes: plan.video_bytes,
        max_megapixels: plan.megapixels,
        max_open_jobs: plan.jobs_at_once,
        max_job_requests_per_minute: plan.job_requests_per_minute,
        max_uncharged_images_per_day: plan.uncharged_per_day(JobKind::Image),
        max_uncharged_videos_per_day: plan.uncharged_per_day(JobKind::Video),
    }
}
