//! Removes the background from one image: bytes and options → the bytes of the result and of its preview.
//!
//! Blocks for about a second of processor time; callers run it on a blocking thread. Deliberately absent: requests,
//! queues and storage.

use std::time::Instant;

use image::{DynamicImage, GrayImage, Luma};
use sansfond_domain::job::Timings;
use sansfond_domain::options::Channels;
use sansfond_domain::preview::PREVIEW_SIDE;
use sansfond_domain::{Failure, ImageOptions, Plan};
use sansfond_engine::Engine;
use sansfond_imaging::resize::{resize_rgb, resize_rgba};
use sansfond_imaging::thumbnail::{self, thumbnail};
use sansfond_imaging::{
    Composition, DecodeError, EncodeError, EncodeOptions, ImageFormat, Limits, Picture, compose, decode,
    encode, encode_matte, format_for,
};
use sansfond_jobs::millis;
use sansfond_matting::{CutoutOptions, InferenceError};

pub const PREVIEW_TYPE: &str = "image/webp";

/// A finished cutout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedCutout {
    /// The encoded file. Empty after it has been stored.
    pub bytes: Vec<u8>,
    /// The size of the file, also after it has been stored.
    pub size_bytes: u64,
    pub media_type: &'static str,
    /// Without a dot.
    pub extension: &'static str,
    pub width: u32,
    pub height: u32,
    /// The result as WebP, at most [`PREVIEW_SIDE`] pixels on its longer side.
    pub preview: Vec<u8>,
    /// Without download and upload.
    pub timings: Timings,
}

