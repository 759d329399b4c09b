//! The program of the functions that load the model.
fn main() -> std::process::ExitCode {
    sansfond_boot::run(&sansfond_image::functions())
}
