//! What a job costs.

use crate::{Credits, JobKind, Options};

/// What a job with these options costs, in credits of its kind.
///
/// A video costs one credit whatever its length, because its length is not known when its credit is reserved: it is found
/// in the file, later ([`crate::rules::admit`]). The free plan allows 30 seconds, which is one credit. A price by length,
/// one credit for each 30 seconds that are begun, belongs here with the length as an argument; `admit` then reserves the
/// difference, and fails the job if it is not there.
#[must_use]
pub fn price(options: &Options) -> Credits {
    if options.is_free() {
        return Credits::ZERO;
    }
    match options.kind() {
        JobKind::Image | JobKind::Video => Credits::ONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageOptions, VideoOptions};

    #[test]
    fn a_picture_and_a_video_cost_one_credit_and_a_first_look_none() {
        assert_eq!(price(&ImageOptions::default().into()), Credits::ONE);
        assert_eq!(price(&VideoOptions::default().into()), Credits::ONE);
        let look = VideoOptions { preview: true, ..VideoOptions::default() };
        assert_eq!(price(&look.into()), Credits::ZERO);
    }
}
