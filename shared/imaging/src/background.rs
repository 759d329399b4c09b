//! Backgrounds of finished pictures.

use std::str::FromStr;

use image::{DynamicImage, Rgba, RgbaImage, imageops};
use sansfond_options::Backdrop;

use crate::blend::{over, paint};
use crate::{Cutout, Length, Picture, Rect, resize};

/// The background of a finished picture.
#[derive(Debug, Clone, Default)]
pub enum Background {
    /// Transparent.
    #[default]
    Transparent,
    /// One color, which may be partly transparent.
    Color(Rgba<u8>),
    /// A linear gradient.
    Gradient(Gradient),
    /// A picture, scaled to cover the canvas and centered.
    Picture(Box<Picture>),
    /// The original background, blurred by this standard deviation in the picture before it is scaled. A
    /// share refers to the picture's longer side.
    Blur(Length),
}

impl Background {
    /// The default blur of a background.
    pub const BLUR: Self = Self::Blur(Length::Percent(2.0));
}

impl From<Backdrop> for Background {
    fn from(backdrop: Backdrop) -> Self {
        match backdrop {
            Backdrop::Transparent => Self::Transparent,
            Backdrop::Blur => Self::BLUR,
            Backdrop::Color(color) => Self::Color(Rgba(color)),
        }
    }
}

/// A linear gradient between evenly spaced colors.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// Direction in degrees, as in CSS: 0 runs upwards, 90 to the right, 180 downwards.
    pub angle_deg: f32,
    /// At least two colors, from the start of the line to its end.
    pub colors: Vec<Rgba<u8>>,
}

/// A background that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackgroundError {
    /// The text is neither hex nor a color name.
    #[error("“{0}” is not a color; write a CSS name like skyblue or hex like #87ceeb")]
    UnknownColor(String),
    /// The text has no valid angle, or fewer than two colors.
    #[error(
        "“{0}” is not a gradient; write two or more colors, with the angle first if you like: 90deg,#fff,#000"
    )]
    UnknownGradient(String),
}

/// Reads a color: 3, 4, 6 or 8 hex digits with or without `#`, or a CSS color.
///
/// # Errors
/// [`BackgroundError::UnknownColor`] with the text.
pub fn parse_color(text: &str) -> Result<Rgba<u8>, BackgroundError> {
    csscolorparser::parse(text.trim())
        .map(|color| Rgba(color.to_rgba8()))
        .map_err(|_| BackgroundError::UnknownColor(text.to_owned()))
}

impl FromStr for Gradient {
    type Err = BackgroundError;

    fn from_str(text: &str) -> Result<Self, BackgroundError> {
        let refused = || BackgroundError::UnknownGradient(text.to_owned());
        let (mut angle_deg, mut colors) = (180.0, Vec::new());
        for (index, part) in text.split(',').map(str::trim).enumerate() {
            match part.strip_suffix("deg") {
                Some(number) if index == 0 => {
                    angle_deg =
                        number.parse().ok().filter(|angle: &f32| angle.is_finite()).ok_or_else(refused)?;
                }
                _ => colors.push(parse_color(part)?),
            }
        }
        if colors.len() < 2 { Err(refused()) } else { Ok(Self { angle_deg, colors }) }
    }
}

impl Gradient {
    /// The color at a position between 0 and 1 along the line.
    fn at(&self, place: f32) -> Rgba<u8> {
        let step = place.clamp(0.0, 1.0) * (self.colors.len() - 1) as f32;
        let index = (step as usize).min(self.colors.len() - 2);
        let share = step - index as f32;
        let (from, to) = (self.colors[index].0, self.colors[index + 1].0);
        let blend = |channel: usize| {
            (f32::from(from[channel]) * (1.0 - share) + f32::from(to[channel]) * share).round() as u8
        };
        Rgba([blend(0), blend(1), blend(2), blend(3)])
    }

