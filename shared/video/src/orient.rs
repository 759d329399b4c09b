//! Rotates frames. Phones store frames in the sensor's orientation, with a display matrix.

use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::format::stream::Stream;
use image::{ImageBuffer, Pixel, imageops};

/// The orientation of stored frames. To make them upright, mirror first, then rotate clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Orientation {
    mirrored: bool,
    /// Clockwise rotation in steps of 90 degrees, 0 to 3.
    quarter_turns: u8,
}

impl Orientation {
    /// Reads a stream's display matrix. Other angles are rounded to the nearest right angle.
    pub(crate) fn of(stream: &Stream<'_>) -> Self {
        let matrix = stream.side_data().find(|data| data.kind() == Type::DisplayMatrix);
        matrix.and_then(|data| Self::from_matrix(data.data())).unwrap_or_default()
    }

    /// Nine 32-bit integers, row by row; `x' = a x + c y`, `y' = b x + d y` with `[a b _ c d _ …]`.
    fn from_matrix(bytes: &[u8]) -> Option<Self> {
        let values: Vec<f64> =
            bytes.as_chunks::<4>().0.iter().map(|word| f64::from(i32::from_ne_bytes(*word))).collect();
        let [a, b, _, c, d, ..] = values[..] else { return None };
        if a.hypot(c) == 0.0 || b.hypot(d) == 0.0 {
            return None;
        }
        let mirrored = a * d - b * c < 0.0;
        // The direction of the x axis after mirroring, with y pointing down: clockwise.
        let (x, y) = if mirrored { (-a, -b) } else { (a, b) };
        let quarters = (y.atan2(x).to_degrees() / 90.0).round() as i32;
        Some(Self { mirrored, quarter_turns: quarters.rem_euclid(4) as u8 })
    }

    /// Clockwise rotation in degrees.
    pub(crate) fn degrees(self) -> u16 {
        u16::from(self.quarter_turns) * 90
    }

    /// Width and height of the upright frame.
    pub(crate) fn size(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.quarter_turns % 2 == 1 { (height, width) } else { (width, height) }
    }

    /// Makes a frame upright.
    pub(crate) fn apply<P: Pixel<Subpixel = u8> + 'static>(
        self,
        mut frame: ImageBuffer<P, Vec<u8>>,
    ) -> ImageBuffer<P, Vec<u8>> {
        if self.mirrored {
            imageops::flip_horizontal_in_place(&mut frame);
        }
        match self.quarter_turns {
            1 => imageops::rotate90(&frame),
            2 => {
                imageops::rotate180_in_place(&mut frame);
                frame
            }
            3 => imageops::rotate270(&frame),
            _ => frame,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(a: i32, b: i32, c: i32, d: i32) -> Option<Orientation> {
        let one = 1 << 16;
        let words = [a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30];
        Orientation::from_matrix(&words.iter().flat_map(|word: &i32| word.to_ne_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn a_display_matrix_gives_the_rotation() {
        let turned = |quarter_turns| Some(Orientation { mirrored: false, quarter_turns });
        assert_eq!(matrix(1, 0, 0, 1), turned(0));
        assert_eq!(matrix(0, 1, -1, 0), turned(1));
        assert_eq!(matrix(-1, 0, 0, -1), turned(2));
        assert_eq!(matrix(0, -1, 1, 0), turned(3));
        assert_eq!(matrix(-1, 0, 0, 1), Some(Orientation { mirrored: true, quarter_turns: 0 }));
        assert_eq!(matrix(0, 0, 0, 0), None);
        assert_eq!(Orientation::from_matrix(&[1, 2, 3]), None);
    }
}
