//! Frames of a video: recurrent networks, and batches.

use image::GrayImage;
use sansfond_imaging::Picture;
use sansfond_matting::matting_model::MatteRequest;
use sansfond_matting::{CutoutOptions, Frames, LoadOptions, MattingModel, ModelLoadError, cut_out};

use crate::pictures::{disc, flat};
use crate::{Tiny, checkout, runtime, tiny};

/// Loads a recurrent tiny graph: it returns the largest of a pixel's brightness and 0.8, 0.6, 0.4 and 0.2 of its
/// brightness in the last four frames.
fn recurrent() -> Tiny {
    tiny("rvm-mobilenetv3", &["rvm.onnx"])
}

/// Alpha in the middle of the matte.
fn middle(alpha: &GrayImage) -> u8 {
    alpha.get_pixel(alpha.width() / 2, alpha.height() / 2).0[0]
}

fn white() -> Picture {
    flat([255; 3])
}

fn black() -> Picture {
    flat([0; 3])
}

/// The values that the tiny graph returns for black frames after a white one, as bytes.
const FADING: [u8; 5] = [206, 154, 101, 49, 0];

#[test]
fn state_is_kept_from_frame_to_frame() {
    let tiny = recurrent();
    let frames = Frames::new(&tiny.matting_model, CutoutOptions::default());
    assert_eq!(middle(&frames.matte(&black()).expect("a matte")), 0, "the state is empty at the start");
    assert_eq!(middle(&frames.matte(&white()).expect("a matte")), 255);
    let after = FADING.map(|_| middle(&frames.matte(&black()).expect("a matte")));
    assert!(after.iter().zip(FADING).all(|(found, expected)| found.abs_diff(expected) <= 1), "{after:?}");
}

#[test]
fn frames_of_one_call_share_the_state() {
    let tiny = recurrent();
    let frames = Frames::new(&tiny.matting_model, CutoutOptions::default()).in_batches_of(8);
    assert_eq!(frames.batch(), 1, "each frame needs the previous one");
    let (white, black) = (white(), black());
    let mattes = frames.mattes(&[&white, &black, &black]).expect("mattes");
    let found: Vec<u8> = mattes.iter().map(middle).collect();
    assert!(found.iter().zip([255, FADING[0], FADING[1]]).all(|(a, b)| a.abs_diff(b) <= 1), "{found:?}");
}

#[test]
fn a_new_scene_starts_with_empty_state() {
    let tiny = recurrent();
    let frames = Frames::new(&tiny.matting_model, CutoutOptions::default());
    frames.matte(&white()).expect("a matte");
    frames.reset();
    assert_eq!(middle(&frames.matte(&black()).expect("a matte")), 0);
}

#[test]
fn frames_of_another_size_start_with_empty_state() {
    let tiny = recurrent();
    let frames = Frames::new(&tiny.matting_model, CutoutOptions::default());
    frames.matte(&white()).expect("a matte");
    let other = Picture { color: image::RgbImage::new(90, 70), alpha: None };
    assert_eq!(middle(&frames.matte(&other).expect("a matte")), 0);
    assert_eq!(middle(&frames.matte(&black()).expect("a matte")), 0, "the old state is not restored");
}

#[test]
fn two_videos_with_one_model_do_not_mix() {
    let tiny = recurrent();
    let bright = Frames::new(&tiny.matting_model, CutoutOptions::default());
    let dark = Frames::new(&tiny.matting_model, CutoutOptions::default());
    bright.matte(&white()).expect("a matte");
    assert_eq!(middle(&dark.matte(&black()).expect("a matte")), 0);
    assert!(middle(&bright.matte(&black()).expect("a matte")).abs_diff(FADING[0]) <= 1);
}