    /// The start and the end of the gradient line on a canvas. The line has CSS's length: the normals through
    /// its ends meet the corners.
    #[must_use]
    pub fn line(&self, (width, height): (u32, u32)) -> [(f64, f64); 2] {
        let angle = f64::from(self.angle_deg).to_radians();
        let (right, down) = (angle.sin(), -angle.cos());
        let (width, height) = (f64::from(width), f64::from(height));
        let half = ((width * right.abs() + height * down.abs()) / 2.0).max(0.5);
        [-half, half].map(|along| (width / 2.0 + right * along, height / 2.0 + down * along))
    }

    fn draw(&self, width: u32, height: u32) -> RgbaImage {
        let [from, to] = self.line((width, height));
        let (right, down) = (to.0 - from.0, to.1 - from.1);
        let square = right * right + down * down;
        RgbaImage::from_fn(width, height, |x, y| {
            let (x, y) = (f64::from(x) + 0.5 - from.0, f64::from(y) + 0.5 - from.1);
            self.at(((x * right + y * down) / square) as f32)
        })
    }
}

impl Background {
    /// Draws the background for a canvas of this size; `None` when there is nothing to draw. `source` has the
    /// original pixels, for a blurred background.
    pub(crate) fn draw(&self, (width, height): (u32, u32), source: &BlurSource<'_>) -> Option<RgbaImage> {
        match self {
            Self::Transparent => None,
            Self::Color(color) => Some(RgbaImage::from_pixel(width, height, *color)),
            Self::Gradient(gradient) => Some(gradient.draw(width, height)),
            Self::Picture(picture) => Some(cover(&picture.to_rgba(), width, height)),
            Self::Blur(radius) => Some(source.draw((width, height), *radius)),
        }
    }
}

/// The factor by which a picture is scaled to cover a canvas.
fn cover_factor(picture: (u32, u32), canvas: (u32, u32)) -> f64 {
    (f64::from(canvas.0) / f64::from(picture.0)).max(f64::from(canvas.1) / f64::from(picture.1))
}

/// The visible part of a picture that covers a canvas: its middle.
#[must_use]
pub fn covered_part(picture: (u32, u32), canvas: (u32, u32)) -> Rect {
    let factor = cover_factor(picture, canvas);
    let part = |side: u32, whole: u32| ((f64::from(side) / factor).round() as u32).clamp(1, whole);
    let (width, height) = (part(canvas.0, picture.0), part(canvas.1, picture.1));
    Rect { left: (picture.0 - width) / 2, top: (picture.1 - height) / 2, width, height }
}

/// The standard deviation of a blurred background, in pixels of a canvas that shows `window` of a picture,
/// or the whole picture.
#[must_use]
pub fn blur_on_canvas(
    radius: Length,
    picture: (u32, u32),
    window: Option<(u32, u32)>,
    canvas: (u32, u32),
) -> f64 {
    radius.of(f64::from(picture.0.max(picture.1))) * cover_factor(window.unwrap_or(picture), canvas)
}

/// Scales to the smallest size that covers the canvas, and crops the excess evenly.
fn cover(picture: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    // The visible part is cropped first, so that only it is resampled.
    let part = covered_part(picture.dimensions(), (width, height));
    let seen = imageops::crop_imm(picture, part.left, part.top, part.width, part.height).to_image();
    resize::resize_rgba(&seen, width, height)
}

/// The original picture, and the part of it that the canvas shows.
pub(crate) struct BlurSource<'a> {
    pub(crate) cutout: &'a Cutout,
    /// Top left corner of the canvas in the picture and the size of the visible part, when the canvas is a
    /// window on the picture; `None` when the subject was moved: then the whole picture covers the canvas.
    pub(crate) window: Option<((i64, i64), (u32, u32))>,
}

