//! The picture that a request brings to stand behind its video: read, made small and kept beside the video.
//!
//! Deliberately absent: who may, and what it costs.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sansfond_boot::Boot;
use sansfond_domain::options::{BACKDROP_BYTES, BACKDROP_PIXELS, BACKDROP_SIDE};
use sansfond_domain::ports::Files;
use sansfond_domain::{Job, JobState, VideoOptions, storage_key};
use sansfond_imaging::backdrop::{BackdropError, MEDIA_TYPE, backdrop};
use sansfond_imaging::{DecodeError, Limits};
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
        let made = tokio::task::spawn_blocking(move || backdrop(&bytes, &LIMITS, BACKDROP_SIDE)).await;
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
    Problem::new(Code::InvalidRequest)
        .explain("“backdrop” is not base64.", "« backdrop » n’est pas du base64.")
}

fn refused(error: &DecodeError) -> Problem {
    match error {
        DecodeError::Empty
        | DecodeError::NotAPicture
        | DecodeError::NoPixels
        | DecodeError::Truncated { .. }
        | DecodeError::Corrupt { .. } => Problem::new(Code::UnreadablePicture).explain(
            "The background is broken or not a picture. Open it in a viewer, save it again and send it once more.",
            "Le fond est abîmé ou n’est pas une image. Ouvrez-le, enregistrez-le de nouveau et renvoyez-le.",
        ),
        DecodeError::Unsupported { .. } => Problem::new(Code::UnsupportedFormat).explain(
            "Send the background as JPEG, PNG or WebP.",
            "Envoyez le fond en JPEG, PNG ou WebP.",
        ),
        DecodeError::TooManyBytes { limit } => {
            let megabytes = limit / 1_000_000;
            Problem::new(Code::TooLarge).with("limit_bytes", *limit).explain(
                format!("A background has at most {megabytes} MB. Send a smaller one."),
                format!("Un fond a au plus {megabytes} Mo. Envoyez-en un plus petit."),
            )
        }
        DecodeError::TooManyPixels { .. } | DecodeError::SideTooLong { .. } => {
            let megapixels = LIMITS.max_pixels / 1_000_000;
            let side = LIMITS.max_side;
            Problem::new(Code::PictureTooLarge).explain(
                format!("A background has at most {megapixels} megapixels, and {side} pixels a side. Send a smaller one."),
                format!("Un fond a au plus {megapixels} mégapixels, et {side} pixels de côté. Envoyez-en un plus petit."),
            )
        }
    }
}
