//! Converts command line options to the engine's options. Files that options name (a background, strokes) are
//! read here, once, before the first picture.

use std::fs;
use std::path::Path;

use anyhow::Result;
use sansfond_imaging::background::Gradient;
use sansfond_imaging::{
    Background, Composition, EncodeOptions, ImageFormat, Layout, Limits, Picture, PngCompression, Shadow,
    decode, parse_color,
};
use sansfond_matting::matting_model::MatteRequest;
use sansfond_matting::{CutoutOptions, Prompt, RecipeStyle, Refinement, Strokes};

use crate::args::{
    BackgroundArgs, Compression, FileArgs, ImageArgs, LayoutArgs, LimitArgs, Recipe, Refine, ShadowArgs,
};
use crate::paths;

pub(crate) fn limits(args: &LimitArgs) -> Limits {
    Limits {
        max_bytes: args.max_mb.saturating_mul(1_000_000),
        max_pixels: args.max_megapixels.saturating_mul(1_000_000),
        max_side: args.max_side,
    }
}

pub(crate) fn cutout(args: &ImageArgs) -> Result<CutoutOptions> {
    let mut options = match args.matte.recipe {
        Recipe::Sansfond => CutoutOptions::default(),
        Recipe::Rembg => CutoutOptions::like_rembg(),
    };
    if let Some(refine) = args.matte.refine {
        options.refinement = refinement(refine);
    }
    if let Some(strength) = args.matte.foreground {
        options.foreground = strength;
    }
    options.request = MatteRequest {
        style: match args.matte.recipe {
            Recipe::Sansfond => RecipeStyle::Sansfond,
            Recipe::Rembg => RecipeStyle::Rembg,
        },
        prompt: Prompt(args.model.mark.clone()),
        cloth: args.model.cloth.unwrap_or_default(),
        steady: false,
    };
    options.post_process = args.matte.post_process_mask;
    options.region = args.matte.roi;
    if let Some(path) = &args.matte.strokes {
        options.strokes = Some(Strokes::from_painting(&read_picture(path, &limits(&args.limits))?.to_rgba()));
    }
    Ok(options)
}

pub(crate) fn refinement(refine: Refine) -> Refinement {
    match refine {
        Refine::None => Refinement::None,
        Refine::Guided => Refinement::Guided,
        Refine::Edges => Refinement::Edges,
    }
}

pub(crate) fn composition(args: &ImageArgs) -> Result<Composition> {
    Ok(Composition {
        layout: layout(&args.layout),
        background: background(&args.background, &limits(&args.limits))?,
        shadow: shadow(&args.shadow),
    })
}

fn layout(args: &LayoutArgs) -> Layout {
    Layout {
        crop: args.crop.then(|| args.crop_margin.unwrap_or(sansfond_imaging::layout::Margins::NONE)),
        scale: args.scale.unwrap_or_default(),
        position: args.position.unwrap_or_default(),
        max_pixels: args.size,
    }
}

pub(crate) fn background(args: &BackgroundArgs, limits: &Limits) -> Result<Background> {
    if let Some(color) = &args.bg_color {
        return Ok(Background::Color(parse_color(color)?));
    }
    if let Some(colors) = &args.bg_gradient {
        return Ok(Background::Gradient(colors.parse::<Gradient>()?));
    }
    if let Some(path) = &args.bg_image {
        return Ok(Background::Picture(Box::new(read_picture(path, limits)?)));
    }
    Ok(args.bg_blur.map_or(Background::Transparent, Background::Blur))
}

fn shadow(args: &ShadowArgs) -> Option<Shadow> {
    let mut shadow = args.shadow.then(Shadow::default)?;
    if let Some([x, y]) = args.shadow_offset.as_deref() {
        (shadow.offset_x, shadow.offset_y) = (*x, *y);
    }
    shadow.blur = args.shadow_blur.unwrap_or(shadow.blur);
    shadow.opacity = args.shadow_opacity.unwrap_or(shadow.opacity);
    Some(shadow)
}

/// `output` is the name that the user gave; its extension is the format unless an option sets it.
pub(crate) fn encoding(args: &FileArgs, output: Option<&Path>) -> Result<EncodeOptions> {
    let format = match (args.format, paths::extension(output)) {
        (Some(format), _) => format,
        (None, Some(extension)) => extension.parse::<ImageFormat>().map_err(|error| {
            let output = output.map(Path::display).map(|path| path.to_string()).unwrap_or_default();
            anyhow::anyhow!("{output}: {error}, as the extension or with --format")
        })?,
        (None, None) => ImageFormat::Png,
    };
    Ok(EncodeOptions {
        format,
        quality: args.quality,
        lossless: args.lossless,
        compression: match args.compression {
            Compression::Fast => PngCompression::Fast,
            Compression::Balanced => PngCompression::Balanced,
            Compression::Best => PngCompression::Best,
        },
    })
}

fn read_picture(path: &Path, limits: &Limits) -> Result<Picture> {
    let named = || path.display().to_string();
    let bytes = fs::read(path).map_err(|error| anyhow::anyhow!("{}: {error}", named()))?;
    decode(&bytes, limits).map_err(|error| anyhow::anyhow!("{}: {error}", named()))
}
