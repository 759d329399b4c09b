//! The Lambda function of this event.
fn main() -> std::process::ExitCode {
    sansfond_boot::run_messages(sansfond_api::events::dispatch_video::handler)
}
