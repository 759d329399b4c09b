//! `sansfond-video`: the same program with FFmpeg.

mod args;
mod commands;
mod huge_pages;
mod options;
mod place;
mod program;
mod rembg_dialect;
mod video;

fn main() -> std::process::ExitCode {
    program::run(std::env::args_os().collect(), None, |args| {
        huge_pages::ask();
        video::run(args)
    })
}