#[test]
fn a_video_gives_the_same_mattes_again() {
    let tiny = recurrent();
    let clip: Vec<Picture> =
        (0..6).map(|frame| disc(120 + frame % 2, 90)).chain([black(), black()]).collect();
    let run = || {
        let frames = Frames::new(&tiny.matting_model, CutoutOptions::default());
        clip.iter().map(|frame| frames.matte(frame).expect("a matte")).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn a_frame_larger_than_the_networks_grid_keeps_its_edges() {
    let tiny = recurrent();
    let frames = Frames::new(&tiny.matting_model, CutoutOptions::default());
    let alpha = frames.matte(&disc(1600, 900)).expect("a matte");
    assert_eq!(alpha.dimensions(), (1600, 900));
    // The network finds the subject in a reduced frame, but its matte has the full size.
    let soft = (800..1600).filter(|x| (16..240).contains(&alpha.get_pixel(*x, 450).0[0])).count();
    assert!(soft <= 2, "{soft} soft pixels along a radius");
}

#[test]
fn a_still_picture_uses_no_state() {
    let tiny = recurrent();
    assert!(cut_out(&tiny.matting_model, &white(), &CutoutOptions::default()).is_ok());
    let answer = tiny.matting_model.matte(&black().color, &MatteRequest::default()).expect("a matte");
    assert_eq!(answer.matte.raw_maximum, 0.0);
}

#[test]
fn a_graph_without_state_is_rejected_as_a_recurrent_model() {
    let tiny = recurrent();
    let other = checkout().join("fixtures/models/modnet.onnx");
    let options = LoadOptions { weights: Some(other), ..LoadOptions::default() };
    let error =
        MattingModel::load(runtime(), &tiny.store, &tiny.model, &options).expect_err("the input is rejected");
    assert!(matches!(error, ModelLoadError::OtherModel { output: "pha", .. }), "{error}");
}

/// Discs of different brightness.
fn clip(frames: u8) -> Vec<Picture> {
    let dimmed = |frame: u8| {
        let mut picture = disc(150, 100);
        picture.color.iter_mut().for_each(|channel| *channel = *channel / 10 * (10 - frame));
        picture
    };
    (0..frames).map(dimmed).collect()
}

fn one_by_one(matting_model: &MattingModel, clip: &[Picture]) -> Vec<GrayImage> {
    let frames = Frames::new(matting_model, CutoutOptions::default());
    assert_eq!(frames.batch(), 1, "on a CPU");
    clip.iter().map(|frame| frames.matte(frame).expect("a matte")).collect()
}

#[test]
fn a_batch_of_frames_gives_the_same_mattes() {
    let tiny = tiny("modnet", &["modnet.onnx"]);
    let mut clip = clip(7);
    // One frame of another shape in the middle, and one without a subject.
    clip[2] = disc(100, 150);
    clip[5] = black();
    let expected = one_by_one(&tiny.matting_model, &clip);
    for batch in [2, 4, 7, 100] {
        let frames = Frames::new(&tiny.matting_model, CutoutOptions::default()).in_batches_of(batch);
        assert_eq!(frames.batch(), batch);
        assert_eq!(frames.mattes(&clip.iter().collect::<Vec<_>>()).expect("mattes"), expected);
        assert_eq!(frames.batch(), batch, "no batch has failed");
    }
    assert_eq!(Frames::new(&tiny.matting_model, CutoutOptions::default()).in_batches_of(0).batch(), 1);
}

#[test]
fn a_graph_without_batches_gets_one_frame_at_a_time() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    let clip = clip(3);
    let frames = Frames::new(&tiny.matting_model, CutoutOptions::default()).in_batches_of(8);
    assert_eq!(frames.batch(), 1);
    let mattes = frames.mattes(&clip.iter().collect::<Vec<_>>()).expect("mattes");
    assert_eq!(mattes, one_by_one(&tiny.matting_model, &clip));
}

#[test]
fn a_failed_batch_is_processed_frame_by_frame() {
    let tiny = tiny("modnet", &["single.onnx"]);
    assert!(tiny.matting_model.takes_batches(), "the signature promises batches");
    let clip = clip(3);
    let frames = Frames::new(&tiny.matting_model, CutoutOptions::default()).in_batches_of(3);
    let mattes = frames.mattes(&clip.iter().collect::<Vec<_>>()).expect("mattes");
    assert_eq!(mattes, one_by_one(&tiny.matting_model, &clip));
    assert_eq!(frames.batch(), 1, "later frames are processed one by one");
}
