//! The answer of a network, before it meets the picture's own resolution.

/// A plane of alpha values at the network's resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Matte {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Row by row, 0 (background) to 1 (subject).
    pub values: Vec<f32>,
    /// The largest value that the network gave before anything was stretched: how sure it is that
    /// there is a subject at all.
    pub raw_maximum: f32,
}

impl Matte {
    /// Takes a plane as a network gave it.
    ///
    /// # Panics
    /// When the number of values is not `width` × `height`.
    #[must_use]
    pub fn new(width: u32, height: u32, values: Vec<f32>) -> Self {
        assert_eq!(
            values.len(),
            width as usize * height as usize,
            "a plane has one value a pixel. This is a bug."
        );
        let raw_maximum = values.iter().copied().fold(0.0, f32::max);
        Self { width, height, values, raw_maximum }
    }

    /// Stretches the values so that they reach from 0 to 1, as U²-Net's authors and rembg do. The
    /// raw maximum is kept. A flat plane stays as it is.
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

/// Alpha within this of an end is that end. Networks and filters leave a haze of 1 or 254 over wide
/// areas that nobody sees, but that keeps opaque pixels from staying bit-exact and costs time in
/// every later step; the rest is stretched, so that nothing jumps.
const DEAD_ZONE: f32 = 4.0 / 255.0;

/// Alpha from 0…1 to a byte.
pub(crate) fn to_byte(alpha: f32) -> u8 {
    ((alpha - DEAD_ZONE) / (1.0 - 2.0 * DEAD_ZONE) * 255.0).clamp(0.0, 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_stretched_between_two_dead_zones() {
        assert_eq!([0.0, 0.01, 0.5, 0.99, 1.0, -1.0, 2.0].map(to_byte), [0, 0, 128, 255, 255, 0, 255]);
    }
}
