//! A finished picture → the bytes of a file. Only pixels are written: no EXIF and no GPS data, and no profile,
//! because the pixels are sRGB.

use std::io::{Cursor, Write};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder, Rgb, RgbImage, RgbaImage};
pub use sansfond_options::{ImageFormat, QUALITY};

use crate::Composed;
use crate::blend::flatten;

/// The format of a picture's file: `Auto` is JPEG if no pixel is transparent, otherwise PNG.
#[must_use]
pub fn format_for(format: ImageFormat, image: &RgbaImage) -> ImageFormat {
    match format {
        ImageFormat::Auto if is_opaque(image) => ImageFormat::Jpeg,
        ImageFormat::Auto => ImageFormat::Png,
        chosen => chosen,
    }
}

/// The effort of the PNG encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PngCompression {
    /// A fifteenth of the time of `Balanced` and 14 % larger, on a 12-megapixel cutout.
    #[default]
    Fast,
    /// As small as common tools make it.
    Balanced,
    /// As small as possible.
    Best,
}

/// Options of the encoder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncodeOptions {
    /// File format.
    pub format: ImageFormat,
    /// 1 to 100, for JPEG and lossy WebP. `None` is the default of the format.
    pub quality: Option<u8>,
    /// Lossless WebP.
    pub lossless: bool,
    /// The effort of the PNG encoder.
    pub compression: PngCompression,
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self { format: ImageFormat::Auto, quality: None, lossless: false, compression: PngCompression::Fast }
    }
}

