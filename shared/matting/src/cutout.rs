//! Picture → cutout: all steps between decoding and compositing, in order.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use image::{GrayImage, RgbImage, imageops};
use sansfond_imaging::layout::LayoutError;
use sansfond_imaging::{Cutout, Picture, Rect, Region};

use crate::matte::MatteOutput;
use crate::matting_model::MatteRequest;
use crate::recipe::{self, RecipeStyle};
use crate::refine::{edges, guided, post_process, transparency};
use crate::session::InferenceError;
use crate::strokes::Strokes;
use crate::{Matte, MattingModel, Model};

/// Options of a cutout. The default is the best quality.
#[derive(Debug, Clone)]
pub struct CutoutOptions {
    /// Options of the network's run.
    pub request: MatteRequest,
    /// How the matte is scaled to the picture's resolution.
    pub refinement: Refinement,
    /// How much estimated foreground colors replace those of soft pixels, 0 to 1.
    pub foreground: f32,
    /// rembg's hard mask.
    pub post_process: bool,
    /// The only part of the picture that may contain the subject.
    pub region: Option<Region>,
    /// The user's keep and remove strokes.
    pub strokes: Option<Strokes>,
}

/// How the matte is scaled to the picture's resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Refinement {
    /// The matte is enlarged.
    None,
    /// The matte follows the picture's edges.
    #[default]
    Guided,
    /// As `Guided`, and soft alpha is estimated again from the colors around it.
    Edges,
}

impl Default for CutoutOptions {
    fn default() -> Self {
        Self {
            request: MatteRequest::default(),
            refinement: Refinement::Guided,
            foreground: 1.0,
            post_process: false,
            region: None,
            strokes: None,
        }
    }
}

impl CutoutOptions {
    /// rembg's default options, with the same numbers.
    #[must_use]
    pub fn like_rembg() -> Self {
        Self {
            request: MatteRequest { style: RecipeStyle::Rembg, ..MatteRequest::default() },
            refinement: Refinement::None,
            foreground: 0.0,
            ..Self::default()
        }
    }
}

/// A picture could not be cut out.
#[derive(Debug, thiserror::Error)]
pub enum CutoutError {
    /// The network found no subject. Stretching its noise would invent one.
    #[error("no subject found in this picture")]
    NoSubject,
    /// The region of interest does not fit the picture.
    #[error(transparent)]
    Region(#[from] LayoutError),
    /// The network failed.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

/// A cutout and its measurements.
#[derive(Debug)]
pub struct CutoutResult {
    /// Colors and matte at the picture's size.
    pub cutout: Cutout,
    /// The network's confidence that there is a subject, 0 to 1.
    pub confidence: f32,
    /// Time of each step.
    pub timings: Timings,
}

/// Time of each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings {
    /// Resizing and normalizing.
    pub prepare: Duration,
    /// Inside the network, without the queue before it.
    pub inference: Duration,
    /// Scaling the matte to the picture's size.
    pub refine: Duration,
    /// Estimating foreground colors.
    pub foreground: Duration,
}

/// Cuts the subject out of a picture.
///
/// # Errors
/// [`CutoutError`].
pub fn cut_out(
    matting_model: &MattingModel,
    picture: &Picture,
    options: &CutoutOptions,
) -> Result<CutoutResult, CutoutError> {
    let input = NetworkInput::of(picture, options)?;
    let answer = matting_model.matte(&input.pixels, &options.request)?;
    let confidence = answer.matte.raw_maximum.min(1.0);
    let mut timings = Timings { prepare: answer.prepare, inference: answer.inference, ..Timings::default() };

    let started = Instant::now();
    let alpha = input.alpha(&answer, matting_model.model(), options).ok_or(CutoutError::NoSubject)?;
    timings.refine = started.elapsed();

    let started = Instant::now();
    let mut color = picture.color.clone();
    transparency::estimate_foreground(&mut color, &alpha, picture.alpha.as_ref(), options.foreground);
    timings.foreground = started.elapsed();
    Ok(CutoutResult { cutout: Cutout { color, alpha }, confidence, timings })
}

/// The input of a network.
pub(crate) struct NetworkInput<'a> {
    picture: &'a Picture,
    region: Rect,
    /// Opaque pixels of the region only.
    pub(crate) pixels: Cow<'a, RgbImage>,
}

