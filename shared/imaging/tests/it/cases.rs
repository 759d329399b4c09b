//! `fixtures/composition/cases.json`, which the tests of the site's editor read too
//! (`frontend/src/features/editor/pixels/composition.test.ts`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use image::{GrayImage, Luma, RgbImage, RgbaImage};
use sansfond_imaging::background::{Gradient, blur_on_canvas, covered_part};
use sansfond_imaging::layout::Margins;
use sansfond_imaging::{
    Background, Composition, Cutout, Layout, Length, Picture, Rect, Shadow, compose, parse_color,
};
use sansfond_options::{ImageFormat, ImageOptions, field_names};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    #[serde(rename = "about")]
    _about: String,
    mattes: Vec<Matte>,
    formats: BTreeMap<String, Value>,
    cases: Vec<Case>,
    pictures: Vec<FinishedPicture>,
}

/// `fixtures/composition/NAME.png`, made of `original.png` and `cutout.png` beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FinishedPicture {
    name: String,
    options: Options,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matte {
    name: String,
    size: Size,
    seen: Vec<(u32, u32, u8)>,
    subject: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    picture: Size,
    subject: Box,
    options: Value,
    expected: Value,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Size {
    width: u32,
    height: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Box {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

/// Every option that changes the geometry, as users write it.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    crop: bool,
    crop_margin: String,
    scale: String,
    position: String,
    max_pixels: Option<u64>,
    background: String,
    background_blur: String,
    background_picture: Option<Size>,
    background_gradient: String,
    shadow: bool,
    shadow_x: String,
    shadow_y: String,
    shadow_blur: String,
    shadow_opacity: Option<f64>,
}

fn read<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str, default: T) -> T {
    if text.is_empty() { default } else { text.parse().expect(text) }
}

impl Options {
    /// Without `..`, so that a new option does not compile until it is here, and then lacks a case.
    fn composition(&self) -> Composition {
        let usual = Shadow::default();
        let shadow = Shadow {
            offset_x: read(&self.shadow_x, usual.offset_x),
            offset_y: read(&self.shadow_y, usual.offset_y),
            blur: read(&self.shadow_blur, usual.blur),
            opacity: self.shadow_opacity.unwrap_or(usual.opacity),
        };
        let layout = Layout {
            crop: self.crop.then(|| read(&self.crop_margin, Margins::NONE)),
            scale: read(&self.scale, Default::default()),
            position: read(&self.position, Default::default()),
            max_pixels: self.max_pixels,
        };
        Composition { layout, background: self.background(), shadow: self.shadow.then_some(shadow) }
    }

    fn background(&self) -> Background {
        if let Some(size) = self.background_picture {
            let color = RgbImage::new(size.width, size.height);
            return Background::Picture(std::boxed::Box::new(Picture { color, alpha: None }));
        }
        if !self.background_gradient.is_empty() {
            return Background::Gradient(self.background_gradient.parse().expect("a gradient"));
        }
        match self.background.as_str() {
            "" | "transparent" => Background::Transparent,
            "blur" => Background::Blur(read(&self.background_blur, Length::Percent(2.0))),
            color => Background::Color(parse_color(color).expect("a color")),
        }
    }
}

fn fixture() -> Fixture {
    serde_json::from_slice(&crate::fixture("composition/cases.json")).expect("cases")
}

fn placed(case: &Case, composition: &Composition) -> Value {
    let picture = (case.picture.width, case.picture.height);
    let Box { x: left, y: top, width, height } = case.subject;
    let arranged = composition.arrange(picture, Rect { left, top, width, height });
    let (canvas, at, size) = (arranged.placement.canvas, arranged.placement.at, arranged.placement.size);
    let mut placed = json!({
        "canvas": {"width": canvas.0, "height": canvas.1},
        "subject": {"x": at.0, "y": at.1, "width": size.0, "height": size.1},
    });
    if let Some(shadow) = arranged.shadow {
        placed["shadow"] =
            json!({"x": shadow.x, "y": shadow.y, "blur": shadow.blur, "opacity": shadow.opacity});
    }
    match &composition.background {
        Background::Transparent | Background::Color(_) => {}
        Background::Blur(radius) => {
            let window = arranged.placement.window.map(|(_, size)| size);
            placed["background_blur"] = json!(blur_on_canvas(*radius, picture, window, canvas));
        }
        Background::Picture(behind) => {
            let Rect { left, top, width, height } = covered_part(behind.dimensions(), canvas);
            placed["background_part"] = json!({"x": left, "y": top, "width": width, "height": height});
        }
        Background::Gradient(gradient) => placed["gradient"] = line(gradient, canvas),
    }
    placed
}

fn line(gradient: &Gradient, canvas: (u32, u32)) -> Value {
    let [from, to] = gradient.line(canvas).map(|(x, y)| json!({"x": x, "y": y}));
    json!({"from": from, "to": to})
}

/// Whether two values are equal; numbers may differ by a hundredth of a pixel.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| alike(one, other)))
        }
        _ => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => (one - other).abs() < 0.01,
            (None, None) => one == other,
            _ => false,
        },
    }
}

