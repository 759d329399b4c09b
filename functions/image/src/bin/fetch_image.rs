//! The program of the only function without a model, so that its package is small.
fn main() -> std::process::ExitCode {
    sansfond_boot::run(&[sansfond_image::routes::fetch_image::FUNCTION])
}
