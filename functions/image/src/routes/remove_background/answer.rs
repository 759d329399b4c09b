//! The response: the file, JSON that contains the file, JSON with a link, or a redirect.

use std::time::Duration;

use axum::Json;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sansfond_domain::ports::Links;
use sansfond_domain::upload::result_name;
use sansfond_domain::{Credits, Job, storage_key};
use sansfond_web::{Problem, now};
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::ResponseType;
use crate::cutout::FinishedCutout;

/// The lifetime of a link to a result.
const LINK_VALID: Duration = Duration::from_secs(15 * 60);

pub(super) struct CompletedJob {
    pub(super) job: Job,
    pub(super) finished: FinishedCutout,
    pub(super) credits_remaining: Credits,
}

/// A cutout.
#[derive(Serialize, ToSchema)]
#[schema(as = RemoveBackgroundResponse)]
pub(super) struct CutoutResponse {
    /// The ID of the job.
    job_id: String,
    /// The media type of the file.
    #[schema(example = "image/png")]
    media_type: &'static str,
    /// The width in pixels.
    width: u32,
    /// The height in pixels.
    height: u32,
    /// The size of the file, in bytes.
    size_bytes: u64,
    /// The image credits that remain.
    #[schema(value_type = f64, minimum = 0)]
    credits_remaining: Credits,
    /// The file in base64, if `response` is `base64` and the file is at most 4.5 MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    image_base64: Option<String>,
    /// A link to the file, if `response` is `link` or the file is larger than 4.5 MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Time at which the link stops working (RFC 3339).
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    url_expires_at: Option<String>,
}

/// `stored`: the result is in the bucket, because a link was requested or it is too large for a response.
pub(super) async fn write(
    done: CompletedJob,
    stored: bool,
    answer: ResponseType,
    takes_json: bool,
    links: &dyn Links,
) -> Result<Response, Problem> {
    let headers = headers(&done);
    let body = if stored {
        let url = done.link(links).await?;
        match answer {
            ResponseType::Binary if !takes_json => Redirect::to(&url).into_response(),
            ResponseType::Binary | ResponseType::Base64 | ResponseType::Link => {
                Json(done.view(None, Some(url))).into_response()
            }
        }
    } else {
        match answer {
            ResponseType::Base64 => {
                Json(done.view(Some(STANDARD.encode(&done.finished.bytes)), None)).into_response()
            }
            ResponseType::Binary | ResponseType::Link => done.file(),
        }
    };
    Ok((headers, body).into_response())
}

fn headers(done: &CompletedJob) -> HeaderMap {
    let (width, height, remaining) = (done.finished.width, done.finished.height, done.credits_remaining);
    let values = [
        ("x-width", width.to_string()),
        ("x-height", height.to_string()),
        ("x-credits-remaining", remaining.to_string()),
        ("x-job-id", done.job.id.to_string()),
    ];
    let header = |(name, value): (_, String)| Some((HeaderName::from_static(name), value.parse().ok()?));
    values.into_iter().filter_map(header).collect()
}

impl CompletedJob {
    async fn link(&self, links: &dyn Links) -> Result<String, Problem> {
        let extension = self.finished.extension;
        let key = storage_key::result(&self.job.account, &self.job.id, extension);
        Ok(links.download(&key, &result_name(&self.job.input.name, extension), LINK_VALID).await?)
    }

    fn view(&self, image_base64: Option<String>, url: Option<String>) -> CutoutResponse {
        let finished = &self.finished;
        CutoutResponse {
            job_id: self.job.id.to_string(),
            media_type: finished.media_type,
            width: finished.width,
            height: finished.height,
            size_bytes: finished.size_bytes,
            credits_remaining: self.credits_remaining,
            image_base64,
            url_expires_at: url.is_some().then(|| now().plus(LINK_VALID).to_rfc3339()),
            url,
        }
    }

    fn file(self) -> Response {
        let FinishedCutout { media_type, extension, bytes, .. } = self.finished;
        let name = format!("inline; filename=\"cutout.{extension}\"");
        let headers = [(CONTENT_TYPE, media_type.to_owned()), (CONTENT_DISPOSITION, name)];
        (headers, bytes).into_response()
    }
}
