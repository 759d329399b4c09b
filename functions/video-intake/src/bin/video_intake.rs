//! The Lambda function of this event.
fn main() -> std::process::ExitCode {
    sansfond_boot::run_messages(sansfond_video_intake::events::video_intake::handler)
}