/// A cutout at preview size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// WebP with alpha.
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// The reason why there is no cutout.
#[derive(Debug, thiserror::Error)]
pub enum CutoutError {
    /// The image or the options are unsuitable: another attempt would fail, too.
    #[error("{reason}")]
    Unsuitable {
        failure: Failure,
        /// The engine's message for the user.
        reason: String,
    },
    #[error("the engine is busy")]
    Busy,
    #[error("the engine failed")]
    Engine {
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Removes the background from an image, within the limits of a plan.
pub fn cut_out(
    engine: &Engine,
    bytes: &[u8],
    options: &ImageOptions,
    plan: &Plan,
) -> Result<FinishedCutout, CutoutError> {
    let started = Instant::now();
    let picture = decode(bytes, &limits(plan))?;
    let decode_ms = millis(started.elapsed());

    let started = Instant::now();
    let cutout =
        sansfond_matting::cut_out(&engine.matting_model, &picture, &CutoutOptions::default())?.cutout;
    drop(picture);
    let matte_ms = millis(started.elapsed());

    let started = Instant::now();
    let finished = finish(&cutout, options)?;
    let timings = Timings { decode_ms, matte_ms, encode_ms: millis(started.elapsed()), ..Timings::default() };
    Ok(FinishedCutout { timings, ..finished })
}

/// Removes the background from an image, within the limits of a plan, at preview size and with default options.
///
/// The image is scaled down before inference rather than the cutout afterwards: refining edges and estimating colors at
/// full size takes 180 ms at 12 megapixels (`finish` in docs/BENCHMARKS.md). The model's input is about a megapixel in
/// any case, so the matte differs only by the second resampling; a test compares the two.
pub fn preview_cutout(engine: &Engine, bytes: &[u8], plan: &Plan) -> Result<Preview, CutoutError> {
    let picture = small(decode(bytes, &limits(plan))?);
    let cutout =
        sansfond_matting::cut_out(&engine.matting_model, &picture, &CutoutOptions::default())?.cutout;
    let shown = compose(&cutout, &Composition::default(), false).image;
    let (width, height) = shown.dimensions();
    Ok(Preview { bytes: thumbnail(&shown, PREVIEW_SIDE)?, width, height })
}

/// Scales an image down to at most [`PREVIEW_SIDE`] pixels on its longer side.
fn small(picture: Picture) -> Picture {
    let (width, height) = thumbnail::size(picture.dimensions(), PREVIEW_SIDE);
    if (width, height) == picture.dimensions() {
        return picture;
    }
    if picture.alpha.is_none() {
        return Picture { color: resize_rgb(&picture.color, width, height), alpha: None };
    }
    let pixels = resize_rgba(&picture.to_rgba(), width, height);
    let alpha = GrayImage::from_fn(width, height, |x, y| Luma([pixels.get_pixel(x, y).0[3]]));
    Picture { color: DynamicImage::ImageRgba8(pixels).into_rgb8(), alpha: Some(alpha) }
}

/// Composes and encodes the result and its preview.
fn finish(cutout: &sansfond_imaging::Cutout, options: &ImageOptions) -> Result<FinishedCutout, EncodeError> {
    let encoding = EncodeOptions { format: options.format, ..EncodeOptions::default() };
    let keep_color = encoding.format == ImageFormat::Zip && options.channels == Channels::Rgba;
    let composed = compose(cutout, &Composition::from(options), keep_color);
    let (width, height) = composed.image.dimensions();
    let (bytes, format) = match options.channels {
        Channels::Rgba => (encode(&composed, &encoding)?, format_for(encoding.format, &composed.image)),
        Channels::Alpha => (encode_matte(&composed.matte, &encoding)?, encoding.format.row().matte),
    };
    let shown = match options.channels {
        Channels::Rgba => composed.image,
        Channels::Alpha => DynamicImage::ImageLuma8(composed.matte).into_rgba8(),
    };
    Ok(FinishedCutout {
        size_bytes: bytes.len() as u64,
        bytes,
        media_type: format.row().media_type,
        extension: format.row().extension,
        width,
        height,
        preview: thumbnail(&shown, PREVIEW_SIDE)?,
        timings: Timings::default(),
    })
}

fn limits(plan: &Plan) -> Limits {
    Limits {
        max_bytes: plan.upload_bytes,
        max_pixels: u64::from(plan.megapixels) * 1_000_000,
        ..Limits::default()
    }
}

impl From<DecodeError> for CutoutError {
    fn from(error: DecodeError) -> Self {
        let failure = match &error {
            DecodeError::Empty
            | DecodeError::NotAPicture
            | DecodeError::NoPixels
            | DecodeError::Truncated { .. }
            | DecodeError::Corrupt { .. } => Failure::UnreadablePicture,
            DecodeError::Unsupported { .. } => Failure::UnsupportedFormat,
            DecodeError::TooManyBytes { .. }
            | DecodeError::TooManyPixels { .. }
            | DecodeError::SideTooLong { .. } => Failure::PictureTooLarge,
        };
        Self::Unsuitable { failure, reason: error.to_string() }
    }
}

impl From<sansfond_matting::CutoutError> for CutoutError {
    fn from(error: sansfond_matting::CutoutError) -> Self {
        use sansfond_matting::CutoutError as Matting;
        match error {
            Matting::NoSubject => {
                Self::Unsuitable { failure: Failure::NoSubject, reason: Matting::NoSubject.to_string() }
            }
            Matting::Region(error) => {
                Self::Unsuitable { failure: Failure::UnsuitableOptions, reason: error.to_string() }
            }
            Matting::Inference(InferenceError::Busy) => Self::Busy,
            Matting::Inference(error) => Self::Engine { source: Box::new(error) },
        }
    }
}

impl From<EncodeError> for CutoutError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::TooLarge { .. } => {
                Self::Unsuitable { failure: Failure::UnsuitableOptions, reason: error.to_string() }
            }
            EncodeError::Failed { .. } => Self::Engine { source: Box::new(error) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};
    use sansfond_imaging::Cutout;

    /// A grey picture, a red square in its middle.
    fn cutout(width: u32, height: u32) -> Cutout {
        let inside =
            |x: u32, y: u32| x.abs_diff(width / 2) < width / 4 && y.abs_diff(height / 2) < height / 4;
        Cutout {
            color: RgbImage::from_fn(width, height, |x, y| {
                if inside(x, y) { Rgb([200, 0, 0]) } else { Rgb([90; 3]) }
            }),
            alpha: GrayImage::from_fn(width, height, |x, y| Luma([if inside(x, y) { 255 } else { 0 }])),
        }
    }

    fn options(json: &str) -> ImageOptions {
        serde_json::from_str(json).expect("options")
    }

    fn finished(json: &str) -> FinishedCutout {
        finish(&cutout(80, 60), &options(json)).expect("finished")
    }

    /// The media type of the bytes themselves.
    fn media_type_of(bytes: &[u8]) -> &'static str {
        if bytes.starts_with(b"PK\x03\x04") {
            return "application/zip";
        }
        image::guess_format(bytes).expect("a picture").to_mime_type()
    }

