//! Details of problems: what to do about them.

use sansfond_domain::Failure;
use sansfond_domain::options::OptionError;
use sansfond_domain::rules::Refusal;
use sansfond_texts::refusal::{CreditsUsedUp, TooFewCredits};
use sansfond_texts::{Message, failure, option, refusal};

/// The reason why a job failed, and what to do about it.
#[must_use]
pub fn failure_text(failure: Failure) -> Message {
    match failure {
        Failure::UnreadablePicture => failure::unreadable_picture(),
        Failure::UnsupportedFormat => failure::unsupported_format(),
        Failure::PictureTooLarge => failure::picture_too_large(),
        Failure::NoSubject => failure::no_subject(),
        Failure::UnsuitableOptions => failure::unsuitable_options(),
        Failure::UploadMismatch => failure::upload_mismatch(),
        Failure::UnreadableVideo => failure::unreadable_video(),
        Failure::NoVideo => failure::no_video(),
        Failure::IncompleteVideo => failure::incomplete_video(),
        Failure::VideoTooLong => failure::video_too_long(),
        Failure::NotEnoughCredits => failure::not_enough_credits(),
        Failure::VideoTooLarge => failure::video_too_large(),
        Failure::BackdropMissing => failure::backdrop_missing(),
        Failure::UnreadableBackdrop => failure::unreadable_backdrop(),
        Failure::TookTooLong => failure::took_too_long(),
        Failure::WorkerLost => failure::worker_lost(),
    }
}

pub(crate) fn refusal_text(refused: &Refusal) -> Message {
    match refused {
        Refusal::NoAccount => refusal::no_account(),
        Refusal::NoJob => refusal::no_job(),
        Refusal::Exhausted { exhausted, .. } => {
            let (year, month, day) = exhausted.renews_at.date();
            let (year, month, day) = (year.into(), month.into(), day.into());
            if exhausted.left.is_zero() {
                let allowance = exhausted.allowance.into();
                refusal::credits_used_up(CreditsUsedUp { allowance, day, month, year })
            } else {
                let left = f64::from(exhausted.left).into();
                refusal::too_few_credits(TooFewCredits { left, day, month, year })
            }
        }
        Refusal::TooManyJobs { limit } => refusal::too_many_jobs(*limit),
        Refusal::DailyLimit { limit, .. } => refusal::daily_limit(*limit),
        Refusal::Leased { .. } => refusal::job_in_progress(),
        Refusal::WrongState { state } => refusal::invalid_state(state.name()),
        Refusal::NoUpload => refusal::no_upload(),
        Refusal::SourceGone => refusal::video_deleted(),
        Refusal::Unsuitable(failure) => failure_text(*failure),
        Refusal::NoPurchase => refusal::no_purchase(),
        Refusal::KeyReused => refusal::idempotency_key_reused(),
    }
}

pub(crate) fn option_text(error: &OptionError) -> Message {
    match error {
        OptionError::Background(background) => option::background(background),
        OptionError::VideoBackground(background) => option::video_background(background),
        OptionError::NoBackdrop => option::backdrop_missing(),
        OptionError::StrayBackdrop => option::backdrop_unexpected(),
        OptionError::Margin(percent) => option::margin(*percent),
        OptionError::NoAlpha(format) => option::no_transparency(*format),
        OptionError::Part { from_ms, until_ms } => {
            option::empty_part(option::EmptyPart { from_ms: (*from_ms).into(), until_ms: (*until_ms).into() })
        }
    }
}
