//! The Lambda function of these routes.
fn main() -> std::process::ExitCode {
    sansfond_boot::run_route(sansfond_image::routes::router)
}