/// A picture could not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The picture is larger than the format allows.
    #[error("{format} holds at most {most} pixels a side, this picture has {width} × {height}; choose PNG")]
    TooLarge {
        /// The requested format.
        format: ImageFormat,
        /// The limit of the format, in pixels per side.
        most: u32,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The encoder failed.
    #[error("the {format} encoder failed")]
    Failed {
        /// The requested format.
        format: ImageFormat,
        /// The encoder's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl EncodeError {
    fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(format: ImageFormat) -> impl Fn(E) -> Self {
        move |source| Self::Failed { format, source: source.into() }
    }
}

/// Encodes a finished picture.
///
/// # Errors
/// [`EncodeError::TooLarge`], or [`EncodeError::Failed`] with the message of the encoder.
pub fn encode(composed: &Composed, options: &EncodeOptions) -> Result<Vec<u8>, EncodeError> {
    let image = &composed.image;
    let format = format_for(options.format, image);
    check_size(format, image.dimensions())?;
    match format {
        ImageFormat::Auto | ImageFormat::Png if is_opaque(image) => {
            png(&opaque(image), image.dimensions(), png::ColorType::Rgb, options.compression)
        }
        ImageFormat::Auto | ImageFormat::Png => encode_rgba(image, options.compression),
        ImageFormat::WebP => webp(image, options),
        ImageFormat::Jpeg => jpeg(&flatten(image, Rgb([255; 3])), quality(format, options)),
        ImageFormat::Zip => match &composed.color {
            Some(color) => zip(color, &alpha(image), options),
            None => zip(&opaque(image), &alpha(image), options),
        },
    }
}

/// Encodes a picture as PNG with four channels, even if it is opaque, for programs that expect four.
///
/// # Errors
/// [`EncodeError::Failed`].
pub fn encode_rgba(image: &RgbaImage, compression: PngCompression) -> Result<Vec<u8>, EncodeError> {
    png(image, image.dimensions(), png::ColorType::Rgba, compression)
}

/// Encodes only the matte, white for the subject, in the matte format of the requested format.
///
/// # Errors
/// As [`encode`].
pub fn encode_matte(matte: &GrayImage, options: &EncodeOptions) -> Result<Vec<u8>, EncodeError> {
    let format = options.format.row().matte;
    check_size(format, matte.dimensions())?;
    match format {
        ImageFormat::Auto | ImageFormat::Png | ImageFormat::Zip => {
            png(matte, matte.dimensions(), png::ColorType::Grayscale, options.compression)
        }
        ImageFormat::WebP => webp(&image::DynamicImage::ImageLuma8(matte.clone()).into_rgba8(), options),
        ImageFormat::Jpeg => {
            jpeg_of(matte, matte.dimensions(), ExtendedColorType::L8, quality(format, options))
        }
    }
}

fn check_size(format: ImageFormat, (width, height): (u32, u32)) -> Result<(), EncodeError> {
    match format.row().max_side {
        Some(most) if width.max(height) > most => Err(EncodeError::TooLarge { format, most, width, height }),
        Some(_) | None => Ok(()),
    }
}

fn quality(format: ImageFormat, options: &EncodeOptions) -> u8 {
    options.quality.or(format.row().quality).unwrap_or(QUALITY)
}

fn png(
    samples: &[u8],
    (width, height): (u32, u32),
    color: png::ColorType,
    compression: PngCompression,
) -> Result<Vec<u8>, EncodeError> {
    let failed = EncodeError::failed::<png::EncodingError>(ImageFormat::Png);
    let mut bytes = Vec::with_capacity(samples.len() / 4);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(match compression {
        PngCompression::Fast => png::Compression::Fast,
        PngCompression::Balanced => png::Compression::Balanced,
        PngCompression::Best => png::Compression::High,
    });
    let mut writer = encoder.write_header().map_err(&failed)?;
    writer.write_image_data(samples).map_err(&failed)?;
    writer.finish().map_err(&failed)?;
    Ok(bytes)
}

fn webp(image: &RgbaImage, options: &EncodeOptions) -> Result<Vec<u8>, EncodeError> {
    let (width, height) = image.dimensions();
    let failed = |what: String| EncodeError::failed(ImageFormat::WebP)(what);
    let mut config = webp::WebPConfig::new().map_err(|()| failed("no configuration".to_owned()))?;
    config.lossless = i32::from(options.lossless);
    config.quality = f32::from(quality(ImageFormat::WebP, options).clamp(1, 100));
    // Otherwise libwebp changes the colors under transparent pixels.
    config.exact = 1;
    webp::Encoder::from_rgba(image, width, height)
        .encode_advanced(&config)
        .map(|bytes| bytes.to_vec())
        .map_err(|error| failed(format!("{error:?}")))
}

pub(crate) fn jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, EncodeError> {
    jpeg_of(image, image.dimensions(), ExtendedColorType::Rgb8, quality)
}

fn jpeg_of(
    samples: &[u8],
    (width, height): (u32, u32),
    color: ExtendedColorType,
    quality: u8,
) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::with_capacity(samples.len() / 8);
    JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100))
        .write_image(samples, width, height, color)
        .map_err(EncodeError::failed(ImageFormat::Jpeg))?;
    Ok(bytes)
}

/// The members are stored without compression, in this order: clients of remove.bg rely on both.
fn zip(color: &RgbImage, alpha: &GrayImage, options: &EncodeOptions) -> Result<Vec<u8>, EncodeError> {
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| EncodeError::failed(ImageFormat::Zip)(error);
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let members = [
        ("color.jpg", jpeg(color, quality(ImageFormat::Zip, options))?),
        ("alpha.png", png(alpha, alpha.dimensions(), png::ColorType::Grayscale, options.compression)?),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(name, stored).map_err(|error| failed(error.into()))?;
        archive.write_all(&bytes).map_err(|error| failed(error.into()))?;
    }
    Ok(archive.finish().map_err(|error| failed(error.into()))?.into_inner())
}

fn is_opaque(image: &RgbaImage) -> bool {
    image.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255)
}

fn opaque(image: &RgbaImage) -> RgbImage {
    flatten(image, Rgb([0; 3]))
}

fn alpha(image: &RgbaImage) -> GrayImage {
    let alpha = image.as_chunks::<4>().0.iter().map(|pixel| pixel[3]).collect();
    GrayImage::from_raw(image.width(), image.height(), alpha).expect("one value a pixel. This is a bug.")
}
