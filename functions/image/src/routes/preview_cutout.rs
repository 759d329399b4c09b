//! `POST /api/preview`: a cutout at preview size without an account. Nothing is stored: no job, no credit, no file.
//!
//! The cost of anonymous requests is limited per address and hour, and for all addresses together per day. Only our own
//! site may send them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use sansfond_boot::{Boot, Function, Setting, Throttle, run_route};
use sansfond_domain::ports::RateCounters;
use sansfond_domain::preview::PREVIEW_BYTES;
use sansfond_domain::{Plan, Previews};
use sansfond_engine::Engine;
use sansfond_matting::matting_model::WhenFull;
use sansfond_texts::{preview, request};
use sansfond_web::{Code, OriginCheck, Problem, RateLimit, RoutePolicy, check_rate_or};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::media::{File, media_type};
use super::problems::work_problem;
use crate::boot;
use crate::cutout::{self, PREVIEW_TYPE, Preview};
use crate::work::{ImageJobError, run_blocking};

/// The subject of the limit for all addresses together.
const EVERYBODY: &str = "everybody";

#[derive(Clone)]
struct Ports {
    counters: Arc<dyn RateCounters>,
    /// `None`: previews are disabled.
    engine: Option<Arc<Engine>>,
    free: Arc<Plan>,
    in_a_day: RateLimit,
}

/// Its only permission is to count requests. Its concurrency is reserved, so that anonymous requests never use the
/// concurrency of signed-in users.
pub const FUNCTION: Function = Function {
    settings: &[Setting::Engine, Setting::Previews, Setting::FreePlan],
    throttle: Some(Throttle::COSTLY),
    properties: &[
        ("Timeout", "29"),
        (
            "ReservedConcurrentExecutions",
            "!If [KeepsPreviewsApart, !Ref PreviewConcurrency, !Ref AWS::NoValue]",
        ),
        ("MemorySize", "!Ref ImageMemory"),
        ("EphemeralStorage", "{ Size: 1024 }"),
        ("LoggingConfig", "{ LogGroup: !Ref ImageLogs }"),
    ],
    gradual: true,
    ..Function::route::<__path_handle>("preview_cutout", || run_route(router))
};

/// Loads the model, unless previews are disabled.
pub fn router(boot: &Boot) -> Result<axum::Router> {
    let open = boot.settings().previews.are_open();
    with(boot, open.then(|| boot::engine(WhenFull::Refuse)).transpose()?)
}

/// For tests.
pub fn with(boot: &Boot, engine: Option<Arc<Engine>>) -> Result<axum::Router> {
    let Previews { per_hour, per_day } = boot.settings().previews;
    let limit = |name, requests, hours: u64| {
        let window = Duration::from_secs(hours * 60 * 60);
        RateLimit { name, requests, window }
    };
    let of_an_address = if engine.is_some() { limit("preview", per_hour, 1) } else { RateLimit::ORDINARY };
    let terms = RoutePolicy {
        origin_check: OriginCheck::Always,
        too_often: Some(preview::limit_reached),
        ..RoutePolicy::from(of_an_address)
    };
    let in_a_day = limit("previews", per_day, 24);
    let ports = Ports { counters: boot.table()?, engine, free: boot.free_plan(), in_a_day };
    let route = OpenApiRouter::new().routes(routes!(handle)).with_state(ports);
    boot.with_middleware(route.layer(DefaultBodyLimit::max(PREVIEW_BYTES)), terms)
}

/// Creates a preview without an account.
///
/// For the site itself only: the request must have the site's `Origin` header. The body is an image file of at most
/// 4.5 MB, whose type is detected from its content. The cutout has at most 1,024 pixels on its longer side. Nothing is
/// stored.
#[utoipa::path(post, path = "/api/preview", operation_id = "preview_cutout", tag = "service", security(()),
    request_body(content((File = "image/jpeg"), (File = "image/png"), (File = "image/webp"))),
    responses((status = 200, body = File, content_type = "image/webp", description = "The cutout as WebP.",
        headers(("X-Width" = u32, description = "The width of the result, in pixels."),
            ("X-Height" = u32, description = "The height of the result, in pixels.")))))]
async fn handle(State(ports): State<Ports>, request: Request) -> Result<Response, Problem> {
    let Some(engine) = ports.engine else {
        return Err(Problem::new(Code::PreviewDisabled).detail(preview::sign_in()));
    };
    let bytes = Bytes::from_request(request, &()).await.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::new(Code::InvalidRequest).detail(request::unreadable(error.body_text())),
    })?;
    // A file that is not an image does not count towards the daily limit.
    media_type(&bytes)?;
    check_rate_or(&*ports.counters, ports.in_a_day, EVERYBODY, preview::limit_reached).await?;
    let free = ports.free;
    match run_blocking(move || cutout::preview_cutout(&engine, &bytes, &free)).await {
        Ok(preview) => Ok(written(preview)),
        Err(ImageJobError::Unsuitable { failure, .. }) => Err(failure.into()),
        Err(ImageJobError::Ours(error)) => Err(work_problem(error)),
    }
}

fn written(preview: Preview) -> Response {
    let Preview { bytes, width, height } = preview;
    let size = [("x-width", width), ("x-height", height)];
    let size = size.map(|(name, side)| (HeaderName::from_static(name), side.to_string()));
    ([(CONTENT_TYPE, PREVIEW_TYPE)], size, bytes).into_response()
}

fn too_large() -> Problem {
    let megabytes = PREVIEW_BYTES as f64 / 1e6;
    Problem::new(Code::TooLarge).with("limit_bytes", PREVIEW_BYTES).detail(preview::too_large(megabytes))
}
