//! Segment Anything, in the two graphs that rembg publishes: an encoder for the picture, and a decoder for
//! points and boxes.
//!
//! Both have the picture in the top left corner of a frame of 1024 × 684. The result is a hard mask in that
//! frame; refinement adds the soft edge.

use std::str::FromStr;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage, imageops};
use sansfond_imaging::resize;

use crate::Matte;
use crate::matte::MatteOutput;
use crate::session::{InferenceError, Tensor};

const FRAME_WIDTH: u32 = 1024;
const FRAME_HEIGHT: u32 = 684;
/// Sides of the decoder's mask input. It is for the mask of an earlier run, which we do not use.
const MASK_SIDE: usize = 256;

/// A mark of the user, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    /// A point on the subject.
    Subject(f32, f32),
    /// A point on the background.
    Background(f32, f32),
    /// A box around the subject: left, top, right, bottom.
    Box(f32, f32, f32, f32),
}

/// All marks of the user. If there are none, the point is the middle of the picture, as in rembg.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prompt(pub Vec<Mark>);

impl FromStr for Mark {
    type Err = String;

    /// `x,y` is a subject point, `-x,y` with a leading minus a background point, four numbers a box.
    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "“{text}” is not a mark; write x,y for the subject, -x,y for background, or a box x1,y1,x2,y2"
            )
        };
        let (background, numbers) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let numbers: Vec<f32> = numbers
            .split(',')
            .map(|number| number.trim().parse())
            .collect::<Result<_, _>>()
            .map_err(|_| refused())?;
        if !numbers.iter().all(|number| (0.0..=1e6).contains(number)) {
            return Err(refused());
        }
        match (background, &numbers[..]) {
            (false, &[x, y]) => Ok(Self::Subject(x, y)),
            (true, &[x, y]) => Ok(Self::Background(x, y)),
            (false, &[x1, y1, x2, y2]) => Ok(Self::Box(x1.min(x2), y1.min(y2), x1.max(x2), y1.max(y2))),
            _ => Err(refused()),
        }
    }
}

/// Makes the matte of the marked subject. `run` runs session 0 (encoder) or 1 (decoder) and returns its first
/// output.
pub(crate) fn matte(
    picture: &RgbImage,
    prompt: &Prompt,
    run: impl Fn(usize, Vec<Tensor>) -> Result<(Tensor, Duration), InferenceError>,
) -> Result<MatteOutput, InferenceError> {
    let started = Instant::now();
    let (width, height) = picture.dimensions();
    let scale = (FRAME_WIDTH as f32 / width as f32).min(FRAME_HEIGHT as f32 / height as f32);
    let side = |side: u32, frame: u32| ((side as f32 * scale).round() as u32).clamp(1, frame);
    let (inner_width, inner_height) = (side(width, FRAME_WIDTH), side(height, FRAME_HEIGHT));
    let guide = resize::resize_rgb(picture, inner_width, inner_height);
    let mut frame = RgbImage::from_pixel(FRAME_WIDTH, FRAME_HEIGHT, Rgb([0; 3]));
    imageops::replace(&mut frame, &guide, 0, 0);
    let pixels = Tensor {
        shape: vec![FRAME_HEIGHT as usize, FRAME_WIDTH as usize, 3],
        data: frame.as_raw().iter().map(|&value| f32::from(value)).collect(),
    };
    let prepare = started.elapsed();

    let (embedding, encoding) = run(0, vec![pixels])?;
    let (points, labels) = points(prompt, (width, height), scale);
    let decoder_inputs = vec![
        embedding,
        points,
        labels,
        Tensor { shape: vec![1, 1, MASK_SIDE, MASK_SIDE], data: vec![0.0; MASK_SIDE * MASK_SIDE] },
        Tensor { shape: vec![1], data: vec![0.0] },
        Tensor { shape: vec![2], data: vec![FRAME_HEIGHT as f32, FRAME_WIDTH as f32] },
    ];
    let (masks, decoding) = run(1, decoder_inputs)?;
    let [.., mask_height, mask_width] = masks.shape[..] else {
        return Err(InferenceError::UnexpectedShape { shape: masks.shape });
    };
    if mask_height < inner_height as usize || mask_width < inner_width as usize {
        return Err(InferenceError::UnexpectedShape { shape: masks.shape });
    }
    let area = mask_height * mask_width;
    let mut values = Vec::with_capacity((inner_width * inner_height) as usize);
    for y in 0..inner_height as usize {
        for x in 0..inner_width as usize {
            // The decoder may return several masks, from part to whole. The subject is their union.
            let inside = masks.data.chunks_exact(area).any(|mask| mask[y * mask_width + x] > 0.0);
            values.push(f32::from(u8::from(inside)));
        }
    }
    Ok(MatteOutput {
        matte: Matte::new(inner_width, inner_height, values),
        guide,
        prepare,
        inference: encoding + decoding,
    })
}

/// Coordinates `[1, n, 2]` in the frame and labels `[1, n]`: 1 is subject, 0 background, 2 and 3 the corners
/// of a box, −1 the padding point that the decoder needs at the end.
fn points(prompt: &Prompt, (width, height): (u32, u32), scale: f32) -> (Tensor, Tensor) {
    let middle = [Mark::Subject((width / 2) as f32, (height / 2) as f32)];
    let marks: &[Mark] = if prompt.0.is_empty() { &middle } else { &prompt.0 };
    let (mut coordinates, mut labels) = (Vec::new(), Vec::new());
    let mut push = |x: f32, y: f32, label: f32| {
        coordinates.extend([x * scale, y * scale]);
        labels.push(label);
    };
    for mark in marks {
        match *mark {
            Mark::Subject(x, y) => push(x, y, 1.0),
            Mark::Background(x, y) => push(x, y, 0.0),
            Mark::Box(left, top, right, bottom) => {
                push(left, top, 2.0);
                push(right, bottom, 3.0);
            }
        }
    }
    push(0.0, 0.0, -1.0);
    let count = labels.len();
    (Tensor { shape: vec![1, count, 2], data: coordinates }, Tensor { shape: vec![1, count], data: labels })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read() {
        assert_eq!("3,4".parse(), Ok(Mark::Subject(3.0, 4.0)));
        assert_eq!("-3,4".parse(), Ok(Mark::Background(3.0, 4.0)));
        assert_eq!("30,40,10,20".parse(), Ok(Mark::Box(10.0, 20.0, 30.0, 40.0)));
        for text in ["", "3", "3,4,5", "a,b", "-1,2,3,4", "3,-4", "NaN,1"] {
            assert!(text.parse::<Mark>().is_err(), "{text}");
        }
    }

    #[test]
    fn points_are_scaled_and_padded() {
        let prompt = Prompt(vec![Mark::Background(10.0, 20.0), Mark::Box(0.0, 0.0, 100.0, 50.0)]);
        let (coordinates, labels) = points(&prompt, (200, 100), 2.0);
        assert_eq!(labels.data, [0.0, 2.0, 3.0, -1.0]);
        assert_eq!(coordinates.data, [20.0, 40.0, 0.0, 0.0, 200.0, 100.0, 0.0, 0.0]);
        assert_eq!(coordinates.shape, [1, 4, 2]);
    }
}
