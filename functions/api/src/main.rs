//! The program of the JSON routes and of the event handlers that do not process images.
fn main() -> std::process::ExitCode {
    sansfond_boot::run(&sansfond_api::functions())
}
