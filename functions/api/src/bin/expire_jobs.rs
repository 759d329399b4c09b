//! The Lambda function of this event.
fn main() -> std::process::ExitCode {
    sansfond_boot::run_scheduled(sansfond_api::events::expire_jobs::step)
}