    #[test]
    fn every_format_has_its_media_type() {
        for format in ImageFormat::ALL {
            let finished = finished(&format!(r#"{{"format":"{format}"}}"#));
            let row = format.row();
            assert_eq!(
                (finished.media_type, finished.extension),
                (row.media_type, row.extension),
                "{format}"
            );
            assert_eq!(media_type_of(&finished.bytes), row.media_type, "{format}");
        }
        for (json, media_type, extension) in [
            (r#"{}"#, "image/png", "png"),
            (r##"{"format":"auto","background":"#fff"}"##, "image/jpeg", "jpg"),
            (r#"{"format":"zip","channels":"alpha"}"#, "image/png", "png"),
            (r#"{"format":"webp","channels":"alpha"}"#, "image/webp", "webp"),
        ] {
            let finished = finished(json);
            assert_eq!((finished.media_type, finished.extension), (media_type, extension), "{json}");
            assert_eq!(media_type_of(&finished.bytes), media_type, "{json}");
        }
    }

    #[test]
    fn cropping_keeps_the_requested_margin() {
        let (tight, wide) = (finished(r#"{"crop":true}"#), finished(r#"{"crop":true,"crop_margin":10}"#));
        assert_eq!((tight.width, tight.height), (39, 29));
        assert_eq!((wide.width, wide.height), (39 + 2 * 4, 29 + 2 * 3));
    }

    #[test]
    fn a_preview_is_small_and_keeps_transparency() {
        let finished = finish(&cutout(2000, 500), &ImageOptions::default()).expect("finished");
        let preview = image::load_from_memory(&finished.preview).expect("a picture").into_rgba8();
        assert_eq!(preview.dimensions(), (1024, 256));
        assert_eq!((preview.get_pixel(0, 0).0[3], preview.get_pixel(512, 128).0[3]), (0, 255));
        let small = image::load_from_memory(&finished_preview(30, 2)).expect("a picture");
        assert_eq!((small.width(), small.height()), (30, 2), "nothing is enlarged");
        let sliver = image::load_from_memory(&finished_preview(4096, 1)).expect("a picture");
        assert_eq!((sliver.width(), sliver.height()), (1024, 1));
    }

    #[test]
    fn a_picture_is_scaled_down_with_its_transparency_and_never_up() {
        let color =
            RgbImage::from_fn(3000, 1500, |x, _| Rgb(if x < 1500 { [0, 255, 0] } else { [200, 0, 0] }));
        let alpha = GrayImage::from_fn(3000, 1500, |x, _| Luma([if x < 1500 { 0 } else { 255 }]));
        let opaque = small(Picture { color: color.clone(), alpha: None });
        assert_eq!((opaque.dimensions(), opaque.alpha), ((1024, 512), None));
        let seen = small(Picture { color, alpha: Some(alpha) });
        let alpha = seen.alpha.expect("transparency");
        assert_eq!((alpha.get_pixel(100, 9).0, alpha.get_pixel(900, 9).0), ([0], [255]));
        for x in (0..1024).filter(|&x| alpha.get_pixel(x, 9).0[0] > 8) {
            assert!(seen.color.get_pixel(x, 9).0[1] < 16, "no green bleeds into visible pixels, at {x}");
        }
        let tiny = small(Picture { color: RgbImage::new(3, 2), alpha: None });
        assert_eq!(tiny.dimensions(), (3, 2));
    }

    fn finished_preview(width: u32, height: u32) -> Vec<u8> {
        let shown = image::RgbaImage::from_pixel(width, height, image::Rgba([1, 2, 3, 255]));
        thumbnail(&shown, PREVIEW_SIDE).expect("a preview")
    }

    #[test]
    fn every_rejection_has_its_failure() {
        for (bytes, expected) in [
            (&b""[..], Failure::UnreadablePicture),
            (b"I am a text", Failure::UnreadablePicture),
            (b"\x89PNG\r\n\x1a\n", Failure::UnreadablePicture),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Failure::UnsupportedFormat),
            (b"\0\0\0\x18ftypisom\0\0\0\0", Failure::UnsupportedFormat),
        ] {
            let error = CutoutError::from(decode(bytes, &Limits::default()).expect_err("refused"));
            assert!(
                matches!(error, CutoutError::Unsuitable { failure, .. } if failure == expected),
                "{error:?}"
            );
        }
        let plan = Plan { megapixels: 0, ..Plan::default() };
        let mut png = Vec::new();
        RgbImage::new(2, 2)
            .write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png)
            .expect("a picture");
        let error = CutoutError::from(decode(&png, &limits(&plan)).expect_err("refused"));
        assert!(
            matches!(error, CutoutError::Unsuitable { failure: Failure::PictureTooLarge, .. }),
            "{error:?}"
        );
    }
}
