//! Backgrounds of videos: drawn once if they are static, for each frame if they are the blurred video itself,
//! or another video, which is repeated.

use std::fmt;
use std::sync::Arc;

use image::{GrayImage, RgbImage, RgbaImage};
use rayon::prelude::*;
use sansfond_imaging::{Background, Composition, Cutout, Picture, compose};

use super::bleed;
use crate::source::{FrameSource, Item, TimeBase};
use crate::{SinkError, SourceError};

/// Opens the background video at its start.
type OpenBackgroundVideo = Arc<dyn Fn() -> Result<FrameSource, SourceError> + Send + Sync>;

/// The background of a video.
#[derive(Clone)]
pub enum Backdrop {
    /// A background of pictures.
    Scene(Background),
    /// Another video, scaled to cover and centered, without its sound. The function is called again for each
    /// repetition.
    Video(OpenBackgroundVideo),
}

impl Default for Backdrop {
    fn default() -> Self {
        Self::Scene(Background::Transparent)
    }
}

impl From<Background> for Backdrop {
    fn from(background: Background) -> Self {
        Self::Scene(background)
    }
}

impl fmt::Debug for Backdrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scene(background) => f.debug_tuple("Scene").field(background).finish(),
            Self::Video(_) => f.write_str("Video"),
        }
    }
}

impl Backdrop {
    /// Whether transparent pixels stay transparent.
    #[must_use]
    pub fn is_transparent(&self) -> bool {
        matches!(self, Self::Scene(Background::Transparent))
    }
}

/// The background at the size of the frames.
pub(super) struct Canvas {
    behind: BackgroundLayer,
    base: TimeBase,
    /// Added to every time, in seconds.
    begins_s: f64,
}

enum BackgroundLayer {
    Nothing,
    /// An opaque picture that does not change.
    Still(RgbImage),
    /// An opaque video.
    BackgroundVideo(Box<BackgroundVideo>),
    /// A transparent background, or one that differs for each frame.
    Drawn(Box<Composition>),
}

impl Canvas {
    pub(super) fn new(
        backdrop: &Backdrop,
        size: (u32, u32),
        base: TimeBase,
        begins_s: f64,
    ) -> Result<Self, SinkError> {
        let behind = match backdrop {
            Backdrop::Video(reopen) => {
                BackgroundLayer::BackgroundVideo(Box::new(BackgroundVideo::open(reopen.clone(), size)?))
            }
            Backdrop::Scene(Background::Transparent) => BackgroundLayer::Nothing,
            Backdrop::Scene(background @ Background::Blur(_)) => {
                BackgroundLayer::Drawn(Box::new(composition(background)))
            }
            Backdrop::Scene(
                background @ (Background::Color(_) | Background::Gradient(_) | Background::Picture(_)),
            ) => {
                let drawn = drawn(background, size);
                let is_opaque = drawn.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255);
                if is_opaque {
                    BackgroundLayer::Still(opaque(&drawn))
                } else {
                    BackgroundLayer::Drawn(Box::new(composition(background)))
                }
            }
        };
        Ok(Self { behind, base, begins_s })
    }

    /// Straight colors and alpha, for formats with alpha. Colors under transparent pixels neither harm the
    /// edge in lossy encoders nor reveal the original background. `at` is in the clip's time base.
    pub(super) fn with_alpha(&mut self, cutout: Cutout, at: i64) -> Result<(RgbImage, GrayImage), SinkError> {
        let solid = |picture: RgbImage| {
            let alpha = GrayImage::from_pixel(picture.width(), picture.height(), image::Luma([255]));
            (picture, alpha)
        };
        Ok(match &mut self.behind {
            BackgroundLayer::Nothing => {
                let Cutout { mut color, alpha } = cutout;
                bleed::hide_background(&mut color, &alpha);
                (color, alpha)
            }
            BackgroundLayer::Still(behind) => solid(over(&cutout, behind)),
            BackgroundLayer::BackgroundVideo(moving) => {
                solid(over(&cutout, moving.at(self.begins_s + self.base.seconds(at))?))
            }
            BackgroundLayer::Drawn(composition) => {
                let drawn = compose(&cutout, composition, false).image;
                let mut alpha = GrayImage::new(drawn.width(), drawn.height());
                for (alpha, pixel) in alpha.iter_mut().zip(drawn.as_chunks::<4>().0) {
                    *alpha = pixel[3];
                }
                let mut color = opaque(&drawn);
                bleed::hide_background(&mut color, &alpha);
                (color, alpha)
            }
        })
    }

    /// Colors for formats without alpha. Pixels that are still transparent become white, as in a JPEG.
    pub(super) fn flat(&mut self, cutout: Cutout, at: i64) -> Result<RgbImage, SinkError> {
        Ok(match &mut self.behind {
            BackgroundLayer::Nothing => {
                let (width, height) = cutout.color.dimensions();
                over(&cutout, &RgbImage::from_pixel(width, height, image::Rgb([255; 3])))
            }
            BackgroundLayer::Still(behind) => over(&cutout, behind),
            BackgroundLayer::BackgroundVideo(moving) => {
                over(&cutout, moving.at(self.begins_s + self.base.seconds(at))?)
            }
            BackgroundLayer::Drawn(composition) => {
                let drawn = compose(&cutout, composition, false).image;
                let mut flat = opaque(&drawn);
                for (pixel, from) in flat.as_chunks_mut::<3>().0.iter_mut().zip(drawn.as_chunks::<4>().0) {
                    for channel in pixel {
                        *channel = mix(255, *channel, from[3]);
                    }
                }
                flat
            }
        })
    }

    /// Whether there is no background.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.behind, BackgroundLayer::Nothing)
    }
}

