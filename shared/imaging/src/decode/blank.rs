//! Blank frames: an animation that fades in begins with one.

use image::{DynamicImage, Frames};

/// Frames after these are not looked at.
const MOST: usize = 100;
/// Values that differ by less show nothing.
const VISIBLE: u8 = 8;

/// Whether a picture is of one color, or fully transparent.
pub(super) fn is_blank(picture: &DynamicImage) -> bool {
    let rgba = picture.to_rgba8();
    let (mut least, mut most) = ([255; 4], [0; 4]);
    for [r, g, b, alpha] in rgba.as_chunks::<4>().0 {
        // The color of a transparent pixel cannot be seen.
        let seen = if *alpha == 0 { [0; 4] } else { [*r, *g, *b, *alpha] };
        for (channel, value) in seen.into_iter().enumerate() {
            least[channel] = value.min(least[channel]);
            most[channel] = value.max(most[channel]);
        }
    }
    least.into_iter().zip(most).all(|(least, most)| most - least < VISIBLE)
}

/// The first frame that shows something; a damaged frame ends the search.
pub(super) fn first_visible(frames: Frames<'_>) -> Option<DynamicImage> {
    frames
        .take(MOST)
        .map_while(Result::ok)
        .map(|frame| DynamicImage::ImageRgba8(frame.into_buffer()))
        .find(|picture| !is_blank(picture))
}
