//! `POST /api/fetch-image`: downloads the image behind a link for the site's editor, because browsers do not let a page
//! read the images of other sites.
//!
//! Not a proxy: it accepts only images, only from public addresses, and only for our own site. Nothing is stored.

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

/// A link to an image.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FetchImageRequest)]
struct PictureLink {
    /// The URL of the image file itself, not of a page that shows it.
    #[schema(max_length = 4096, example = "https://example.org/cat.jpg")]
    url: String,
}

/// Its package has no model. It waits up to ten seconds for the other server.
pub const FUNCTION: Function = Function {
    throttle: Some(Throttle::COSTLY),
    properties: &[("Timeout", "20"), ("LoggingConfig", "{ LogGroup: !Ref ImageLogs }")],
    ..Function::route::<__path_handle>("fetch_image", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<Router> {
    with(boot, Fetcher::default())
}

/// For tests.
pub fn with(boot: &Boot, fetcher: Fetcher) -> anyhow::Result<Router> {
    let terms = RoutePolicy {
        anonymous: RateLimit::FETCH,
        origin_check: OriginCheck::Always,
        ..RoutePolicy::from(RateLimit::COSTLY)
    };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(fetcher), terms)
}

/// Downloads an image from a URL.
///
/// For the site itself only: the request must have the site's `Origin` header. The image can be at most 4.5 MB. The
/// `Content-Type` of the response is detected from the file, not taken from the other server. Nothing is stored.
#[utoipa::path(post, path = "/api/fetch-image", operation_id = "fetch_image", tag = "service",
    security((), ("session" = [])), request_body = PictureLink,
    responses((status = 200, description = "The image, unchanged.",
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

/// Most links that are not images are pages that show one.
fn of_a_link(problem: Problem) -> Problem {
    if problem.code() == Code::UnreadablePicture { problem.detail(link::no_picture()) } else { problem }
}
