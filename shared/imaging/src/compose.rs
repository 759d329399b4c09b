//! A cutout → the requested picture: layout, background, shadow. `blend` blends the layers.

use image::{GrayImage, Luma, Rgb, RgbImage, RgbaImage, imageops};
use sansfond_options::ImageOptions;

use crate::background::BlurSource;
use crate::blend::{flatten, over, paint};
use crate::layout::{Margins, Placement};
use crate::shadow::PlacedShadow;
use crate::{Background, Cutout, Layout, Length, Rect, Shadow, resize};

/// The composition of a finished picture. The default is the unchanged cutout.
#[derive(Debug, Clone, Default)]
pub struct Composition {
    /// Geometry.
    pub layout: Layout,
    /// The background behind the subject.
    pub background: Background,
    /// The shadow on the background, if any.
    pub shadow: Option<Shadow>,
}

impl From<&ImageOptions> for Composition {
    fn from(options: &ImageOptions) -> Self {
        // Without `..`, so that a new field does not compile until it is handled or ignored explicitly.
        let ImageOptions { format: _, channels: _, background, crop, crop_margin, shadow } = options;
        let margin = Length::Percent(f64::from(u8::from(*crop_margin)));
        Self {
            layout: Layout { crop: crop.then_some(Margins([margin; 4])), ..Layout::default() },
            background: (*background).into(),
            shadow: shadow.then(Shadow::default),
        }
    }
}

/// The geometry of a finished picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrangement {
    /// The canvas, and the subject on it.
    pub placement: Placement,
    /// The shadow, if any.
    pub shadow: Option<PlacedShadow>,
}

impl Composition {
    /// Computes the geometry for a subject that fills `subject` in a picture of this size. The tests of this crate and
    /// of the site's editor both read `fixtures/composition/cases.json`.
    #[must_use]
    pub fn arrange(&self, picture: (u32, u32), subject: Rect) -> Arrangement {
        let reach = self.shadow.map_or([0; 4], |shadow| shadow.reach(subject));
        let placement = self.layout.place(picture, subject, reach);
        let shadow = self.shadow.map(|shadow| shadow.placed(subject, placement.factor()));
        Arrangement { placement, shadow }
    }
}

/// A finished picture.
#[derive(Debug, Clone)]
pub struct Composed {
    /// Straight alpha; colors are 0 where alpha is 0.
    pub image: RgbaImage,
    /// The matte on the canvas, without background and shadow.
    pub matte: GrayImage,
    /// The box of the subject on the canvas; `None` if there is no subject.
    pub foreground: Option<Rect>,
    /// The picture with recolored edge pixels and its original background, as `color.jpg` in remove.bg's ZIP. If a
    /// background is set, the picture over that background.
    pub color: Option<RgbImage>,
}

/// Draws the picture. If `keep_color` is set, [`Composed::color`] is filled, which costs a copy.
#[must_use]
pub fn compose(cutout: &Cutout, composition: &Composition, keep_color: bool) -> Composed {
    let picture = cutout.alpha.dimensions();
    let foreground = Rect::around(&cutout.alpha);
    let subject = foreground.unwrap_or(Rect::whole(picture));
    let Arrangement { placement, shadow } = composition.arrange(picture, subject);
    let unmoved = placement.canvas == picture
        && placement.size == subject.size()
        && placement.at == (i64::from(subject.left), i64::from(subject.top));

    let layer = if unmoved { straight(cutout) } else { moved(cutout, &placement) };
    let matte = matte_of(&layer);
    let source = BlurSource { cutout, window: placement.window };
    let behind = composition.background.draw(placement.canvas, &source);

    let mut image = layer;
    if behind.is_some() || shadow.is_some() {
        let mut canvas =
            behind.clone().unwrap_or_else(|| RgbaImage::new(placement.canvas.0, placement.canvas.1));
        if let Some(shadow) = shadow {
            shadow.draw(&matte, &mut canvas);
        }
        for (below, above) in canvas.pixels_mut().zip(image.pixels()) {
            *below = over(*above, *below);
        }
        image = canvas;
    }
    let color = keep_color.then(|| match behind {
        Some(_) => flatten(&image, Rgb([255, 255, 255])),
        None if unmoved => cutout.color.clone(),
        None => moved_color(cutout, &placement),
    });
    Composed { foreground: foreground.and_then(|_| Rect::around(&matte)), image, matte, color }
}

/// The cutout as one image; colors are 0 where alpha is 0.
fn straight(cutout: &Cutout) -> RgbaImage {
    let (width, height) = cutout.alpha.dimensions();
    let mut image = RgbaImage::new(width, height);
    let colors = cutout.color.as_chunks::<3>().0;
    for ((pixel, color), &alpha) in
        image.as_chunks_mut::<4>().0.iter_mut().zip(colors).zip(cutout.alpha.as_raw())
    {
        if alpha != 0 {
            *pixel = [color[0], color[1], color[2], alpha];
        }
    }
    image
}

fn moved(cutout: &Cutout, placement: &Placement) -> RgbaImage {
    let Rect { left, top, width, height } = placement.source;
    let part = Cutout {
        color: imageops::crop_imm(&cutout.color, left, top, width, height).to_image(),
        alpha: imageops::crop_imm(&cutout.alpha, left, top, width, height).to_image(),
    };
    let mut part = resize::resize_rgba(&straight(&part), placement.size.0, placement.size.1);
    for pixel in part.as_chunks_mut::<4>().0 {
        if pixel[3] == 0 {
            *pixel = [0; 4];
        }
    }
    let mut canvas = RgbaImage::new(placement.canvas.0, placement.canvas.1);
    paint(&mut canvas, &part, placement.at);
    canvas
}

/// The original picture, moved together with the subject; white beyond its borders.
fn moved_color(cutout: &Cutout, placement: &Placement) -> RgbImage {
    let (width, height) = cutout.color.dimensions();
    let stretch = |to: u32, from: u32| to as f32 / from as f32;
    let (across, down) = (
        stretch(placement.size.0, placement.source.width),
        stretch(placement.size.1, placement.source.height),
    );
    let side = |side: u32, factor: f32| ((side as f32 * factor).round() as u32).max(1);
    let whole = resize::resize_rgb(&cutout.color, side(width, across), side(height, down));
    let offset = |at: i64, from: u32, factor: f32| at - (from as f32 * factor).round() as i64;
    let mut canvas = RgbImage::from_pixel(placement.canvas.0, placement.canvas.1, Rgb([255; 3]));
    imageops::replace(
        &mut canvas,
        &whole,
        offset(placement.at.0, placement.source.left, across),
        offset(placement.at.1, placement.source.top, down),
    );
    canvas
}

fn matte_of(layer: &RgbaImage) -> GrayImage {
    let mut matte = GrayImage::new(layer.width(), layer.height());
    for (Luma([matte]), pixel) in matte.pixels_mut().zip(layer.as_chunks::<4>().0) {
        *matte = pixel[3];
    }
    matte
}
