//! The geometry of the subject on the canvas: region of interest, crop, scale, position, size cap.
//!
//! The options have the meaning of remove.bg's parameters `roi`, `crop`, `crop_margin`, `scale`, `position` and
//! `size`. This module works on numbers only, without pixels.

use std::str::FromStr;

use image::GrayImage;

use crate::Length;

/// Alpha below this does not belong to the subject's box, so that an invisible haze does not prevent a crop.
const VISIBLE: u8 = 8;

/// A rectangle in whole pixels, with at least one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// Distance from the left border.
    pub left: u32,
    /// Distance from the upper border.
    pub top: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
}

impl Rect {
    /// The box around all visible pixels of a matte; `None` if there are none.
    #[must_use]
    pub fn around(matte: &GrayImage) -> Option<Self> {
        let width = matte.width() as usize;
        let seen = |row: &[u8]| row.iter().any(|&alpha| alpha >= VISIBLE);
        let rows = || matte.as_raw().chunks_exact(width.max(1));
        let top = rows().position(seen)?;
        let bottom = rows().rposition(seen)?;
        let (mut left, mut right) = (width, 0);
        for row in rows().skip(top).take(bottom - top + 1) {
            let visible = |&alpha: &u8| alpha >= VISIBLE;
            // Only pixels outside of the box can widen it.
            if let Some(first) = row[..left].iter().position(visible) {
                left = first;
            }
            if let Some(last) = row[right..].iter().rposition(visible) {
                right += last;
            }
        }
        Some(Self {
            left: left as u32,
            top: top as u32,
            width: (right - left + 1) as u32,
            height: (bottom - top + 1) as u32,
        })
    }

    /// The whole of a picture.
    #[must_use]
    pub fn whole((width, height): (u32, u32)) -> Self {
        Self { left: 0, top: 0, width, height }
    }

    /// Width and height.
    #[must_use]
    pub fn size(self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The longer of width and height.
    #[must_use]
    pub fn longer_side(self) -> u32 {
        self.width.max(self.height)
    }
}

/// The only part of a picture that may be subject, as `x1 y1 x2 y2` in pixels or percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    corners: [Length; 4],
}

/// An invalid layout option.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LayoutError {
    /// Not four lengths.
    #[error(
        "“{0}” is not a region; write the corners as “x1 y1 x2 y2” in pixels or percent, like “10% 0% 90% 100%”"
    )]
    RegionSyntax(String),
    /// The corners enclose no pixel.
    #[error("the region of interest encloses no pixel of this picture")]
    RegionEmpty,
    /// A corner lies outside.
    #[error("the region of interest reaches beyond the picture, which has {width} × {height} pixels")]
    RegionOutside {
        /// Width of the picture.
        width: u32,
        /// Height of the picture.
        height: u32,
    },
    /// Not one, two or four lengths.
    #[error("“{0}” is not a margin; write one, two or four lengths like 30px or “10% 5%”")]
    MarginSyntax(String),
    /// Neither a word nor lengths.
    #[error("“{0}” is not a position; write original, center, or shares like “50%” or “10% 90%”")]
    PositionSyntax(String),
    /// Outside 10 % to 100 %.
    #[error("“{0}” is not a scale; write original or a share from 10% to 100%")]
    ScaleSyntax(String),
}

impl FromStr for Region {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Self, LayoutError> {
        let refused = || LayoutError::RegionSyntax(text.to_owned());
        let corners: Vec<Length> = lengths(text).ok_or_else(refused)?;
        Ok(Self { corners: corners.try_into().map_err(|_| refused())? })
    }
}

impl Region {
    /// The region in the pixels of a picture.
    ///
    /// # Errors
    /// [`LayoutError::RegionOutside`] and [`LayoutError::RegionEmpty`].
    pub fn in_picture(&self, (width, height): (u32, u32)) -> Result<Rect, LayoutError> {
        let [x1, y1, x2, y2] = self.corners;
        let across = |length: Length| length.of(f64::from(width)).round() as i64;
        let down = |length: Length| length.of(f64::from(height)).round() as i64;
        let (left, right) = (across(x1).min(across(x2)), across(x1).max(across(x2)));
        let (top, bottom) = (down(y1).min(down(y2)), down(y1).max(down(y2)));
        if left < 0 || top < 0 || right > i64::from(width) || bottom > i64::from(height) {
            return Err(LayoutError::RegionOutside { width, height });
        }
        if right == left || bottom == top {
            return Err(LayoutError::RegionEmpty);
        }
        Ok(Rect {
            left: left as u32,
            top: top as u32,
            width: (right - left) as u32,
            height: (bottom - top) as u32,
        })
    }
}

/// Space around a cropped subject: top, right, bottom, left. Shares are of the subject's own size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margins(pub [Length; 4]);

impl Margins {
    /// No margins.
    pub const NONE: Self = Self([Length::Px(0.0); 4]);

