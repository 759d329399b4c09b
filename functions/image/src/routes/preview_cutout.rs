//! `POST /api/preview`: one picture for somebody who has no account yet. It comes back small, and nothing
//! of it is kept: no job, no credit, no file.
//!
//! What strangers may cost is bounded twice, for an address in an hour and for everybody in a day. Only
//! the pages of our own site may ask.

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
use sansfond_web::{Code, OriginCheck, Problem, RateLimit, RoutePolicy, Text, check_rate_or};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::media::{File, media_type};
use super::problems::work_problem;
use crate::boot;
use crate::cutout::{self, PREVIEW_TYPE, Preview};
use crate::work::{ImageJobError, run_blocking};

/// Who is counted when everybody is.
const EVERYBODY: &str = "everybody";

#[derive(Clone)]
struct Ports {
    counters: Arc<dyn RateCounters>,
    /// `None`: nobody may try here.
    engine: Option<Arc<Engine>>,
    free: Arc<Plan>,
    in_a_day: RateLimit,
}

/// The function of this route. For everybody's browser: no permission but to count. Its executions are reserved,
/// so that strangers never take those that members need.
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

/// The route in its frame, the model loaded unless nobody may try.
///
/// # Errors
/// If a setting or the model is missing.
pub fn router(boot: &Boot) -> Result<axum::Router> {
    let open = boot.settings().previews.are_open();
    with(boot, open.then(|| boot::engine(WhenFull::Refuse)).transpose()?)
}

/// The same with an engine that is there already; for tests.
///
/// # Errors
/// If a setting is missing.
pub fn with(boot: &Boot, engine: Option<Arc<Engine>>) -> Result<axum::Router> {
    let Previews { per_hour, per_day } = boot.settings().previews;
    let limit = |name, requests, hours: u64| {
        let window = Duration::from_secs(hours * 60 * 60);
        RateLimit { name, requests, window }
    };
    let of_an_address = if engine.is_some() { limit("preview", per_hour, 1) } else { RateLimit::ORDINARY };
    let terms = RoutePolicy {
        origin_check: OriginCheck::Always,
        too_often: Some(come_back_or_join),
        ..RoutePolicy::from(of_an_address)
    };
    let in_a_day = limit("previews", per_day, 24);
    let ports = Ports { counters: boot.table()?, engine, free: boot.free_plan(), in_a_day };
    let route = OpenApiRouter::new().routes(routes!(handle)).with_state(ports);
    boot.with_middleware(route.layer(DefaultBodyLimit::max(PREVIEW_BYTES)), terms)
}

/// Cuts the subject out of one picture, small, without an account.
///
/// For the pages of the site alone: the request needs its `Origin`. Send the picture as it is, at most
/// 4.5 MB; what it is is found out by reading it. The cutout is at most 1,024 pixels on its longer side.
/// Nothing is kept.
#[utoipa::path(post, path = "/api/preview", operation_id = "preview_cutout", tag = "service", security(()),
    request_body(content((File = "image/jpeg"), (File = "image/png"), (File = "image/webp"))),
    responses((status = 200, body = File, content_type = "image/webp", description = "The cutout.",
        headers(("X-Width" = u32), ("X-Height" = u32)))))]
async fn handle(State(ports): State<Ports>, request: Request) -> Result<Response, Problem> {
    let Some(engine) = ports.engine else { return Err(closed()) };
    let bytes = Bytes::from_request(request, &()).await.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::new(Code::InvalidRequest).explain(error.body_text(), error.body_text()),
    })?;
    // What is no picture at all costs nobody a try of everybody's.
    media_type(&bytes)?;
    check_rate_or(&*ports.counters, ports.in_a_day, EVERYBODY, come_back_or_join).await?;
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

fn come_back_or_join() -> Text {
    Text {
        en: "That was enough for trying. Create a free account to go on at once, or come back later.".to_owned(),
        fr: "Assez d’essais pour l’instant. Créez un compte gratuit pour continuer tout de suite, ou revenez plus tard."
            .to_owned(),
    }
}

fn closed() -> Problem {
    Problem::new(Code::PreviewClosed).explain(
        "Sign in or create a free account to cut out a picture.",
        "Connectez-vous ou créez un compte gratuit pour détourer une image.",
    )
}

fn too_large() -> Problem {
    let megabytes = PREVIEW_BYTES as f64 / 1e6;
    Problem::new(Code::TooLarge).with("limit_bytes", PREVIEW_BYTES).explain(
        format!("For trying, a picture has at most {megabytes} MB. With a free account it may be larger."),
        format!("Pour essayer, une image fait au plus {megabytes} Mo. Avec un compte gratuit, elle peut être plus grande."),
    )
}
