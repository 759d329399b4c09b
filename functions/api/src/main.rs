//! The program of the JSON routes and of the events that cut nothing out.
fn main() -> std::process::ExitCode {
    sansfond_boot::run(&sansfond_api::functions())
}
