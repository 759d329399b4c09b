//! The picture that a request brings to stand behind its video: read, made small and kept beside the video.
//!
//! Deliberately absent: who may, and what it costs.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sansfond_boot::Boot;
use sansfond_domain::ports::Files;
use sansfond_domain::video_options::{BACKDROP_BYTES, BACKDROP_PIXELS, BACKDROP_SIDE};
use sansfond_domain::{Job, JobState, VideoOptions, storage_key};
use sansfond_imaging::backdrop::{BackdropError, MEDIA_TYPE};
use sansfond_imaging::{DecodeError, Limits};
use sansfond_texts::{backdrop, request};
use sansfond_web::{Code, Problem};

const LIMITS: Limits = Limits { max_bytes: BACKDROP_BYTES, max_pixels: BACKDROP_PIXELS, max_side: 16_384 };

/// A picture as it will be kept.
pub(crate) struct Backdrop(Vec<u8>);

/// Pictures behind videos.
#[derive(Clone)]
pub(crate) struct Backdrops {
    files: Arc<dyn Files>,
}

impl Backdrop {
    /// The picture of a request, in base64 with or without `data:…;base64,` before it. `None` if its
    /// options speak of none.
    pub(crate) async fn read(options: &VideoOptions, sent: Option<&str>) -> Result<Option<Self>, Problem> {
        options.check_backdrop(sent.is_some())?;
        let Some(sent) = sent else { return Ok(None) };
        let digits = sent.split_once(";base64,").map_or(sent, |(_, digits)| digits);
        let bytes = STANDARD.decode(digits.trim()).map_err(|_| not_base64())?;
        let made = tokio::task::spawn_blocking(move || {
            sansfond_imaging::backdrop::backdrop(&bytes, &LIMITS, BACKDROP_SIDE)
        })
        .await;
        match made.map_err(|error| Problem::internal(&error, false))? {
            Ok(bytes) => Ok(Some(Self(bytes))),
            Err(BackdropError::Decode(error)) => Err(refused(&error)),
            Err(BackdropError::Encode(error)) => Err(Problem::internal(&error, false)),
        }
    }
}

impl Backdrops {
    /// Of the bucket.
    pub(crate) fn new(boot: &Boot) -> anyhow::Result<Self> {
        Ok(Self { files: boot.bucket()? })
    }

    /// Keeps it for a job that nobody works on. Twice is once: the same request brings the same picture.
    pub(crate) async fn keep(&self, job: &Job, backdrop: Option<Backdrop>) -> Result<(), Problem> {
        if let Some(Backdrop(bytes)) = backdrop
            && matches!(job.state, JobState::Pending | JobState::Queued)
        {
            let key = storage_key::backdrop(&job.account, &job.id);
            self.files.write(&key, MEDIA_TYPE, bytes).await?;
        }
        Ok(())
    }
}

fn not_base64() -> Problem {
    Problem::new(Code::InvalidRequest).detail(request::base64_expected("backdrop"))
}

fn refused(error: &DecodeError) -> Problem {
    match error {
        DecodeError::Empty
        | DecodeError::NotAPicture
        | DecodeError::NoPixels
        | DecodeError::Truncated { .. }
        | DecodeError::Corrupt { .. } => Problem::new(Code::UnreadablePicture).detail(backdrop::unreadable()),
        DecodeError::Unsupported { .. } => {
            Problem::new(Code::UnsupportedFormat).detail(backdrop::unsupported_format())
        }
        DecodeError::TooManyBytes { limit } => {
            let megabytes = limit / 1_000_000;
            Problem::new(Code::TooLarge).with("limit_bytes", *limit).detail(backdrop::too_large(megabytes))
        }
        DecodeError::TooManyPixels { .. } | DecodeError::SideTooLong { .. } => {
            let megapixels = (LIMITS.max_pixels / 1_000_000).into();
            let limits = backdrop::TooManyPixels { megapixels, side: LIMITS.max_side.into() };
            Problem::new(Code::PictureTooLarge).detail(backdrop::too_many_pixels(limits))
        }
    }
}
