//! The matte of a network, at the network's resolution.

use std::time::Duration;

use image::RgbImage;

/// A plane of alpha values at the network's resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Matte {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Row by row, 0 (background) to 1 (subject).
    pub values: Vec<f32>,
    /// The largest value before any stretching: the network's confidence that there is a subject.
    pub raw_maximum: f32,
}

impl Matte {
    /// Takes a plane from a network.
    ///
    /// # Panics
    /// When the number of values is not `width` × `height`.
    #[must_use]
    pub fn new(width: u32, height: u32, values: Vec<f32>) -> Self {
        assert_eq!(
            values.len(),
            width as usize * height as usize,
            "a plane has one value per pixel. This is a bug."
        );
        let raw_maximum = values.iter().copied().fold(0.0, f32::max);
        Self { width, height, values, raw_maximum }
    }

    /// Stretches the values to the range from 0 to 1, as U²-Net's authors and rembg do. The raw maximum is
    /// kept. A flat plane is not changed.
    #[must_use]
    pub(crate) fn stretched(mut self) -> Self {
        let (low, high) = self
            .values
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), &value| (low.min(value), high.max(value)));
        if high > low {
            let factor = 1.0 / (high - low);
            self.values.iter_mut().for_each(|value| *value = (*value - low) * factor);
        }
        self
    }

    /// Width and height.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }
}

/// Alpha this close to 0 or 1 becomes 0 or 1. Networks and filters leave a haze of 1 or 254 over wide areas:
/// it is invisible, but it keeps opaque pixels from staying bit-exact and costs time in every later step. The
/// values in between are stretched, so that there is no step.
const DEAD_ZONE: f32 = 4.0 / 255.0;

/// Converts alpha from 0…1 to a byte.
pub(crate) fn to_byte(alpha: f32) -> u8 {
    ((alpha - DEAD_ZONE) / (1.0 - 2.0 * DEAD_ZONE) * 255.0).clamp(0.0, 255.0).round() as u8
}

/// A matte and the intermediate results of its run.
#[derive(Debug)]
pub struct MatteOutput {
    /// Alpha at the network's resolution.
    pub matte: Matte,
    /// The picture at that resolution.
    pub guide: RgbImage,
    /// Time spent before the network.
    pub prepare: Duration,
    /// Time spent in the network.
    pub inference: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_stretched_between_two_dead_zones() {
        assert_eq!([0.0, 0.01, 0.5, 0.99, 1.0, -1.0, 2.0].map(to_byte), [0, 0, 128, 255, 255, 0, 255]);
    }
}
