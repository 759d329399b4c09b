//! Agreement between packages, and the whole service on the local cloud.

mod contract;
mod service;

use std::path::{Path, PathBuf};

/// The root of the checkout.
fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("two levels up").to_owned()
}

fn text(path: &str) -> String {
    let path = checkout().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
