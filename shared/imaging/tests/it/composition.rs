//! Backgrounds, shadow, crop: the numbers in the finished picture.

use image::{GrayImage, Luma, Rgb, RgbImage};
use sansfond_imaging::{
    Background, Composition, Cutout, Layout, Length, Picture, Rect, Shadow, compose, parse_color,
};

use crate::encoding::disc;

/// An opaque red square in the middle of a green picture.
fn square() -> Cutout {
    let inside = |x: u32, y: u32| (40..60).contains(&x) && (40..60).contains(&y);
    Cutout {
        color: RgbImage::from_fn(
            100,
            100,
            |x, y| if inside(x, y) { Rgb([255, 0, 0]) } else { Rgb([0, 200, 0]) },
        ),
        alpha: GrayImage::from_fn(100, 100, |x, y| Luma([if inside(x, y) { 255 } else { 0 }])),
    }
}

fn over(background: Background) -> Composition {
    Composition { background, ..Composition::default() }
}

#[test]
fn transparent_pixels_are_black_and_opaque_pixels_untouched() {
    let cutout = disc();
    let composed = compose(&cutout, &Composition::default(), false);
    for ((pixel, color), alpha) in
        composed.image.pixels().zip(cutout.color.pixels()).zip(cutout.alpha.pixels())
    {
        let [r, g, b, a] = pixel.0;
        assert_eq!(a, alpha.0[0]);
        assert_eq!([r, g, b], if a == 0 { [0; 3] } else { color.0 });
    }
}

#[test]
fn a_half_transparent_color_stays_half_transparent() {
    let composed =
        compose(&square(), &over(Background::Color(parse_color("0000ff80").expect("a color"))), false);
    assert_eq!(composed.image.get_pixel(5, 5).0, [0, 0, 255, 128]);
    assert_eq!(composed.image.get_pixel(50, 50).0, [255, 0, 0, 255]);
}

#[test]
fn a_picture_covers_the_canvas_from_its_middle() {
    // The picture is twice as wide as the canvas: only its blue middle half is visible.
    let wide = RgbImage::from_fn(200, 100, |x, _| {
        if (50..150).contains(&x) { Rgb([0, 0, 255]) } else { Rgb([255, 255, 255]) }
    });
    let picture = Background::Picture(Box::new(Picture { color: wide, alpha: None }));
    let composed = compose(&square(), &over(picture), false);
    assert_eq!(composed.image.dimensions(), (100, 100));
    for (x, y) in [(1, 1), (98, 98), (50, 10)] {
        assert_eq!(composed.image.get_pixel(x, y).0, [0, 0, 255, 255]);
    }
}

#[test]
fn a_blurred_background_has_no_halo_of_the_subject() {
    let composed = compose(&square(), &over(Background::Blur(Length::Percent(5.0))), false);
    for (x, y) in [(38, 50), (62, 50), (50, 38), (5, 5)] {
        let [r, g, _, a] = composed.image.get_pixel(x, y).0;
        assert!(r <= 2 && g.abs_diff(200) <= 3 && a == 255, "{x},{y}: {:?}", composed.image.get_pixel(x, y));
    }
    assert_eq!(composed.image.get_pixel(50, 50).0, [255, 0, 0, 255]);
}

#[test]
fn a_shadow_is_at_its_offset_and_not_on_the_subject() {
    let shadow = Shadow {
        offset_x: Length::Px(10.0),
        offset_y: Length::Px(10.0),
        blur: Length::Px(0.0),
        opacity: 50.0,
    };
    let composed = compose(&square(), &Composition { shadow: Some(shadow), ..Composition::default() }, false);
    assert_eq!(composed.image.get_pixel(65, 65).0, [0, 0, 0, 128]);
    assert_eq!(composed.image.get_pixel(55, 55).0, [255, 0, 0, 255]);
    assert_eq!(composed.image.get_pixel(35, 35).0, [0; 4]);
    assert_eq!(composed.matte.get_pixel(65, 65).0, [0], "the shadow is not subject");
}

#[test]
fn a_crop_keeps_the_subject_and_its_margin() {
    let layout = Layout { crop: Some("5px".parse().expect("a margin")), ..Layout::default() };
    let composed = compose(&square(), &Composition { layout, ..Composition::default() }, true);
    assert_eq!(composed.image.dimensions(), (30, 30));
    assert_eq!(composed.foreground, Some(Rect { left: 5, top: 5, width: 20, height: 20 }));
    assert_eq!(composed.image.get_pixel(4, 15).0, [0; 4]);
    assert_eq!(composed.image.get_pixel(5, 15).0, [255, 0, 0, 255]);
    let color = composed.color.expect("the color is kept");
    assert_eq!((color.get_pixel(1, 1).0, color.get_pixel(15, 15).0), ([0, 200, 0], [255, 0, 0]));
}

#[test]
fn a_crop_leaves_room_for_the_shadow() {
    let shadow = Shadow {
        offset_x: Length::Px(10.0),
        offset_y: Length::Px(0.0),
        blur: Length::Px(2.0),
        opacity: 100.0,
    };
    let layout = Layout { crop: Some("0px".parse().expect("a margin")), ..Layout::default() };
    let composed =
        compose(&square(), &Composition { layout, shadow: Some(shadow), ..Composition::default() }, false);
    assert_eq!(composed.image.dimensions(), (20 + 14, 4 + 20 + 4));
    let [r, g, b, alpha] = composed.image.get_pixel(25, 14).0;
    assert!([r, g, b] == [0; 3] && alpha > 245, "{alpha}");
}

#[test]
fn a_scaled_subject_fills_its_share_of_the_canvas() {
    let layout = Layout { scale: "80%".parse().expect("a scale"), ..Layout::default() };
    let composed = compose(&square(), &Composition { layout, ..Composition::default() }, false);
    assert_eq!(composed.image.dimensions(), (100, 100));
    let found = composed.foreground.expect("a subject");
    assert_eq!(found, Rect { left: 10, top: 10, width: 80, height: 80 });
}

#[test]
fn a_size_cap_shrinks_the_whole_picture() {
    let layout = Layout { max_pixels: Some(2500), ..Layout::default() };
    let composed = compose(&square(), &Composition { layout, ..Composition::default() }, false);
    assert_eq!(composed.image.dimensions(), (50, 50));
    assert_eq!(composed.foreground, Some(Rect { left: 20, top: 20, width: 10, height: 10 }));
}

#[test]
fn an_empty_matte_makes_an_empty_picture() {
    let cutout = Cutout { color: RgbImage::new(10, 10), alpha: GrayImage::new(10, 10) };
    let layout = Layout { crop: Some("0px".parse().expect("a margin")), ..Layout::default() };
    let composed = compose(&cutout, &Composition { layout, ..Composition::default() }, false);
    assert_eq!((composed.foreground, composed.image.dimensions()), (None, (10, 10)));
}
