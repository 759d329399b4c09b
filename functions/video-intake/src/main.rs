//! The program of this package's only function.
fn main() -> std::process::ExitCode {
    sansfond_boot::run(sansfond_video_intake::events::FUNCTIONS)
}
