//! The size and the media type of images in requests and responses.

use sansfond_imaging::decode::{InputFormat, sniff};
use sansfond_web::{Code, Problem};
use utoipa::ToSchema;

use crate::cutout::CutoutError;

/// The maximum size of an image in a request or response: 6 MB as base64, the limit of Lambda.
pub(super) const INLINE_BYTES: usize = 4_500_000;

/// The content of a file.
#[derive(ToSchema)]
#[schema(as = BinaryFile, value_type = String, format = Binary)]
#[allow(dead_code, reason = "describes bytes")]
pub(super) struct File(Vec<u8>);

/// Detects the media type from the content, which counts more than a declared one.
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
