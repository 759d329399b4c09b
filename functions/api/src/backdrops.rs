//! The background image of a video job: checks its header and stores it next to the video as it was sent.
//!
//! Deliberately absent: permissions, credits, and the pixels of the image, which the worker of the video decodes
//! (decision 41).

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imagesize::{ImageSize, ImageType};
use sansfond_boot::Boot;
use sansfond_domain::options::{BACKDROP_BYTES, BACKDROP_PIXELS, BACKDROP_SENT_SIDE};
use sansfond_domain::ports::Files;
use sansfond_domain::{Job, JobState, VideoOptions, storage_key};
use sansfond_texts::{backdrop, request};
use sansfond_web::{Code, Problem};

/// A background image whose header is within the limits.
pub(crate) struct Backdrop {
    bytes: Vec<u8>,
    media_type: &'static str,
}

/// Stores background images.
#[derive(Clone)]
pub(crate) struct Backdrops {
    files: Arc<dyn Files>,
}

impl Backdrop {
    /// Reads the image of a request, in base64 with or without a `data:…;base64,` prefix. `None` if the options have
    /// no background image.
    pub(crate) fn read(options: &VideoOptions, sent: Option<&str>) -> Result<Option<Self>, Problem> {
        options.check_backdrop(sent.is_some())?;
        let Some(sent) = sent else { return Ok(None) };
        let digits = sent.split_once(";base64,").map_or(sent, |(_, digits)| digits);
        let bytes = STANDARD.decode(digits.trim()).map_err(|_| not_base64())?;
        if bytes.len() as u64 > BACKDROP_BYTES {
            return Err(too_many_bytes());
        }
        let media_type = media_type(&bytes)?;
        let ImageSize { width, height } = imagesize::blob_size(&bytes).map_err(|_| unreadable())?;
        if width == 0 || height == 0 {
            return Err(unreadable());
        }
        // Each is at most 32 bits wide in these formats.
        if width as u64 * height as u64 > BACKDROP_PIXELS
            || width.max(height) as u64 > BACKDROP_SENT_SIDE.into()
        {
            return Err(too_many_pixels());
        }
        Ok(Some(Self { bytes, media_type }))
    }
}

impl Backdrops {
    pub(crate) fn new(boot: &Boot) -> anyhow::Result<Self> {
        Ok(Self { files: boot.bucket()? })
    }

    /// Stores the image of a job that has not started. A repeated request stores the same image again.
    pub(crate) async fn keep(&self, job: &Job, backdrop: Option<Backdrop>) -> Result<(), Problem> {
        if let Some(Backdrop { bytes, media_type }) = backdrop
            && matches!(job.state, JobState::Pending | JobState::Queued)
        {
            let key = storage_key::backdrop(&job.account, &job.id);
            self.files.write(&key, media_type, bytes).await?;
        }
        Ok(())
    }
}

/// Detects the media type from the first bytes; a declared type does not count.
fn media_type(bytes: &[u8]) -> Result<&'static str, Problem> {
    match imagesize::image_type(bytes) {
        Ok(ImageType::Jpeg) => Ok("image/jpeg"),
        Ok(ImageType::Png) => Ok("image/png"),
        Ok(ImageType::Webp) => Ok("image/webp"),
        // The other formats of `imagesize`, whose list may grow.
        Ok(_) => Err(Problem::new(Code::UnsupportedFormat).detail(backdrop::unsupported_format())),
        Err(_) => Err(unreadable()),
    }
}

fn not_base64() -> Problem {
    Problem::new(Code::InvalidRequest).detail(request::base64_expected("backdrop"))
}

fn unreadable() -> Problem {
    Problem::new(Code::UnreadablePicture).detail(backdrop::unreadable())
}

fn too_many_bytes() -> Problem {
    let megabytes = BACKDROP_BYTES / 1_000_000;
    Problem::new(Code::TooLarge).with("limit_bytes", BACKDROP_BYTES).detail(backdrop::too_large(megabytes))
}

fn too_many_pixels() -> Problem {
    let megapixels = (BACKDROP_PIXELS / 1_000_000).into();
    let limits = backdrop::TooManyPixels { megapixels, side: BACKDROP_SENT_SIDE.into() };
    Problem::new(Code::PictureTooLarge).detail(backdrop::too_many_pixels(limits))
}
