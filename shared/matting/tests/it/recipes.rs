//! Every signature in the catalog, on graphs with known results.

use image::GrayImage;
use sansfond_imaging::{Picture, Rect};
use sansfond_matting::matting_model::MatteRequest;
use sansfond_matting::{
    ClothCategory, CutoutError, CutoutOptions, Frames, Mark, MattingModel, Prompt, RecipeStyle, Refinement,
    Strokes, cut_out,
};

use crate::pictures::{disc, flat};
use crate::tiny;

fn alpha(matting_model: &MattingModel, picture: &Picture, options: &CutoutOptions) -> GrayImage {
    cut_out(matting_model, picture, options).expect("a subject").cutout.alpha
}

fn at(alpha: &GrayImage, x: u32, y: u32) -> u8 {
    alpha.get_pixel(x, y).0[0]
}

#[test]
fn every_saliency_signature_finds_the_disc() {
    let picture = disc(300, 200);
    for (model, file) in [
        ("u2net", "u2net.onnx"),
        ("isnet-general-use", "isnet.onnx"),
        ("isnet-general-use", "isnet_fp16.onnx"),
        ("birefnet-general", "birefnet.onnx"),
        ("modnet", "modnet.onnx"),
    ] {
        let tiny = tiny(model, &[file]);
        for options in [CutoutOptions::default(), CutoutOptions::like_rembg()] {
            let alpha = alpha(&tiny.matting_model, &picture, &options);
            assert_eq!(alpha.dimensions(), (300, 200));
            assert!(at(&alpha, 150, 100) > 250, "{file}: subject {}", at(&alpha, 150, 100));
            assert!(at(&alpha, 20, 20) < 5, "{file}: background {}", at(&alpha, 20, 20));
        }
    }
}

#[test]
fn half_precision_weights_give_the_same_matte() {
    let picture = disc(300, 200);
    let single = alpha(
        &tiny("isnet-general-use", &["isnet.onnx"]).matting_model,
        &picture,
        &CutoutOptions::like_rembg(),
    );
    let half = alpha(
        &tiny("isnet-general-use", &["isnet_fp16.onnx"]).matting_model,
        &picture,
        &CutoutOptions::like_rembg(),
    );
    let worst = single.as_raw().iter().zip(half.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(worst <= Some(1), "{worst:?}");
}

#[test]
fn an_empty_picture_has_no_subject() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    for options in [CutoutOptions::default(), CutoutOptions::like_rembg()] {
        let result = cut_out(&tiny.matting_model, &flat([0; 3]), &options);
        assert!(matches!(result, Err(CutoutError::NoSubject)), "{result:?}");
    }
    assert!(cut_out(&tiny.matting_model, &flat([255; 3]), &CutoutOptions::default()).is_ok());
}

#[test]
fn mattes_of_video_frames_are_not_normalized() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    let frames = Frames::new(&tiny.matting_model, CutoutOptions::default());
    // The disc is so gray that the network is unsure: a still picture's highest value would become 255. It is
    // soft, so that resizing does not overshoot.
    let mut dim = disc(300, 200);
    dim.color.iter_mut().for_each(|channel| *channel = (u16::from(*channel) * 7 / 10) as u8);
    dim.color = image::imageops::blur(&dim.color, 6.0);
    let highest = |alpha: &GrayImage| alpha.as_raw().iter().copied().max();
    assert_eq!(highest(&alpha(&tiny.matting_model, &dim, &CutoutOptions::default())), Some(255));
    let matte = |picture: &Picture| frames.mattes(&[picture]).expect("a matte").remove(0);
    let unsure = matte(&dim);
    assert!(highest(&unsure) < Some(220), "{:?}", highest(&unsure));
    let sure = matte(&disc(300, 200));
    assert!(at(&sure, 150, 100) > 250);
    // A frame without a subject is not an error.
    let empty = matte(&flat([0; 3]));
    assert!(empty.as_raw().iter().all(|alpha| *alpha == 0));
    let cutout = frames.cutout(disc(300, 200), sure.clone());
    assert_eq!(cutout.alpha, sure);
}

#[test]
fn categories_of_clothes_are_distinguished() {
    let tiny = tiny("u2net_cloth_seg", &["cloth.onnx"]);
    for (color, category) in [
        ([220, 20, 20], ClothCategory::Upper),
        ([20, 220, 20], ClothCategory::Lower),
        ([20, 20, 220], ClothCategory::Full),
    ] {
        for style in [RecipeStyle::Sansfond, RecipeStyle::Rembg] {
            for wanted in ClothCategory::ALL {
                let request = MatteRequest { cloth: wanted, style, ..MatteRequest::default() };
                let result = cut_out(
                    &tiny.matting_model,
                    &flat(color),
                    &CutoutOptions { request, ..CutoutOptions::default() },
                );
                let is_subject = result.is_ok_and(|result| at(&result.cutout.alpha, 80, 60) > 250);
                assert_eq!(
                    is_subject,
                    wanted == category || wanted == ClothCategory::All,
                    "{category} as {wanted}"
                );
            }
        }
    }
}