    /// The margins in pixels for a subject of this size. Each is at most half the subject and at most 500 pixels,
    /// as in remove.bg.
    fn around(&self, (width, height): (u32, u32)) -> [i64; 4] {
        let side = |length: Length, whole: u32| {
            let whole = f64::from(whole);
            length.of(whole).clamp(0.0, (whole / 2.0).min(500.0)).round() as i64
        };
        let [top, right, bottom, left] = self.0;
        [side(top, height), side(right, width), side(bottom, height), side(left, width)]
    }
}

impl FromStr for Margins {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Self, LayoutError> {
        let refused = || LayoutError::MarginSyntax(text.to_owned());
        match lengths(text).ok_or_else(refused)?[..] {
            [all] => Ok(Self([all; 4])),
            [vertical, horizontal] => Ok(Self([vertical, horizontal, vertical, horizontal])),
            [top, right, bottom, left] => Ok(Self([top, right, bottom, left])),
            _ => Err(refused()),
        }
    }
}

/// The position of the subject on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Position {
    /// As in the picture.
    #[default]
    Original,
    /// Shares of the free space, 0 to 100, from the left and from the top, as in CSS.
    Share(f64, f64),
}

impl Position {
    /// The middle.
    pub const CENTER: Self = Self::Share(50.0, 50.0);
}

impl FromStr for Position {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Self, LayoutError> {
        let share = |length: &Length| match *length {
            Length::Percent(share) if (0.0..=100.0).contains(&share) => Some(share),
            Length::Percent(_) | Length::Px(_) => None,
        };
        let parsed = match text.trim() {
            "original" => Some(Self::Original),
            "center" | "centre" => Some(Self::CENTER),
            other => lengths(other).and_then(|lengths| match &lengths[..] {
                [both] => Some(Self::Share(share(both)?, share(both)?)),
                [x, y] => Some(Self::Share(share(x)?, share(y)?)),
                _ => None,
            }),
        };
        parsed.ok_or_else(|| LayoutError::PositionSyntax(text.to_owned()))
    }
}

/// The size of the subject relative to the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Scale {
    /// As in the picture.
    #[default]
    Original,
    /// As large as fits into this share of the canvas, 10 to 100.
    Share(f64),
}

impl FromStr for Scale {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Self, LayoutError> {
        if text.trim() == "original" {
            return Ok(Self::Original);
        }
        match text.parse() {
            Ok(Length::Percent(share)) if (10.0..=100.0).contains(&share) => Ok(Self::Share(share)),
            _ => Err(LayoutError::ScaleSyntax(text.to_owned())),
        }
    }
}

/// The layout options. The default changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Layout {
    /// Crop to the subject with these margins, which sets the size of the canvas.
    pub crop: Option<Margins>,
    /// Size of the subject on the canvas. Any size but the original centers the subject, unless a position is set.
    pub scale: Scale,
    /// Position of the subject on the canvas.
    pub position: Position,
    /// Maximum width × height of the canvas; a larger canvas is scaled down as a whole.
    pub max_pixels: Option<u64>,
}

/// The computed geometry: the drawn part of the picture, and its place on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Width and height of the canvas.
    pub canvas: (u32, u32),
    /// The part of the picture that contains the subject.
    pub source: Rect,
    /// Left upper corner on the canvas; may be outside.
    pub at: (i64, i64),
    /// Size of the subject on the canvas.
    pub size: (u32, u32),
    /// Top left corner and size of the part of the picture that the canvas shows, in pixels of the picture; it can
    /// extend beyond the picture. `None` if the subject was scaled on its own.
    pub window: Option<((i64, i64), (u32, u32))>,
}

impl Placement {
    /// The size of a pixel of the subject, in pixels of the canvas.
    #[must_use]
    pub fn factor(&self) -> f64 {
        f64::from(self.size.0.max(self.size.1)) / f64::from(self.source.longer_side())
    }
}

impl Layout {
    /// Places a subject that fills `subject` in a picture of this size.
    /// `reach` is the extent of the shadow beyond the subject (top, right, bottom, left); a crop leaves room for it.
    pub(crate) fn place(&self, picture: (u32, u32), subject: Rect, reach: [i64; 4]) -> Placement {
        let (mut canvas, mut at) = (picture, (i64::from(subject.left), i64::from(subject.top)));
        if let Some(margins) = &self.crop {
            let margins = margins.around(subject.size());
            let [top, right, bottom, left] = std::array::from_fn(|side| margins[side].max(reach[side]));
            canvas = (
                (i64::from(subject.width) + left + right) as u32,
                (i64::from(subject.height) + top + bottom) as u32,
            );
            at = (left, top);
        }
        let mut size = subject.size();
        let mut position = self.position;
        if let Scale::Share(share) = self.scale {
            let fit = (f64::from(canvas.0) / f64::from(size.0)).min(f64::from(canvas.1) / f64::from(size.1));
            size = scaled(size, fit * share / 100.0);
            if position == Position::Original {
                position = Position::CENTER;
            }
        }
        if let Position::Share(x, y) = position {
            let free = |canvas: u32, size: u32, share: f64| {
                ((f64::from(canvas) - f64::from(size)) * share / 100.0).round() as i64
            };
            at = (free(canvas.0, size.0, x), free(canvas.1, size.1, y));
        }
        let corner = (i64::from(subject.left) - at.0, i64::from(subject.top) - at.1);
        let window = (size == subject.size()).then_some((corner, canvas));
        self.capped(Placement { canvas, source: subject, at, size, window })
    }