fn composition(background: &Background) -> Composition {
    Composition { background: background.clone(), ..Composition::default() }
}

/// Draws a background without a subject.
fn drawn(background: &Background, (width, height): (u32, u32)) -> RgbaImage {
    let empty = Cutout { color: RgbImage::new(width, height), alpha: GrayImage::new(width, height) };
    compose(&empty, &composition(background), false).image
}

/// A background video at the size of the frames.
struct BackgroundVideo {
    reopen: OpenBackgroundVideo,
    source: FrameSource,
    size: (u32, u32),
    /// The current frame; `until_s` is its end, in seconds of the clip.
    shown: RgbImage,
    until_s: f64,
    /// Start of the current repetition.
    began_s: f64,
}

impl BackgroundVideo {
    fn open(reopen: OpenBackgroundVideo, size: (u32, u32)) -> Result<Self, SinkError> {
        let source = reopen().map_err(|source| SinkError::Background { source })?;
        let shown = RgbImage::new(size.0, size.1);
        let mut moving = Self { reopen, source, size, shown, until_s: 0.0, began_s: 0.0 };
        moving.advance(0.0)?;
        Ok(moving)
    }

    /// The frame at a time; times only increase.
    fn at(&mut self, at_s: f64) -> Result<&RgbImage, SinkError> {
        // A tolerance of half a millisecond, because files round times differently.
        while self.until_s <= at_s + 0.0005 {
            self.advance(at_s)?;
        }
        Ok(&self.shown)
    }

    /// `at_s` is the time to reach.
    fn advance(&mut self, at_s: f64) -> Result<(), SinkError> {
        let failed = |source| SinkError::Background { source };
        loop {
            match self.source.next().map_err(failed)? {
                Some(Item::Audio(_)) => {}
                Some(Item::Frame(frame)) => {
                    self.until_s = self.began_s + self.source.time_base().seconds(frame.at + frame.lasts);
                    let picture = Picture { color: frame.picture.over_white().into_owned(), alpha: None };
                    self.shown = opaque(&drawn(&Background::Picture(Box::new(picture)), self.size));
                    return Ok(());
                }
                // A source that opens has a frame, and every frame has a duration, so this loop ends.
                None => {
                    // Repeats the video. Repetitions that are not visible are skipped.
                    let round_s = self.until_s - self.began_s;
                    let unseen = ((at_s - self.until_s) / round_s).floor().max(0.0);
                    self.began_s = self.until_s + unseen * round_s;
                    self.source = (self.reopen)().map_err(failed)?;
                }
            }
        }
    }
}

/// Blends the subject over an opaque picture.
fn over(cutout: &Cutout, behind: &RgbImage) -> RgbImage {
    let mut result = behind.clone();
    let row = behind.width() as usize;
    result
        .par_chunks_exact_mut(row * 3)
        .zip(cutout.color.par_chunks_exact(row * 3))
        .zip(cutout.alpha.par_chunks_exact(row))
        .for_each(|((below, above), alpha)| {
            for ((below, above), alpha) in
                below.as_chunks_mut::<3>().0.iter_mut().zip(above.as_chunks::<3>().0).zip(alpha)
            {
                match alpha {
                    0 => {}
                    255 => *below = *above,
                    alpha => {
                        *below = std::array::from_fn(|channel| mix(below[channel], above[channel], *alpha))
                    }
                }
            }
        });
    result
}

fn mix(below: u8, above: u8, alpha: u8) -> u8 {
    let sum = u32::from(above) * u32::from(alpha) + u32::from(below) * (255 - u32::from(alpha));
    ((sum + 127) / 255) as u8
}

fn opaque(image: &RgbaImage) -> RgbImage {
    let mut colors = RgbImage::new(image.width(), image.height());
    for (color, [r, g, b, _]) in colors.as_chunks_mut::<3>().0.iter_mut().zip(image.as_chunks::<4>().0) {
        *color = [*r, *g, *b];
    }
    colors
}
