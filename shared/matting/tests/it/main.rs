//! The engine with ONNX Runtime underneath: on tiny graphs of every signature, and on the real
//! default model. `make test` installs both before it runs this.

mod frames;
mod pictures;
mod prepared_graphs;
mod real_model;
mod recipes;

use std::path::PathBuf;
use std::sync::OnceLock;

use sansfond_matting::runtime::RuntimeHome;
use sansfond_matting::{Catalog, LoadOptions, MattingModel, Model, Provider, Runtime, WeightStore};
use sansfond_telemetry::settings;

/// The root of the checkout.
fn checkout() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where `make setup` has put things.
fn home() -> PathBuf {
    settings::optional("SANSFOND_HOME").expect("a path").unwrap_or_else(|| checkout().join(".sansfond"))
}

/// ONNX Runtime's own CPU provider; a process can load one library only.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        Runtime::load(&RuntimeHome::new(home().join("runtime"), None), Provider::Cpu)
            .unwrap_or_else(|error| panic!("{error}; `make test` installs it"))
    })
}

/// A catalog entry whose weights are tiny graphs of the same signature.
struct Tiny {
    matting_model: MattingModel,
    store: WeightStore,
    model: Model,
    _folder: tempfile::TempDir,
}

/// Loads the tiny graphs `files` (of `fixtures/models`) under the catalog entry `name`.
fn tiny(name: &str, files: &[&str]) -> Tiny {
    let mut model = Catalog::shipped().model(name).expect("in the catalog").clone();
    assert_eq!(model.files.len(), files.len(), "{name}");
    let folder = tempfile::tempdir().expect("a folder");
    let store = WeightStore::new(folder.path().to_owned());
    std::fs::create_dir_all(store.folder(&model)).expect("a folder");
    for (file, tiny) in model.files.iter_mut().zip(files) {
        // Nobody publishes a hash of a tiny graph.
        file.sources.clear();
        let from = checkout().join("fixtures/models").join(tiny);
        std::fs::copy(&from, folder.path().join(name).join(&file.name)).expect("a tiny graph");
    }
    let matting_model = MattingModel::load(
        runtime(),
        &store,
        &model,
        &LoadOptions { threads: Some(1), ..LoadOptions::default() },
    )
    .unwrap_or_else(|error| panic!("{name}: {error}"));
    Tiny { matting_model, store, model, _folder: folder }
}
