//! `GET /api/config`: limits, plans and languages, for everybody.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use sansfond_boot::{Boot, Function, Retention, Setting, Settings, run_route};
use sansfond_domain::options::{PREVIEW_MS, VideoFormat};
use sansfond_domain::preview::{PREVIEW_BYTES, PREVIEW_SIDE};
use sansfond_domain::upload::{PART_BYTES, PICTURE_TYPES, UPLOAD_WINDOW, VIDEO_TYPES};
use sansfond_domain::{Language, Plan, Previews};
use sansfond_web::RateLimit;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::schemas::{LanguageSchema, PictureTypeSchema, VideoTypeSchema};

/// What a client may rely on.
#[derive(Serialize, ToSchema)]
struct Config {
    version: &'static str,
    #[schema(value_type = Vec<LanguageSchema>)]
    languages: Vec<&'static str>,
    plans: Vec<PlanView>,
    /// Media types that may be uploaded.
    #[schema(value_type = Vec<PictureTypeSchema>)]
    picture_types: Vec<&'static str>,
    /// How long a signed upload stays open.
    upload_window_s: u64,
    /// Videos.
    video: VideoView,
    /// When files are deleted.
    kept: RetentionView,
    /// Trying without an account.
    preview: PreviewView,
    /// Who runs this service, in the operator's own words; nothing if they have not said.
    imprint: Option<String>,
}

/// A plan.
#[derive(Serialize, ToSchema)]
struct PlanView {
    name: String,
    /// Credits for pictures in a month.
    images_per_month: u32,
    /// Credits for videos in a month.
    videos_per_month: u32,
    video_seconds: u32,
    upload_bytes: u64,
    /// The largest upload of a video.
    video_bytes: u64,
    megapixels: u32,
    jobs_at_once: u32,
}

/// What `POST /api/remove-video-background` takes and gives.
#[derive(Serialize, ToSchema)]
struct VideoView {
    /// Media types that may be uploaded.
    #[schema(value_type = Vec<VideoTypeSchema>)]
    types: Vec<&'static str>,
    /// What can come out.
    #[schema(value_type = Vec<VideoFormat>)]
    formats: Vec<&'static str>,
    /// Bytes of each part of an upload but the last.
    part_bytes: u64,
    /// How long a first look is.
    preview_ms: u64,
}

/// When files are deleted.
#[derive(Serialize, ToSchema)]
struct RetentionView {
    upload_days: u32,
    result_days: u32,
}

/// What `POST /api/preview` takes and gives.
#[derive(Serialize, ToSchema)]
struct PreviewView {
    /// Whether it is there for anybody.
    open: bool,
    /// The longer side of what comes back.
    max_side_px: u32,
    /// The most that may be sent.
    bytes: usize,
}

#[derive(Clone)]
struct ConfigState {
    free: Arc<Plan>,
    retention: Retention,
    previews: Previews,
    imprint: Option<Arc<str>>,
}

/// The function of this route.
pub const FUNCTION: Function = Function {
    settings: &[Setting::Retention, Setting::Previews, Setting::FreePlan, Setting::Imprint],
    ..Function::route::<__path_handle>("get_config", || run_route(router))
};

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
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

/// Limits, plans and languages.
#[utoipa::path(get, path = "/api/config", tag = "service", responses((status = 200, body = Config)))]
async fn handle(State(known): State<ConfigState>) -> Response {
    let config = Config {
        version: env!("CARGO_PKG_VERSION"),
        languages: Language::ALL.map(Language::code).to_vec(),
        plans: vec![view(&known.free)],
        picture_types: PICTURE_TYPES.to_vec(),
        upload_window_s: UPLOAD_WINDOW.as_secs(),
        video: VideoView {
            types: VIDEO_TYPES.to_vec(),
            formats: VideoFormat::ALL.map(VideoFormat::name).to_vec(),
            part_bytes: PART_BYTES,
            preview_ms: PREVIEW_MS,
        },
        kept: RetentionView {
            upload_days: known.retention.upload_days,
            result_days: known.retention.result_days,
        },
        preview: PreviewView {
            open: known.previews.are_open(),
            max_side_px: PREVIEW_SIDE,
            bytes: PREVIEW_BYTES,
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
        video_seconds: plan.video_seconds,
        upload_bytes: plan.upload_bytes,
        video_bytes: plan.video_bytes,
        megapixels: plan.megapixels,
        jobs_at_once: plan.jobs_at_once,
    }
}
