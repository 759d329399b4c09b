//! The worker with DynamoDB and S3 in this process and a network without weights; and the real program with a
//! tiny graph, which is killed and started again.
//!
//! `make test` installs ONNX Runtime, `ffmpeg` and `ffprobe` before it runs this.

mod clips;
mod ending;
mod interrupted;
mod network;
mod program;
mod recipe;
mod test_worker;
mod whole;

use std::path::PathBuf;

/// The root of the checkout.
fn checkout() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the checkout")
}
