//! `POST /api/fetch-image`: the picture behind a link, for the site's editor, which no other site lets
//! read its pictures.
//!
//! Only pictures pass, only from public addresses, and only the pages of our own site may ask: this is no
//! proxy. Nothing is kept.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use sansfond_boot::{Boot, Function, Throttle, run_route};
use sansfond_texts::link;
use sansfond_web::{Code, Json, OriginCheck, Problem, RateLimit, RoutePolicy};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::media::{File, INLINE_BYTES, media_type};
use super::problems::fetch_problem;
use sansfond_fetch::Fetcher;

/// Where the picture is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PictureLink {
    /// A link to the picture itself, not to a page about it.
    #[schema(max_length = 4096, example = "https://example.org/cat.jpg")]
    url: String,
}

/// The function of this route. It has no model in its package, and waits for other people's servers, ten seconds
/// at most.
pub const FUNCTION: Function = Function {
    throttle: Some(Throttle::COSTLY),
    properties: &[("Timeout", "20"), ("LoggingConfig", "{ LogGroup: !Ref ImageLogs }")],
    ..Function::route::<__path_handle>("fetch_image", || run_route(router))
};

/// The route in its frame.
///
/// # Errors
/// If a setting is missing.
pub fn router(boot: &Boot) -> anyhow::Result<Router> {
    with(boot, Fetcher::default())
}

/// The same with a fetcher that is there already; for tests.
///
/// # Errors
/// If a setting is missing.
pub fn with(boot: &Boot, fetcher: Fetcher) -> anyhow::Result<Router> {
    let terms = RoutePolicy {
        strangers: RateLimit::FETCH,
        origin_check: OriginCheck::Always,
        ..RoutePolicy::from(RateLimit::COSTLY)
    };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(fetcher), terms)
}

/// Gets a picture from a link, at most 4.5 MB.
///
/// For the pages of the site alone: the request needs its `Origin`. The `Content-Type` is what the bytes
/// are, whatever the link's server says. Nothing is kept.
#[utoipa::path(post, path = "/api/fetch-image", operation_id = "fetch_image", tag = "service",
    security((), ("session" = [])), request_body = PictureLink,
    responses((status = 200, description = "The picture, as it is.",
        content((File = "image/jpeg"), (File = "image/png"), (File = "image/webp"), (File = "image/gif"),
            (File = "image/bmp"), (File = "image/tiff")))))]
async fn handle(State(fetcher): State<Fetcher>, Json(link): Json<PictureLink>) -> Result<Response, Problem> {
    let fetched = tokio::task::spawn_blocking(move || fetcher.fetch(&link.url, INLINE_BYTES as u64)).await;
    let bytes = fetched.map_err(|error| Problem::internal(&error, false))?.map_err(fetch_problem)?;
    let media_type = media_type(&bytes).map_err(of_a_link)?;
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_DISPOSITION, "attachment"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

/// Most links that lead to no picture lead to a page that shows one.
fn of_a_link(problem: Problem) -> Problem {
    if problem.code() == Code::UnreadablePicture { problem.detail(link::no_picture()) } else { problem }
}