impl BlurSource<'_> {
    /// A blur needs no more detail than this many pixels on a side.
    const WORKING_SIDE: f64 = 1024.0;

    fn draw(&self, (width, height): (u32, u32), radius: Length) -> RgbaImage {
        let shown = self.window.map(|(_, size)| size);
        let sigma = blur_on_canvas(radius, self.cutout.color.dimensions(), shown, (width, height));
        // Subject pixels are left out, so that their colors do not bleed into a halo around them.
        let mut behind = DynamicImage::ImageRgb8(self.cutout.color.clone()).into_rgba8();
        for (pixel, alpha) in behind.as_chunks_mut::<4>().0.iter_mut().zip(self.cutout.alpha.as_raw()) {
            pixel[3] = if *alpha == 0 { 255 } else { 0 };
        }
        let seen = match self.window {
            Some(((left, top), (from_width, from_height))) => {
                let mut seen = RgbaImage::new(from_width, from_height);
                paint(&mut seen, &behind, (-left, -top));
                seen
            }
            None => behind,
        };
        let factor = (Self::WORKING_SIDE / f64::from(width.max(height))).min(1.0);
        let side = |side: u32| ((f64::from(side) * factor).round() as u32).max(1);
        let small = cover(&seen, side(width), side(height));
        resize::resize_rgba(&blur_opaque_pixels(&small, (sigma * factor).max(0.5) as f32), width, height)
    }
}

/// Normalized convolution: transparent pixels take the color of opaque pixels nearby, by blurs that widen
/// until every pixel has a color.
fn blur_opaque_pixels(picture: &RgbaImage, sigma: f32) -> RgbaImage {
    // Two blurs follow, and their variances add up: each takes half.
    let sigma = sigma * std::f32::consts::FRAC_1_SQRT_2;
    let mut premultiplied = picture.clone();
    for [r, g, b, alpha] in premultiplied.as_chunks_mut::<4>().0 {
        if *alpha == 0 {
            (*r, *g, *b) = (0, 0, 0);
        }
    }
    let mut result = RgbaImage::new(picture.width(), picture.height());
    let mut reach = sigma;
    loop {
        let blurred = imageops::fast_blur(&premultiplied, reach);
        for (filled, [r, g, b, weight]) in
            result.as_chunks_mut::<4>().0.iter_mut().zip(blurred.as_chunks::<4>().0)
        {
            // A low weight in 8 bits says little about the color: the next, wider blur is more precise.
            if filled[3] == 0 && *weight >= 32 {
                let divide = |sum: &u8| {
                    ((u32::from(*sum) * 255 + u32::from(*weight) / 2) / u32::from(*weight)).min(255) as u8
                };
                *filled = [divide(r), divide(g), divide(b), 255];
            }
        }
        let missing = result.as_chunks::<4>().0.iter().any(|pixel| pixel[3] == 0);
        if !missing || reach > picture.width().max(picture.height()) as f32 {
            break;
        }
        reach *= 2.0;
    }
    // A picture without any background pixel gets a neutral gray.
    let gray = RgbaImage::from_pixel(picture.width(), picture.height(), Rgba([128, 128, 128, 255]));
    for (pixel, below) in result.pixels_mut().zip(gray.pixels()) {
        *pixel = over(*pixel, *below);
    }
    imageops::fast_blur(&result, sigma)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_read_as_hex_and_by_name() {
        for (text, color) in [
            ("#f00", [255, 0, 0, 255]),
            ("f008", [255, 0, 0, 136]),
            ("00ff00", [0, 255, 0, 255]),
            ("#0000ff80", [0, 0, 255, 128]),
            ("rebeccapurple", [102, 51, 153, 255]),
            ("SkyBlue", [135, 206, 235, 255]),
        ] {
            assert_eq!(parse_color(text), Ok(Rgba(color)), "{text}");
        }
        assert!(parse_color("#12").is_err());
        assert!(parse_color("blurple").unwrap_err().to_string().contains("blurple"));
    }

    #[test]
    fn a_gradient_runs_in_its_direction() {
        let down: Gradient = "#000,#fff".parse().expect("valid");
        let drawn = down.draw(3, 101);
        assert!(drawn.get_pixel(1, 0).0[0] < 3 && drawn.get_pixel(1, 100).0[0] > 252);
        let right: Gradient = "90deg,black,white".parse().expect("valid");
        let drawn = right.draw(101, 3);
        assert!(drawn.get_pixel(0, 1).0[0] < 3 && drawn.get_pixel(100, 1).0[0] > 252);
        assert_eq!(drawn.get_pixel(50, 1).0[0], 128);
        assert!("red".parse::<Gradient>().is_err());
    }
}
