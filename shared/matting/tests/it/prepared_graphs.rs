//! The cache of prepared graphs.

use std::path::PathBuf;

use sansfond_matting::{CutoutOptions, LoadOptions, MattingModel, ModelLoadError, WeightsError, cut_out};

use crate::pictures::disc;
use crate::{runtime, tiny};

fn prepared(tiny: &crate::Tiny) -> Vec<PathBuf> {
    let folder = tiny.store.folder(&tiny.model).join("prepared");
    std::fs::read_dir(folder).expect("a cache").map(|entry| entry.expect("readable").path()).collect()
}

#[test]
fn a_graph_is_prepared_once_and_used_again() {
    let tiny = tiny("isnet-general-use", &["isnet_fp16.onnx"]);
    let [folder] = &prepared(&tiny)[..] else { panic!("one prepared graph") };
    let written =
        || std::fs::metadata(folder.join("model.onnx")).expect("a graph").modified().expect("a time");
    let first = written();
    let again =
        MattingModel::load(runtime(), &tiny.store, &tiny.model, &LoadOptions::default()).expect("loads");
    assert_eq!(written(), first);
    assert!(cut_out(&again, &disc(100, 80), &CutoutOptions::default()).is_ok());
}

#[test]
fn a_damaged_prepared_graph_is_made_again() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    let graph = prepared(&tiny)[0].join("model.onnx");
    std::fs::write(&graph, b"half a graph").expect("written");
    let again =
        MattingModel::load(runtime(), &tiny.store, &tiny.model, &LoadOptions::default()).expect("loads");
    assert!(cut_out(&again, &disc(100, 80), &CutoutOptions::default()).is_ok());
    assert_ne!(std::fs::read(&graph).expect("a graph"), b"half a graph");
}

#[test]
fn a_prepared_graph_is_written_to_the_given_folder() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    std::fs::remove_dir_all(&prepared(&tiny)[0]).expect("removed");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let options = LoadOptions { prepared: Some(elsewhere.path().join("new")), ..LoadOptions::default() };
    let matting_model = MattingModel::load(runtime(), &tiny.store, &tiny.model, &options).expect("loads");
    assert!(cut_out(&matting_model, &disc(100, 80), &CutoutOptions::default()).is_ok());
    let there = std::fs::read_dir(elsewhere.path().join("new")).expect("made").count();
    assert_eq!((there, prepared(&tiny).len()), (1, 0));
}

/// As in a package for one kind of machine: the graph and its weights' hash, without the weights.
#[test]
fn a_prepared_graph_and_the_hash_of_its_weights_are_enough() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    std::fs::remove_file(tiny.store.path(&tiny.model, &tiny.model.files[0])).expect("removed");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let options = LoadOptions { prepared: Some(elsewhere.path().to_owned()), ..LoadOptions::default() };
    let matting_model = MattingModel::load(runtime(), &tiny.store, &tiny.model, &options).expect("loads");
    assert!(cut_out(&matting_model, &disc(100, 80), &CutoutOptions::default()).is_ok());
    assert_eq!(
        std::fs::read_dir(elsewhere.path()).expect("readable").count(),
        0,
        "no graph is prepared again"
    );
    assert!(!tiny.store.has(&tiny.model));
    assert!(matches!(tiny.store.verify(&tiny.model), Err(WeightsError::Missing { .. })));
}

#[test]
fn weights_that_are_not_a_graph_are_rejected() {
    let tiny = tiny("u2net", &["u2net.onnx"]);
    let text = tiny.store.folder(&tiny.model).join("text.onnx");
    std::fs::write(&text, "I am a text").expect("written");
    let options = LoadOptions { weights: Some(text), ..LoadOptions::default() };
    let error =
        MattingModel::load(runtime(), &tiny.store, &tiny.model, &options).expect_err("the input is rejected");
    assert!(matches!(error, ModelLoadError::NotAModel { .. }), "{error}");
}

#[test]
fn a_users_own_file_is_run() {
    let tiny = tiny("isnet-general-use", &["isnet.onnx"]);
    let own = crate::checkout().join("fixtures/models/isnet_fp16.onnx");
    let options = LoadOptions { weights: Some(own), ..LoadOptions::default() };
    let matting_model = MattingModel::load(runtime(), &tiny.store, &tiny.model, &options).expect("loads");
    assert!(cut_out(&matting_model, &disc(100, 80), &CutoutOptions::default()).is_ok());
    assert_eq!(prepared(&tiny).len(), 2, "cached under its own hash");
}

#[test]
fn missing_weights_are_named() {
    let tiny = tiny("u2net", &["u2net.onnx"]);
    std::fs::remove_file(tiny.store.path(&tiny.model, &tiny.model.files[0])).expect("removed");
    std::fs::remove_dir_all(&prepared(&tiny)[0]).expect("removed");
    let error = MattingModel::load(runtime(), &tiny.store, &tiny.model, &LoadOptions::default())
        .expect_err("missing");
    assert!(matches!(error, ModelLoadError::Weights(WeightsError::Missing { .. })), "{error}");
}
