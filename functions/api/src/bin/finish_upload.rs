//! The Lambda function of this route.
fn main() -> std::process::ExitCode {
    sansfond_boot::run_route(sansfond_api::routes::finish_upload::router)
}