#[test]
fn segment_anything_finds_the_marked_subject() {
    let tiny = tiny("sam", &["sam_encoder.onnx", "sam_decoder.onnx"]);
    // 512 × 342 is half the frame: here the tiny decoder's disc has a radius of about 60 pixels.
    let picture = Picture { color: image::RgbImage::from_pixel(512, 342, image::Rgb([90; 3])), alpha: None };
    let ask = |marks: &[Mark]| {
        let request = MatteRequest { prompt: Prompt(marks.to_vec()), ..MatteRequest::default() };
        alpha(
            &tiny.matting_model,
            &picture,
            &CutoutOptions { request, refinement: Refinement::None, ..CutoutOptions::default() },
        )
    };
    let found = Rect::around(&ask(&[Mark::Subject(150.0, 100.0)])).expect("a disc");
    let middle = (found.left + found.width / 2, found.top + found.height / 2);
    assert!(middle.0.abs_diff(150) <= 2 && middle.1.abs_diff(100) <= 2, "{found:?}");
    let middle = Rect::around(&ask(&[])).expect("without a prompt, the middle of the picture is the prompt");
    assert!((middle.left + middle.width / 2).abs_diff(256) <= 2, "{middle:?}");
    let boxed = Rect::around(&ask(&[Mark::Box(50.0, 25.0, 200.0, 150.0)])).expect("a box");
    assert!(boxed.left.abs_diff(50) <= 2 && boxed.width.abs_diff(150) <= 4, "{boxed:?}");
    let pierced = ask(&[Mark::Subject(150.0, 100.0), Mark::Background(150.0, 100.0)]);
    assert_eq!(at(&pierced, 150, 100), 0);
}

#[test]
fn nothing_outside_the_region_is_subject() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    let region = "0% 0% 50% 100%".parse().expect("a region");
    let alpha = alpha(
        &tiny.matting_model,
        &disc(300, 200),
        &CutoutOptions { region: Some(region), ..CutoutOptions::default() },
    );
    assert!(at(&alpha, 140, 100) > 250);
    assert_eq!((at(&alpha, 150, 100), at(&alpha, 160, 100)), (0, 0));
}

#[test]
fn the_inputs_transparency_is_respected() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    let mut picture = disc(300, 200);
    picture.alpha = Some(GrayImage::from_fn(300, 200, |x, _| image::Luma([if x < 150 { 255 } else { 60 }])));
    let alpha = alpha(&tiny.matting_model, &picture, &CutoutOptions::default());
    assert!(at(&alpha, 140, 100) > 250);
    assert!(at(&alpha, 160, 100).abs_diff(60) <= 1, "{}", at(&alpha, 160, 100));
}

#[test]
fn strokes_override_the_network() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    let painting = image::RgbaImage::from_fn(300, 200, |x, _| match x {
        0..40 => image::Rgba([0, 255, 0, 255]),
        130..170 => image::Rgba([255, 0, 0, 255]),
        _ => image::Rgba([0; 4]),
    });
    let options =
        CutoutOptions { strokes: Some(Strokes::from_painting(&painting)), ..CutoutOptions::default() };
    let alpha = alpha(&tiny.matting_model, &disc(300, 200), &options);
    assert_eq!((at(&alpha, 20, 100), at(&alpha, 150, 100)), (255, 0));
    assert!(at(&alpha, 110, 100) > 250, "pixels without strokes are unchanged");
}

#[test]
fn large_pictures_get_a_matte_of_their_size() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    let picture = disc(2400, 1600);
    let alpha = alpha(&tiny.matting_model, &picture, &CutoutOptions::default());
    // The disc's edge is one pixel wide in the picture; a pixel of the network's grid is 2.3 wide.
    let soft = (1200..2400).filter(|x| (16..240).contains(&at(&alpha, *x, 800))).count();
    assert!(soft <= 4, "{soft} soft pixels along a radius");
}

#[test]
fn a_full_queue_rejects_pictures() {
    use sansfond_matting::matting_model::WhenFull;
    use sansfond_matting::{InferenceError, LoadOptions};
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    let options = LoadOptions {
        queue_length: 1,
        when_full: WhenFull::Refuse,
        threads: Some(1),
        ..LoadOptions::default()
    };
    let matting_model =
        MattingModel::load(crate::runtime(), &tiny.store, &tiny.model, &options).expect("loads");
    let picture = disc(64, 64).color;
    let answers = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| matting_model.matte(&picture, &MatteRequest::default())))
            .collect();
        asked.into_iter().map(|asked| asked.join().expect("no panic")).collect::<Vec<_>>()
    });
    let busy = answers.iter().filter(|answer| matches!(answer, Err(InferenceError::Busy))).count();
    let served = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(busy + served, 16, "{answers:?}");
    assert!(served >= 1 && busy >= 1, "{served} served, {busy} busy");
}