#[test]
fn every_case_is_placed_as_the_editor_places_it() {
    let mut wrong = Vec::new();
    for case in fixture().cases {
        let options: Options = serde_json::from_value(case.options.clone()).expect(&case.name);
        let placed = placed(&case, &options.composition());
        if !alike(&placed, &case.expected) {
            wrong.push(format!("{}: {placed}, not {}", case.name, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_geometry_option_has_a_case() {
    let all = serde_json::to_value(Options::default()).expect("JSON");
    let cases = fixture().cases;
    let named: BTreeSet<&str> = cases.iter().flat_map(|case| keys(&case.options)).collect();
    let missing: Vec<&str> = keys(&all).filter(|name| !named.contains(name)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().expect("an object").keys().map(String::as_str)
}

#[test]
fn the_subjects_box_equals_the_editors() {
    for matte in fixture().mattes {
        let mut alpha = GrayImage::new(matte.size.width, matte.size.height);
        for (x, y, seen) in matte.seen {
            alpha.put_pixel(x, y, Luma([seen]));
        }
        let found = Rect::around(&alpha).map(
            |Rect { left, top, width, height }| json!({"x": left, "y": top, "width": width, "height": height}),
        );
        assert_eq!(found, matte.subject, "{}", matte.name);
    }
}

#[test]
fn options_of_a_request_give_the_same_geometry() {
    let mut named = BTreeSet::new();
    let cases = fixture().cases;
    for case in &cases {
        // The API does not offer every option that changes the geometry.
        let Ok(options) = serde_json::from_value::<ImageOptions>(case.options.clone()) else { continue };
        let placed = placed(case, &Composition::from(&options));
        assert!(alike(&placed, &case.expected), "{}: {placed}, not {}", case.name, case.expected);
        named.extend(keys(&case.options));
    }
    // These options affect the file, not the picture.
    let placing = field_names::<ImageOptions>().iter().filter(|name| !["format", "channels"].contains(name));
    let missing: Vec<_> = placing.filter(|name| !named.contains(**name)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn formats_equal_the_editors() {
    let mut known = fixture().formats;
    for format in ImageFormat::ALL.into_iter().filter(|format| *format != ImageFormat::Auto) {
        let row = format.row();
        let expected = json!({"extension": row.extension, "media_type": row.media_type,
            "has_alpha": row.has_alpha, "quality": row.quality});
        assert_eq!(known.remove(format.name()), Some(expected), "{format}");
    }
    assert!(known.is_empty(), "{known:?}");
}

/// A browser test compares these files with the editor's canvas (`frontend/tests/pixels.spec.ts`).
#[test]
fn finished_pictures_equal_the_editors_fixtures() {
    let open = |name: &str| {
        let bytes = crate::fixture(&format!("composition/{name}.png"));
        image::load_from_memory(&bytes).expect("a picture").into_rgba8()
    };
    let (seen, cut) = (open("original"), open("cutout"));
    // Foreground colors: the colors of the subject wherever its alpha is not zero.
    let mut color = RgbImage::new(seen.width(), seen.height());
    let mut alpha = GrayImage::new(seen.width(), seen.height());
    for (x, y, pixel) in cut.enumerate_pixels() {
        let [r, g, b, _] = if pixel.0[3] == 0 { seen.get_pixel(x, y).0 } else { pixel.0 };
        color.put_pixel(x, y, image::Rgb([r, g, b]));
        alpha.put_pixel(x, y, Luma([pixel.0[3]]));
    }
    let cutout = Cutout { color, alpha };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-failures/composition");
    std::fs::create_dir_all(&folder).expect("a folder");
    let drawn = fixture().pictures.into_iter().map(|FinishedPicture { name, options }| {
        let drawn = compose(&cutout, &options.composition(), false).image;
        drawn.save(folder.join(format!("{name}.png"))).expect("written");
        (name, drawn)
    });
    for (name, drawn) in drawn.collect::<Vec<_>>() {
        assert_alike(&drawn, &open(&name), &name);
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

fn assert_alike(drawn: &RgbaImage, expected: &RgbaImage, name: &str) {
    assert_eq!(drawn.dimensions(), expected.dimensions(), "{name}");
    let pairs = || drawn.as_raw().iter().zip(expected.as_raw());
    let worst = pairs().map(|(one, other)| one.abs_diff(*other)).max();
    assert!(worst <= Some(2), "{name} differs by {worst:?}; see target/test-failures/composition");
}
