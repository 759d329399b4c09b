//! The price of a job in credits.

use crate::{Credits, JobKind, Options};

/// The duration that one video credit pays for, in milliseconds. Each started unit of this length costs one credit.
pub const MS_PER_CREDIT: u64 = 30_000;
/// The part of a duration that is not charged, in milliseconds: files that were cut to thirty seconds are often one
/// frame longer.
pub const LENGTH_SLACK_MS: u64 = 100;

/// The price of a job with these options, in credits of its kind.
///
/// `length_ms`: the duration of the processed part of a video. `None` before the video is probed: the price is then
/// that of the shortest video, and [`crate::rules::admit`] takes the rest.
#[must_use]
pub fn price(options: &Options, length_ms: Option<u64>) -> Credits {
    if options.is_free() {
        return Credits::ZERO;
    }
    match options.kind() {
        JobKind::Image => Credits::ONE,
        JobKind::Video => {
            let units = length_ms.unwrap_or(0).saturating_sub(LENGTH_SLACK_MS).div_ceil(MS_PER_CREDIT);
            Credits::whole(u32::try_from(units.max(1)).unwrap_or(u32::MAX))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageOptions, VideoOptions};

    #[test]
    fn a_picture_costs_one_credit_and_a_preview_none() {
        assert_eq!(price(&ImageOptions::default().into(), None), Credits::ONE);
        let preview = VideoOptions { preview: true, ..VideoOptions::default() };
        assert_eq!(price(&preview.into(), Some(3_000)), Credits::ZERO);
    }

    #[test]
    fn a_video_costs_one_credit_for_each_started_half_minute() {
        let video = VideoOptions::default().into();
        for (length_ms, credits) in [
            (None, 1),
            (Some(0), 1),
            (Some(30_000), 1),
            (Some(30_100), 1),
            (Some(30_101), 2),
            (Some(60_000), 2),
            (Some(600_000), 20),
            (Some(u64::MAX), u32::MAX),
        ] {
            assert_eq!(price(&video, length_ms), Credits::whole(credits), "{length_ms:?}");
        }
    }
}
