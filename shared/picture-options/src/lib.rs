//! The options of a job → how `imaging` draws them, for pictures and for the frames of videos.
//!
//! Deliberately absent: options that pictures alone or videos alone have, and FFmpeg. The functions that work
//! on pictures are built without it.

use sansfond_domain::options::Backdrop;
use sansfond_imaging::{Background, Length};

/// How far a blurred background is out of focus, in percent of its longer side.
const BLUR: Length = Length::Percent(2.0);

/// What stands behind the subject.
#[must_use]
pub const fn background(backdrop: Backdrop) -> Background {
    match backdrop {
        Backdrop::Transparent => Background::Transparent,
        Backdrop::Blur => Background::Blur(BLUR),
        Backdrop::Color(color) => Background::Color(image::Rgba(color)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_backdrop_has_its_background() {
        let drawn = |backdrop| format!("{:?}", background(backdrop));
        assert_eq!(drawn(Backdrop::Transparent), "Transparent");
        assert_eq!(drawn(Backdrop::Blur), "Blur(Percent(2.0))");
        assert_eq!(drawn(Backdrop::Color([1, 2, 3, 4])), "Color(Rgba([1, 2, 3, 4]))");
    }
}
