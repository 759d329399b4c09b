//! A finished picture → the bytes of a file. Nothing but pixels is written: no EXIF, no GPS, no
//! profile, because everything has been converted to sRGB already.

use std::fmt;
use std::io::{Cursor, Write};
use std::str::FromStr;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder, Rgb, RgbImage, RgbaImage};

use crate::Composed;
use crate::blend::flatten;

/// Every format that we write. Adding one means a row here and its encoder in [`encode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputFormat {
    /// PNG where anything is transparent, JPEG where nothing is.
    #[default]
    Auto,
    /// Lossless with alpha.
    Png,
    /// Lossy or lossless, with alpha.
    WebP,
    /// Without alpha; what is transparent becomes white.
    Jpeg,
    /// `color.jpg` and `alpha.png`, stored: half the size of a PNG.
    Zip,
}

impl OutputFormat {
    /// All formats, in the order in which help texts list them.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Png, Self::WebP, Self::Jpeg, Self::Zip];

    /// The name in options and requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Jpeg => "jpg",
            Self::Zip => "zip",
        }
    }

    /// The media type of the bytes; that of PNG for `Auto`, which decides only when it encodes.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Auto | Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Jpeg => "image/jpeg",
            Self::Zip => "application/zip",
        }
    }

    /// `Auto` resolved for this picture.
    #[must_use]
    pub fn for_picture(self, image: &RgbaImage) -> Self {
        match self {
            Self::Auto if is_opaque(image) => Self::Jpeg,
            Self::Auto => Self::Png,
            chosen => chosen,
        }
    }
}

impl FromStr for OutputFormat {
    type Err = EncodeError;

    fn from_str(text: &str) -> Result<Self, EncodeError> {
        let lower = text.to_ascii_lowercase();
        let wanted = if lower == "jpeg" { "jpg" } else { &lower };
        Self::ALL
            .into_iter()
            .find(|format| format.name() == wanted)
            .ok_or_else(|| EncodeError::UnknownFormat(text.to_owned()))
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How hard the PNG encoder tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PngCompression {
    /// A fifteenth of the time of `Balanced` and 14 % larger, on a 12-megapixel cutout.
    #[default]
    Fast,
    /// As small as common tools make it.
    Balanced,
    /// As small as we can.
    Best,
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncodeOptions {
    /// File format.
    pub format: OutputFormat,
    /// 1 to 100, for JPEG and lossy WebP.
    pub quality: u8,
    /// WebP without loss.
    pub lossless: bool,
    /// PNG effort.
    pub compression: PngCompression,
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self { format: OutputFormat::Auto, quality: 90, lossless: false, compression: PngCompression::Fast }
    }
}

/// Why a picture could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// Not a name of [`OutputFormat`].
    #[error("“{0}” is not an output format; use png, webp, jpg, zip or auto")]
    UnknownFormat(String),
    /// WebP stores sides in 14 bits.
    #[error("WebP holds at most 16383 pixels a side, this picture has {width} × {height}; choose PNG")]
    TooLargeForWebP {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The encoder gave up.
    #[error("the {format} encoder failed")]
    Failed {
        /// The format that was to be written.
        format: OutputFormat,
        /// What the encoder said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl EncodeError {
    fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(format: OutputFormat) -> impl Fn(E) -> Self {
        move |source| Self::Failed { format, source: source.into() }
    }
}

/// Encodes a finished picture.
///
/// # Errors
/// [`EncodeError::TooLargeForWebP`], or [`EncodeError::Failed`] with the encoder's words.
pub fn encode(composed: &Composed, options: &EncodeOptions) -> Result<Vec<u8>, EncodeError> {
    let image = &composed.image;
    match options.format.for_picture(image) {
        OutputFormat::Auto | OutputFormat::Png if is_opaque(image) => {
            png(&opaque(image), image.dimensions(), png::ColorType::Rgb, options.compression)
        }
        OutputFormat::Auto | OutputFormat::Png => encode_rgba(image, options.compression),
        OutputFormat::WebP => webp(image, options),
        OutputFormat::Jpeg => jpeg(&flatten(image, Rgb([255; 3])), options.quality),
        OutputFormat::Zip => match &composed.color {
            Some(color) => zip(color, &alpha(image), options),
            None => zip(&opaque(image), &alpha(image), options),
        },
    }
}

/// Encodes a picture as PNG with four channels, also where nothing in it is transparent: for programs that count channels.
///
/// # Errors
/// [`EncodeError::Failed`].
pub fn encode_rgba(image: &RgbaImage, compression: PngCompression) -> Result<Vec<u8>, EncodeError> {
    png(image, image.dimensions(), png::ColorType::Rgba, compression)
}

/// Encodes a matte alone, white for subject. ZIP and `Auto` give PNG.
///
/// # Errors
/// As [`encode`].
pub fn encode_matte(matte: &GrayImage, options: &EncodeOptions) -> Result<Vec<u8>, EncodeError> {
    match options.format {
        OutputFormat::Auto | OutputFormat::Png | OutputFormat::Zip => {
            png(matte, matte.dimensions(), png::ColorType::Grayscale, options.compression)
        }
        OutputFormat::WebP => webp(&image::DynamicImage::ImageLuma8(matte.clone()).into_rgba8(), options),
        OutputFormat::Jpeg => jpeg_of(matte, matte.dimensions(), ExtendedColorType::L8, options.quality),
    }
}

fn png(
    samples: &[u8],
    (width, height): (u32, u32),
    color: png::ColorType,
    compression: PngCompression,
) -> Result<Vec<u8>, EncodeError> {
    let failed = EncodeError::failed::<png::EncodingError>(OutputFormat::Png);
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
    const LONGEST_SIDE: u32 = 16_383;
    let (width, height) = image.dimensions();
    if width.max(height) > LONGEST_SIDE {
        return Err(EncodeError::TooLargeForWebP { width, height });
    }
    let failed = |what: String| EncodeError::failed(OutputFormat::WebP)(what);
    let mut config = webp::WebPConfig::new().map_err(|()| failed("no configuration".to_owned()))?;
    config.lossless = i32::from(options.lossless);
    config.quality = f32::from(options.quality.clamp(1, 100));
    // Or libwebp invents colors under transparent pixels.
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
        .map_err(EncodeError::failed(OutputFormat::Jpeg))?;
    Ok(bytes)
}

/// Stored, not deflated, and in this order: clients of remove.bg rely on both.
fn zip(color: &RgbImage, alpha: &GrayImage, options: &EncodeOptions) -> Result<Vec<u8>, EncodeError> {
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| EncodeError::failed(OutputFormat::Zip)(error);
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let members = [
        ("color.jpg", jpeg(color, options.quality)?),
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
