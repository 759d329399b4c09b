//! What travels in a request or an answer: how much, and what it is.

use sansfond_imaging::decode::{InputFormat, sniff};
use sansfond_web::{Code, Problem};
use utoipa::ToSchema;

use crate::cutout::CutoutError;

/// The most bytes of a picture that fit into a request or an answer: 6 MB of base64.
pub(super) const INLINE_BYTES: usize = 4_500_000;

/// A picture, or a ZIP.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "describes bytes")]
pub(super) struct File(Vec<u8>);

/// What the bytes are, which counts more than what anybody says that they are.
pub(super) fn media_type(bytes: &[u8]) -> Result<&'static str, Problem> {
    match sniff(bytes).map_err(CutoutError::from) {
        Ok(InputFormat::Jpeg) => Ok("image/jpeg"),
        Ok(InputFormat::Png) => Ok("image/png"),
        Ok(InputFormat::WebP) => Ok("image/webp"),
        Ok(InputFormat::Gif) => Ok("image/gif"),
        Ok(InputFormat::Bmp) => Ok("image/bmp"),
        Ok(InputFormat::Tiff) => Ok("image/tiff"),
        Err(CutoutError::Unsuitable { failure, .. }) => Err(failure.into()),
        Err(CutoutError::Busy | CutoutError::Engine { .. }) => Err(Problem::new(Code::Internal)),
    }
}
