//! `sansfond`: the command line program.

fn main() -> std::process::ExitCode {
    sansfond_cli::run(std::env::args_os().collect(), None)
}
