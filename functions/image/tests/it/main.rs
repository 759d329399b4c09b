//! The image functions with the real model, the real SDK, and DynamoDB and S3 in this process.
//! `make test` installs the model before it runs this.

mod browser;
mod linked;
mod routes;
mod step;
mod test_functions;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use sansfond_engine::{Engine, EngineSettings};
use sansfond_matting::Provider;
use sansfond_matting::matting_model::WhenFull;
use sansfond_telemetry::settings;

/// The root of the checkout.
fn checkout() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(checkout().join("fixtures").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The home of `make setup`.
fn engine_settings() -> EngineSettings {
    EngineSettings {
        home: settings::optional("SANSFOND_HOME")
            .expect("a path")
            .unwrap_or_else(|| checkout().join(".sansfond")),
        model: None,
        provider: Provider::Cpu,
        threads: None,
        prepared: None,
        library: None,
    }
}

/// Loaded once for all tests.
fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    let load = || {
        Engine::load(&engine_settings(), WhenFull::Wait)
            .unwrap_or_else(|error| panic!("{error}; `make test` installs it"))
    };
    ENGINE.get_or_init(|| Arc::new(load())).clone()
}

/// Starts a function of this package as Lambda does, with its own environment.
fn start(function: &str, home: &std::path::Path, model: &str) -> (Option<i32>, String) {
    let ended = std::process::Command::new(env!("CARGO_BIN_EXE_image"))
        .env_clear()
        .env("_HANDLER", function)
        .env("SANSFOND_HOME", home)
        .env("SANSFOND_MODEL", model)
        .env("SANSFOND_PREPARED", home.join("prepared"))
        .env("AWS_REGION", "eu-central-1")
        .output()
        .expect("it runs");
    (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[test]
fn a_function_without_a_model_fails_with_the_reason() {
    let installed = engine_settings().home;
    let empty = tempfile::tempdir().expect("a folder");
    let broken = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(installed.join("runtime"), broken.path().join("runtime")).expect("a link");
    let weights = broken.path().join("models/isnet-general-use");
    std::fs::create_dir_all(&weights).expect("a folder");
    for function in sansfond_image::functions().iter().map(|function| function.name) {
        for (home, model, complaint) in [
            (empty.path(), "isnet-general-use", "is not installed"),
            (&*installed, "isnet", "isnet"),
            (broken.path(), "isnet-general-use", "are not installed"),
        ] {
            let (code, log) = start(function, home, model);
            assert_eq!(code, Some(1), "{log}");
            assert!(log.contains("the engine does not start") && log.contains(complaint), "{log}");
        }
    }
    std::fs::write(weights.join("isnet-general-use.onnx"), "not these weights").expect("written");
    let (code, log) = start("cut_out_upload", broken.path(), "isnet-general-use");
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("is damaged or not the right file"), "{log}");
}
