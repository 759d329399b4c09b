//! The Lambda function of this event.
fn main() -> std::process::ExitCode {
    sansfond_boot::run_messages(sansfond_image::events::cut_out_upload::handler)
}