impl<'a> NetworkInput<'a> {
    /// # Errors
    /// [`LayoutError`] if the region of interest does not fit the picture.
    pub(crate) fn of(picture: &'a Picture, options: &CutoutOptions) -> Result<Self, LayoutError> {
        let whole = Rect::whole(picture.dimensions());
        let region = options.region.map_or(Ok(whole), |region| region.in_picture(picture.dimensions()))?;
        // rembg uses the colors under transparent pixels unchanged.
        let pixels = match options.request.style {
            RecipeStyle::Sansfond => transparency::as_network_input(picture),
            RecipeStyle::Rembg => Cow::Borrowed(&picture.color),
        };
        let pixels = if region == whole {
            pixels
        } else {
            let Rect { left, top, width, height } = region;
            Cow::Owned(imageops::crop_imm(&*pixels, left, top, width, height).to_image())
        };
        Ok(Self { picture, region, pixels })
    }

    /// The network's matte at the picture's size; `None` if it contains no subject.
    pub(crate) fn alpha(
        &self,
        answer: &MatteOutput,
        model: &Model,
        options: &CutoutOptions,
    ) -> Option<GrayImage> {
        if answer.matte.raw_maximum < model.output.empty_below {
            return None;
        }
        let size = self.picture.dimensions();
        let mut alpha = full_size(answer, &self.pixels, options);
        if options.post_process {
            alpha = post_process::post_process(&alpha);
        }
        let own = self.picture.alpha.as_ref().map(|own| {
            let Rect { left, top, width, height } = self.region;
            imageops::crop_imm(own, left, top, width, height).to_image()
        });
        if let Some(own) = &own {
            transparency::keep(&mut alpha, own, options.request.style);
        }
        if let Some(strokes) = &options.strokes {
            strokes.crop(size, self.region).apply(&mut alpha);
        }
        if let Some(own) = &own {
            // Strokes cannot bring back what the file does not have.
            alpha.as_mut().iter_mut().zip(own.as_raw()).for_each(|(alpha, own)| *alpha = (*alpha).min(*own));
        }
        let alpha = placed(alpha, self.region, size);
        // Strokes, the region or the picture's transparency may have removed the whole subject.
        Rect::around(&alpha).map(|_| alpha)
    }
}

/// Scales the network's matte to the size of its source pixels.
fn full_size(answer: &MatteOutput, source: &RgbImage, options: &CutoutOptions) -> GrayImage {
    let MatteOutput { matte, guide, .. } = answer;
    let enlarge = || recipe::enlarge(matte, source.dimensions(), options.request.style);
    match options.refinement {
        Refinement::None => enlarge(),
        // A picture smaller than the network's grid has no more detail than the matte.
        Refinement::Guided if !is_larger(source, matte) => enlarge(),
        Refinement::Guided => guided::upsample(matte, guide, source),
        Refinement::Edges => {
            let mut alpha =
                if is_larger(source, matte) { guided::upsample(matte, guide, source) } else { enlarge() };
            edges::sharpen(&mut alpha, source);
            alpha
        }
    }
}

fn is_larger(picture: &RgbImage, matte: &Matte) -> bool {
    let (width, height) = picture.dimensions();
    u64::from(width) * u64::from(height) > u64::from(matte.width) * u64::from(matte.height)
}

/// Places the matte of a region in the whole picture.
fn placed(alpha: GrayImage, region: Rect, size: (u32, u32)) -> GrayImage {
    if region == Rect::whole(size) {
        return alpha;
    }
    let mut whole = GrayImage::new(size.0, size.1);
    imageops::replace(&mut whole, &alpha, i64::from(region.left), i64::from(region.top));
    whole
}