    fn capped(&self, placement: Placement) -> Placement {
        let area = u64::from(placement.canvas.0) * u64::from(placement.canvas.1);
        let Some(cap) = self.max_pixels.filter(|&cap| cap < area) else { return placement };
        let factor = (cap as f64 / area as f64).sqrt();
        let moved = |offset: i64| (offset as f64 * factor).round() as i64;
        Placement {
            // Rounded down, so that the cap holds.
            canvas: (
                ((f64::from(placement.canvas.0) * factor) as u32).max(1),
                ((f64::from(placement.canvas.1) * factor) as u32).max(1),
            ),
            source: placement.source,
            window: placement.window,
            at: (moved(placement.at.0), moved(placement.at.1)),
            size: scaled(placement.size, factor),
        }
    }
}

fn scaled((width, height): (u32, u32), factor: f64) -> (u32, u32) {
    let side = |side: u32| ((f64::from(side) * factor).round() as u32).max(1);
    (side(width), side(height))
}

fn lengths(text: &str) -> Option<Vec<Length>> {
    text.split([' ', ',']).filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    const PICTURE: (u32, u32) = (400, 200);
    const SUBJECT: Rect = Rect { left: 100, top: 50, width: 100, height: 50 };

    #[test]
    fn the_default_layout_moves_nothing() {
        let placed = Layout::default().place(PICTURE, SUBJECT, [0; 4]);
        let window = Some(((0, 0), PICTURE));
        let unmoved = Placement { canvas: PICTURE, source: SUBJECT, at: (100, 50), size: (100, 50), window };
        assert_eq!(placed, unmoved);
    }

    #[test]
    fn margins_follow_the_order_of_css_and_are_at_most_half_the_subject() {
        let layout = |text: &str| Layout { crop: Some(text.parse().expect("valid")), ..Layout::default() };
        let placed = layout("10px 20px 25px 5px").place(PICTURE, SUBJECT, [0; 4]);
        assert_eq!((placed.canvas, placed.at), ((125, 85), (5, 10)));
        let placed = layout("10% 20%").place(PICTURE, SUBJECT, [0; 4]);
        assert_eq!((placed.canvas, placed.at), ((140, 60), (20, 5)));
        let placed = layout("400px").place(PICTURE, SUBJECT, [0; 4]);
        assert_eq!(placed.canvas, (200, 100), "at most half the subject a side");
    }

    #[test]
    fn a_scale_fits_the_subject_and_centers_it() {
        let layout = Layout { scale: "50%".parse().expect("valid"), ..Layout::default() };
        let placed = layout.place(PICTURE, SUBJECT, [0; 4]);
        assert_eq!((placed.size, placed.at), ((200, 100), (100, 50)));
    }

    #[test]
    fn positions_are_shares_of_the_free_space() {
        let placed = Layout { position: "0% 100%".parse().expect("valid"), ..Layout::default() }
            .place(PICTURE, SUBJECT, [0; 4]);
        assert_eq!(placed.at, (0, 150));
    }

    #[test]
    fn a_size_cap_is_never_exceeded() {
        for cap in [1, 7, 1000, 79_999] {
            let placed =
                Layout { max_pixels: Some(cap), ..Layout::default() }.place(PICTURE, SUBJECT, [0; 4]);
            assert!(u64::from(placed.canvas.0) * u64::from(placed.canvas.1) <= cap, "{cap}: {placed:?}");
        }
    }

    #[test]
    fn a_region_is_read_in_pixels_and_percent_in_any_order_of_corners() {
        let region: Region = "90% 100% 10% 0%".parse().expect("valid");
        assert_eq!(region.in_picture(PICTURE), Ok(Rect { left: 40, top: 0, width: 320, height: 200 }));
        let region: Region = "0px 0px 401px 10px".parse().expect("valid");
        assert_eq!(region.in_picture(PICTURE), Err(LayoutError::RegionOutside { width: 400, height: 200 }));
        let region: Region = "5px 5px 5px 9px".parse().expect("valid");
        assert_eq!(region.in_picture(PICTURE), Err(LayoutError::RegionEmpty));
        assert!("1 2 3".parse::<Region>().is_err());
    }

    #[test]
    fn the_box_ignores_an_invisible_haze() {
        let mut matte = GrayImage::from_pixel(20, 10, Luma([VISIBLE - 1]));
        assert_eq!(Rect::around(&matte), None);
        matte.put_pixel(3, 2, Luma([255]));
        matte.put_pixel(17, 8, Luma([VISIBLE]));
        matte.put_pixel(5, 5, Luma([255]));
        assert_eq!(Rect::around(&matte), Some(Rect { left: 3, top: 2, width: 15, height: 7 }));
    }
}
